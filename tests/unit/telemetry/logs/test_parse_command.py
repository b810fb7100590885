"""`labo logs parse`: what it prints, and that it needs nothing heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from labo.cli.log_files import parse_command
from labo.errors import InvalidInput

app = Typer()
app.command()(parse_command)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_bytes(
        b"[ERROR] db - lost 3\r\n[INFO] [bold]x - \x1b[31m\x07\xff\n\nDec 10 06:55:46 h s[1]: y"
    )
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def test_json_has_one_object_per_line(path: Path) -> None:
    """Every line of the file, blank ones too, with the ten keys; years from the file's age."""
    result = CliRunner().invoke(app, [str(path), "--json"])
    rows = [json.loads(line) for line in result.stdout.splitlines()]

    keys = (
        *("line", "timestamp", "level", "component", "message", "template_id", "template"),
        *("error", "why", "continues"),
    )
    assert [tuple(row) for row in rows] == [keys] * 4
    assert rows[0]["line"] == "[ERROR] db - lost 3"
    assert rows[0]["template"] == "lost <*>"
    assert rows[0]["error"] is True and rows[0]["why"] == "ERROR"
    assert rows[1]["message"].endswith("\\xff")
    assert rows[2]["line"] == ""
    assert rows[3]["timestamp"] == "2022-12-10T06:55:46+00:00"


def test_the_table_shows_control_characters(path: Path) -> None:
    """What a line holds neither colours the terminal nor counts as markup."""
    result = CliRunner().invoke(app, [str(path)], env={"COLUMNS": "300"})

    assert result.exit_code == 0
    assert "\\x07\\xff" in result.stdout
    assert "[31m" not in result.stdout
    assert "lost <*>" in result.stdout


def test_formats_can_be_given(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By option, or by settings."""
    expression = r"\[(?P<level>\w+)\] (?P<message>.*)"
    result = CliRunner().invoke(app, [str(path), "--json", "--format", expression])
    assert json.loads(result.stdout.splitlines()[0])["message"] == "db - lost 3"

    monkeypatch.setenv("LABO_LOGS__FORMATS", json.dumps({"mine": expression}))
    result = CliRunner().invoke(app, [str(path), "--json"])
    assert json.loads(result.stdout.splitlines()[0])["message"] == "db - lost 3"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is refused before anything is printed."""
    result = CliRunner().invoke(app, [str(tmp_path / "none.log")])
    assert isinstance(result.exception, InvalidInput)
    assert "none.log" in str(result.exception)
    assert result.stdout == ""


def test_parsing_loads_no_driver(path: Path) -> None:
    """Neither Neo4j nor Celery is imported on the way."""
    code = (
        "import sys, pathlib; from labo.cli.log_files import parse_file; "
        f"rows = list(parse_file(pathlib.Path({str(path)!r}))); "
        "print(len(rows), {'neo4j', 'celery', 'redis'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "4 set()"


def test_lines_say_whether_they_are_errors_and_why(tmp_path: Path) -> None:
    """The first line of a record has its error; the lines below continue it."""
    path = tmp_path / "app.log"
    path.write_text(
        "[WARN] db - slow\nworker exited with code 137\n"
        "[ERROR] db - order 17 was not saved\n"
        "java.lang.IllegalStateException: locked\n\tat a.B(C:1)\n"
    )
    result = CliRunner().invoke(app, [str(path), "--json"])
    rows = [json.loads(line) for line in result.stdout.splitlines()]

    assert [(row["error"], row["why"], row["continues"]) for row in rows] == [
        (False, "WARNING", False),
        (True, "exited with code 137", False),
        (True, "ERROR", False),
        (False, None, True),
        (False, None, True),
    ]
