"""Commands that need a stack, where none runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from labo.cli.main import EXIT_CODES, app
from labo.errors import Unavailable

ASKING = (
    "incidents",
    "incident 4050",
    "confirm 4050 --component db --reason seen",
    "decide 4050 approve --reason seen",
    "components",
    "problems",
    "why 4050",
    "graphql {__typename}",
    "diagnose 4050",
    "metrics rank",
    "dead-letters list",
    "experience status",
    "knowledge export",
    "token list",
)


@pytest.mark.parametrize("words", ASKING)
def test_every_command_says_alike_where_it_looked(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data folder is named, and what starts a stack on it; the code is that of Unavailable."""
    for name in ("LABO_NEO4J__URI", "LABO_REDIS__URL", "LABO_API__PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(app, [*words.split(), "--data", str(tmp_path)])

    assert isinstance(done.exception, Unavailable), done.output
    assert EXIT_CODES[done.exception.code] == 3
    assert str(done.exception).startswith(
        f"{tmp_path}: no stack runs on this data folder (start it with `labo up`, or set LABO_"
    )


@pytest.mark.parametrize(
    "command", ["incidents", "incident", "confirm", "decide", "components", "problems", "why"]
)
def test_help_shows_how_to_type_it(command: str) -> None:
    """Each has examples."""
    done = CliRunner().invoke(app, [command, "--help"])

    assert done.exit_code == 0
    assert f"Examples: labo {'problems' if command == 'why' else command}" in " ".join(
        done.stdout.split()
    )
