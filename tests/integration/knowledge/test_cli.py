"""`labo knowledge` and `labo import` as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import redis
from typer.testing import CliRunner

from labo.adapters.cases.writing import write_case
from labo.adapters.telemetry.stream import STREAM_KEY
from labo.cli import import_cases
from labo.cli.main import app
from labo.errors import InvalidInput
from tests.builders.cases import a_case
from tests.conftest import TestStack

pytestmark = pytest.mark.stack

KNOWLEDGE = {
    "version": 1,
    "problems": [
        {
            "key": "slow-db",
            "title": "slow database",
            "role": "database",
            "conditions": [{"metric": "latency", "direction": "high", "hits": 4}],
        },
        {"key": "slow-web", "title": "slow web", "role": "service"},
    ],
    "edges": [{"cause": "slow-db", "effect": "slow-web", "relation": "callee", "hits": 3}],
}


def test_what_is_imported_can_be_exported(run: CliRunner, tmp_path: Path) -> None:
    """Claims come back as proposed, counts as they were."""
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(KNOWLEDGE))
    out = tmp_path / "out.json"

    imported = run.invoke(app, ["knowledge", "import", str(file), "--json"])
    said = run.invoke(app, ["knowledge", "import", str(file)])
    printed = run.invoke(app, ["knowledge", "export"])
    written = run.invoke(app, ["knowledge", "export", "-o", str(out)])

    assert imported.exit_code == said.exit_code == printed.exit_code == written.exit_code == 0
    assert json.loads(imported.stdout) == {
        "problems": 2,
        "signatures": 1,
        "edges": 1,
        "labelled_incidents": 0,
    }
    assert "2 problems, 1 conditions, 1 causal edges and 0 labelled" in said.stdout
    assert "from shop.json" in said.stdout
    exported = json.loads(printed.stdout)
    assert exported == json.loads(out.read_text())
    assert [(p["key"], p["role"]) for p in exported["problems"]] == [
        ("slow-db", "database"),
        ("slow-web", "service"),
    ]
    [edge] = exported["edges"]
    assert (edge["status"], edge["hits"]) == ("proposed", 3)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"{", "bad.json:1:2"),
        (b"\xff", "bad.json"),
        (b'{"version": 7}', "$.version"),
        (b'{"problems": [{"key": "a", "title": "t"}]}', "$.problems[0].role"),
        (b'{"edges": [{"cause": "a", "effect": "b", "relation": "near"}]}', "relation"),
    ],
)
def test_a_malformed_file_names_its_place(
    run: CliRunner, tmp_path: Path, content: bytes, place: str
) -> None:
    """File and field or line, before anything is asked of a server."""
    file = tmp_path / "bad.json"
    file.write_bytes(content)

    result = run.invoke(app, ["knowledge", "import", str(file)])

    assert isinstance(result.exception, InvalidInput)
    assert str(file) in str(result.exception)
    assert place in str(result.exception)


def test_cases_are_imported_and_what_still_waits_is_said(
    run: CliRunner, stack: TestStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no stream process the samples wait in the stream; nothing is lost."""
    monkeypatch.setattr(import_cases, "_PATIENCE_S", 0.2)
    folder = tmp_path / "case-1"
    write_case(a_case({"db": 3.0}), folder)
    command = ["import", str(folder), "--system", "shop"]

    as_json = run.invoke(app, [*command, "--json"])
    as_table = run.invoke(app, command)
    with redis.Redis.from_url(stack.redis_url) as client:
        client.delete(STREAM_KEY)

    assert as_json.exit_code == as_table.exit_code == 0
    [line] = as_json.stdout.splitlines()
    assert json.loads(line)["components"] == 6
    assert "case-1" in as_table.stdout
    assert "still wait for the stream process" in as_table.stderr


def test_a_malformed_case_imports_none(run: CliRunner, tmp_path: Path) -> None:
    """Every folder is read before the first one is written."""
    good, bad = tmp_path / "good", tmp_path / "bad"
    write_case(a_case({}), good)
    write_case(a_case({}), bad)
    (bad / "metrics.csv").write_text("timestamp,component,metric,value\n1,db,latency,fast\n")

    result = run.invoke(app, ["import", str(good), str(bad)])
    exported = run.invoke(app, ["knowledge", "export"])

    assert isinstance(result.exception, InvalidInput)
    assert "metrics.csv:2" in str(result.exception)
    assert json.loads(exported.stdout)["problems"] == []
