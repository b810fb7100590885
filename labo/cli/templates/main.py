"""`labo templates`: its commands, by what they work on."""

from __future__ import annotations

import typer

from labo.cli.templates import decisions, files

app = typer.Typer(
    help="Write, sign, publish and revoke templates of actions and agents.", no_args_is_help=True
)
app.add_typer(files.app)
app.add_typer(decisions.app)
