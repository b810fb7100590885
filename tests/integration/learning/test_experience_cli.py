"""Teaching by labels, and `labo experience`, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labo.adapters.cases.writing import write_case
from labo.cli import import_cases
from labo.cli.main import app
from labo.errors import InvalidInput, NotFound
from labo.services.learning import learner as learning
from tests.builders.faults import PROBLEMS, a_fault

pytestmark = pytest.mark.stack


@pytest.fixture
def run(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Commands of a workspace of their own; nothing stores what they import."""
    monkeypatch.setattr(import_cases, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(learning, "SNAPSHOT_EVERY", 1)
    return run


def labo(run: CliRunner, *words: str) -> str:
    done = run.invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    # Only `main` turns the log off standard output; the runner goes past it.
    return "\n".join(line for line in done.stdout.splitlines() if "[info" not in line)


def case_folders(place: Path) -> tuple[list[str], str]:
    """A labelled case of each problem, and one to ask about."""
    folders = [str(place / f"case-{i}") for i in range(3)]
    for folder, problem in zip(folders, PROBLEMS, strict=True):
        write_case(a_fault(problem), Path(folder))
    asked = str(place / "asked")
    write_case(a_fault("full disk", component="orders-db", seed=9, scale=1e6), Path(asked))
    return folders, asked


def test_one_label_each_and_the_next_incident_is_identified(run: CliRunner, tmp_path: Path) -> None:
    """On another component, in other units; going back forgets it, replaying restores it."""
    folders, asked = case_folders(tmp_path)

    def suspected() -> tuple[str, str | None]:
        first = json.loads(labo(run, "diagnose", asked, "--json"))["suspects"][0]
        return first["component"], first["problem"]

    untaught = json.loads(labo(run, "import", folders[0], "--no-learn", "--json"))["learnt_case"]
    assert untaught == {"learnt": [], "new": 0, "refused": ""}
    assert suspected() == ("orders-db", None)
    labo(run, "import", folders[0])
    kept = json.loads(labo(run, "experience", "status", "--json"))
    assert (kept["position"], kept["waiting"], kept["problems"]) == (1, 0, 1)
    labelled = labo(run, "import", *folders, "--json").splitlines()
    assert [json.loads(line)["learnt_case"]["new"] for line in labelled] == [0, 1, 1]
    assert suspected() == ("orders-db", "full disk")

    listed = json.loads(labo(run, "experience", "list", "--json"))
    assert [(one["seq"], one["about"]) for one in listed] == [
        (i, f"{problem} · db") for i, problem in enumerate(PROBLEMS, 1)
    ]
    assert "full disk" in labo(run, "experience", "show", "2")
    shown = json.loads(labo(run, "experience", "show", "2", "--json"))
    assert (shown["seq"], shown["kind"], shown["content"]["component"]) == (2, "lesson", "db")

    back = labo(run, "experience", "rollback", "1")
    assert "back at snapshot 1; no longer counted: 2-3" in back
    assert suspected() == ("orders-db", None)
    assert "already at snapshot 1" in labo(run, "experience", "rollback", "1")
    status = labo(run, "experience", "status")
    assert "rollback to 1" in status
    restored = json.loads(labo(run, "experience", "replay", "--json"))
    assert (restored["moved"], restored["position"]) == (True, 3)
    assert suspected() == ("orders-db", "full disk")
    same = json.loads(labo(run, "experience", "replay", "--json"))
    assert (same["moved"], same["position"]) == (False, 3)


def test_what_does_not_exist_is_said_so(run: CliRunner, tmp_path: Path) -> None:
    """A wrong number or a label for a component that is not there changes nothing."""
    write_case(a_fault("full disk", label=("full disk@nowhere",)), tmp_path / "case")
    for words, error, said in (
        (("experience", "show", "7"), NotFound, "there is no experience 7"),
        (("experience", "rollback", "7"), NotFound, "there is no snapshot 7"),
        (("experience", "replay", "--from", "7"), InvalidInput, "there is no experience 7"),
        (("import", str(tmp_path / "case")), InvalidInput, "'nowhere'"),
    ):
        result = run.invoke(app, list(words))
        assert isinstance(result.exception, error)
        assert said in str(result.exception)
    assert json.loads(labo(run, "experience", "list", "--json")) == []
    assert "waiting" in labo(run, "experience", "status")
