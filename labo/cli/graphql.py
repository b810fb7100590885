"""`labo graphql`: ask the running stack's API."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from labo.cli.options import DataOption
from labo.cli.output import JsonOption, echo, json_text, print_json
from labo.errors import InvalidInput

app = typer.Typer()


@app.command("graphql")
def graphql_command(
    query: Annotated[str, typer.Argument(help="A document, @FILE, or - for standard input.")],
    *,
    variables: Annotated[
        str | None, typer.Option("--variables", help="A JSON object, or @FILE.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a GraphQL operation with the stored token and print its answer as JSON.

    Exit code 1 when the answer holds errors. `--json` prints it on one line.

    Examples: labo graphql '{ incidents { nodes { key title status } } }' ·
    labo graphql @query.graphql --variables '{"id": "3f0c…"}'
    """
    from labo.cli.client import graphql

    answer = graphql(_text(query), _object(variables), data=data)
    if as_json:
        print_json(answer)
    else:
        echo(json_text(answer, indent=2))
    if answer.get("errors"):
        raise typer.Exit(1)


def _text(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"can't read the file: {error}", where=given[1:]) from error


def _object(given: str | None) -> dict[str, Any]:
    if given is None:
        return {}
    try:
        value = json.loads(_text(given))
    except ValueError as error:
        raise InvalidInput(f"not JSON: {error}", where="--variables") from error
    if not isinstance(value, dict):
        raise InvalidInput("not a JSON object", where="--variables")
    return value
