"""Options that mean the same in every command, and what they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labo.settings import Settings

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Data folder; by default LABO_DATA_DIR or ~/.local/share/labo."),
]


def data_folder(data: Path | None) -> Path:
    """The folder of `--data`, else of the settings."""
    return (data or Settings().data_dir).expanduser().resolve()


def is_given(ctx: typer.Context, option: str) -> bool:
    """Whether the option was typed, and not left at its default."""
    source = ctx.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"
