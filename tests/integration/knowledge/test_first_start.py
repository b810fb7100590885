"""A new workspace begins with what was learnt in the lab, once, unless that is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labo.adapters import knowledge_files
from labo.adapters.knowledge_files import read_bundled, write_knowledge
from labo.cli.main import app
from labo.domain.knowledge.knowledge import Knowledge, KnownProblem
from labo.domain.knowledge.sources import BUNDLED
from tests.conftest import TestStack

pytestmark = pytest.mark.stack

REFUSED = {"LABO_KNOWLEDGE__BUNDLED": "false"}


def sources(run: CliRunner) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run.invoke(app, STATUS).stdout)
    return found


STATUS = ["knowledge", "status", "--json"]


@pytest.fixture
def run(run: CliRunner, stack: TestStack, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Commands of a workspace of their own, also those that take no stack's coordinates."""
    for name, value in stack.env.items():
        monkeypatch.setenv(name, value)
    return run


def test_the_first_start_loads_the_pack_and_the_second_nothing(run: CliRunner) -> None:
    """Its source says what it is, and what it holds."""
    first = run.invoke(app, ["migrate"])
    loaded = sources(run)
    second = run.invoke(app, ["migrate"])
    exported = json.loads(run.invoke(app, ["knowledge", "export"]).stdout)

    pack = read_bundled()
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "labelled incidents from the lab" in first.stdout
    assert "from the lab" not in second.stdout
    [source] = loaded
    assert (source["source"], source["is_refused"]) == (BUNDLED, False)
    assert source["problems"] == len(pack.problems)
    assert sources(run) == loaded
    assert {problem["key"] for problem in exported["problems"]} == {
        problem.key for problem in pack.problems
    }
    assert {edge["status"] for edge in exported["edges"]} <= {"proposed"}
    assert exported["training"]["incidents"] == []
    assert exported["calibration"]["incidents"] == 0


def test_refused_stays_refused_and_can_be_had_by_hand(run: CliRunner) -> None:
    """Also when the setting is gone at the next start."""
    refused = run.invoke(app, ["migrate"], env=REFUSED)
    later = run.invoke(app, ["migrate"])
    told = run.invoke(app, ["knowledge", "status"])
    [noted] = sources(run)
    by_hand = run.invoke(app, ["knowledge", "import", "--bundled"])
    [taken] = sources(run)

    assert "refused" in refused.stdout
    assert "from the lab" not in later.stdout
    assert "refused" in told.stdout
    assert (noted["is_refused"], noted["problems"]) == (True, 0)
    assert by_hand.exit_code == 0
    assert taken["is_refused"] is False


def test_a_workspace_that_knows_something_is_left_alone(run: CliRunner, tmp_path: Path) -> None:
    """An update of the product brings no knowledge into a running system."""
    file = tmp_path / "own.json"
    write_knowledge(file, Knowledge((KnownProblem("slow-db", "slow database", "database"),)))
    run.invoke(app, ["knowledge", "import", str(file)])

    started = run.invoke(app, ["migrate"])

    assert started.exit_code == 0
    assert [one["source"] for one in sources(run)] == ["own"]


def test_a_pack_that_cannot_be_read_is_told_and_stops_no_start(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any text is no pack."""
    monkeypatch.setattr(knowledge_files, "PACK", "knowledge/README.md")

    started = run.invoke(app, ["migrate"])

    assert started.exit_code == 0
    assert "the bundled knowledge was not loaded" in started.stderr
    assert "README.md" in started.stderr
    assert sources(run) == []


def test_a_file_or_the_pack_is_imported_not_both(run: CliRunner) -> None:
    """Neither is a mistake too."""
    assert run.invoke(app, ["knowledge", "import"]).exit_code != 0
    assert run.invoke(app, ["knowledge", "import", "x.json", "--bundled"]).exit_code != 0
