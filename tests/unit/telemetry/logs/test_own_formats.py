"""Formats that a user adds by a file, as docs/logs.md says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from labo.adapters.log_files.formats import own_formats, read_formats
from labo.cli.log_files import parse_command
from labo.cli.log_formats import explain_command, formats_command
from labo.domain.telemetry.logs.formats import built_in_formats
from labo.errors import InvalidInput

DOCS = Path(__file__).parents[4] / "docs" / "logs.md"
app = Typer()
app.command("parse")(parse_command)
app.command("explain")(explain_command)
app.command("formats")(formats_command)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With the two files that the page shows."""
    folder = tmp_path / "formats"
    folder.mkdir()
    for number, text in enumerate(re.findall(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.S)):
        (folder / f"{number}.toml").write_text(text, "utf-8")
    monkeypatch.setenv("LABO_LOGS__FORMAT_FOLDER", str(folder))
    return folder


def test_the_page_leads_to_a_format(folder: Path, tmp_path: Path) -> None:
    """Its files are valid, their samples are right, and lines are then read by them."""
    checked = CliRunner().invoke(app, ["formats"], env={"COLUMNS": "200"})
    assert checked.exit_code == 0, checked.output
    names = [known.name for known in read_formats(folder)]
    assert names == ["till", "till-json"]

    log = tmp_path / "till.log"
    log.write_text("28-11-2026 05:28:00 #till7 !2 drawer stuck\n", "utf-8")
    row = json.loads(CliRunner().invoke(app, ["parse", str(log), "--json"]).stdout)
    assert (row["level"], row["component"], row["error"]) == ("ERROR", "till7", True)
    rows = json.loads(CliRunner().invoke(app, ["explain", str(log), "--json"]).stdout)
    assert rows[0]["format"] == "till"


def test_a_sample_that_is_read_otherwise_is_said(folder: Path) -> None:
    """With the format's name, what is and what its file expects; the command fails."""
    path = folder / "0.toml"
    path.write_text(path.read_text("utf-8").replace('level = "ERROR"', 'level = "INFO"'), "utf-8")

    checked = CliRunner().invoke(app, ["formats"])
    assert checked.exit_code == 1
    assert "till, sample 1: level is ERROR, not INFO" in checked.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "invalid TOML"),
        ('name = "x"', "neither expression nor keys"),
        ('expression = "(?P<message>.*)"', "name must be a text"),
        ('name = "x"\nexpression = "(?P<level>.*)"', "no group named message"),
        ('name = "x"\nexpression = "(?P<message>.*)(?P<pid>x)"', "unknown group 'pid'"),
        ('name = "x"\nexpression = "(?<=a)(?P<message>.*)"', "not a regular expression"),
        ('name = "x"\nexpression = "%{WORD} (?P<message>.*)"', "unknown fragment %{WORD}"),
        ('name = "x"\ncolour = "red"\nexpression = "(?P<message>.*)"', "unknown key 'colour'"),
        ('name = "x"\nenvelope = "all"\nexpression = "(?P<message>.*)"', "unknown envelope 'all'"),
        ('name = "x"\nexpression = "(?P<message>.*)"\n[levels]\na = "BAD"', "unknown level 'BAD'"),
        ('name = "x"\nexpression = "(?P<message>.*)"\norder = "first"', "order must be"),
        ('name = "x"\nexpression = "(?P<message>.*)"\nlevels = 3', "levels must be a table"),
        ('name = "x"\nexpression = "(?P<message>.*)"\nsamples = 3', "samples must be"),
        ('name = "x"\nexpression = "(?P<message>.*)"\n[[samples]]\ntime = "x"', "must have a line"),
        ('name = "x"\n[keys]\ntime = "t"', "keys of time must be a list"),
        ('name = "x"\n[keys]\nplace = ["t"]', "unknown part in keys 'place'"),
        ('name = "x"\nrequires = "t"\n[keys]\ntime = ["t"]', "requires must be a list"),
    ],
)
def test_a_wrong_file_is_explained(tmp_path: Path, text: str, reason: str) -> None:
    """What is wrong, and in which file."""
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    with pytest.raises(InvalidInput, match=re.escape(reason)) as refused:
        own_formats({}, tmp_path)
    assert "mine.toml" in str(refused.value)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    """Also two files of one name."""
    with pytest.raises(InvalidInput, match="is no folder"):
        own_formats({}, tmp_path / "absent")
    for name in ("a", "b"):
        text = 'name = "x"\nexpression = "(?P<message>.*)"'
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    with pytest.raises(InvalidInput, match="two files have the name 'x'"):
        own_formats({}, tmp_path)


def test_every_format_has_samples_and_its_own_name() -> None:
    """Its file is called as it is; product formats name their documentation."""
    folder = Path(__file__).parents[4] / "labo/domain/telemetry/logs/format_files"
    assert {path.stem for path in folder.glob("*.toml")} == set(built_in_formats())
    for known in built_in_formats().values():
        assert known.samples, known.name
        assert known.documentation or known.order >= 600 or known.order == 119, known.name
