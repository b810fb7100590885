"""`labo policy check` and `labo policy test`, as an operator runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labo.cli.policy import app
from labo.errors import InvalidInput

runner = CliRunner()
REQUEST = json.loads((Path(__file__).parents[3] / "policies/execution.test.json").read_text())[
    "input"
]


def check(tmp_path: Path, **changes: object) -> tuple[int, dict[str, object]]:
    path = tmp_path / "request.json"
    path.write_text(json.dumps({**REQUEST, **changes}))
    result = runner.invoke(app, ["check", str(path), "--json"], catch_exceptions=False)
    answer: dict[str, object] = json.loads(result.stdout)
    return result.exit_code, answer


def test_an_allowed_action_exits_with_0(tmp_path: Path) -> None:
    """A script may go on."""
    assert check(tmp_path) == (0, {"allowed": True, "enforcement": "audit", "rules": []})


def test_a_denied_action_exits_with_7_and_names_its_rule(tmp_path: Path) -> None:
    """With the sentence that a person would read."""
    code, answer = check(tmp_path, signed=False)

    assert (code, answer["allowed"], answer["enforcement"]) == (7, False, "deny")
    assert answer["rules"] == [
        {
            "rule": "unsigned",
            "enforcement": "deny",
            "message": "no trusted and valid key signed this template",
        }
    ]


def test_a_request_is_read_from_standard_input() -> None:
    """And shown as a table."""
    text = json.dumps({**REQUEST, "status": "deprecated"})
    result = runner.invoke(app, ["check", "-"], input=text, catch_exceptions=False)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "allowed"
    assert "deprecated" in result.stdout


@pytest.mark.parametrize("text", ["", "{", "{}"])
def test_what_is_no_request_is_refused(tmp_path: Path, text: str) -> None:
    """With the file's name."""
    path = tmp_path / "request.json"
    path.write_text(text)

    with pytest.raises(InvalidInput, match=r"request\.json"):
        runner.invoke(app, ["check", str(path)], catch_exceptions=False)


def test_the_bundled_tables_pass() -> None:
    """`labo policy test` is what CI runs after a change of the policy."""
    result = runner.invoke(app, ["test", "--json"], catch_exceptions=False)
    answer = json.loads(result.stdout)

    assert (result.exit_code, answer["failed"]) == (0, 0)
    assert answer["passed"] == len(answer["cases"]) > 30


def test_a_table_that_fails_says_where(tmp_path: Path) -> None:
    """Expected and found stand side by side."""
    table = {"input": REQUEST, "cases": [{"name": "c", "rules": {"unsigned": "deny"}}]}
    (tmp_path / "own.test.json").write_text(json.dumps(table))
    result = runner.invoke(app, ["test", "--folder", str(tmp_path)], catch_exceptions=False)

    assert result.exit_code == 1
    assert "own.test.json: c" in result.stdout
    assert "0 passed, 1 failed" in result.stdout


def test_a_malformed_table_is_named(tmp_path: Path) -> None:
    """A table without cases tests nothing."""
    (tmp_path / "own.test.json").write_text('{"input": {}, "cases": []}')

    with pytest.raises(InvalidInput, match=r"own\.test\.json"):
        runner.invoke(app, ["test", "--folder", str(tmp_path)], catch_exceptions=False)
