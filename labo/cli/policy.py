"""`labo policy`: what the policies say to an action, and whether they say what they should."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from labo.cli.output import JsonOption, print_json, print_table, say
from labo.errors import InvalidInput
from labo.settings import Settings

app = typer.Typer(name="policy", help="Check what may be executed.", no_args_is_help=True)

DENIED = 7
"""The exit code of what is not allowed, as for every command."""

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--folder", help="Policies of one's own; by default LABO_GOVERNANCE__POLICY_FOLDER."
    ),
]


@app.command()
def check(
    document: Annotated[str, typer.Argument(metavar="FILE", help="A request as JSON; - reads it.")],
    *,
    folder: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether the action in FILE may be executed, and name every rule that applies.

    Nothing is executed. Exit code 7 when it is denied.

    Examples: labo policy check request.json · labo policy check - --json < request.json
    """
    from labo.adapters.policy.rego import RegoPolicy, request_of

    answer = RegoPolicy.open(_folder(folder)).check(request_of(_read(document), document))
    rules = [[hit.rule, hit.enforcement.value, hit.message] for hit in answer.rules]
    if as_json:
        print_json(
            {
                "allowed": answer.allowed,
                "enforcement": answer.enforcement.value,
                "rules": [
                    dict(zip(("rule", "enforcement", "message"), row, strict=True)) for row in rules
                ],
            }
        )
    else:
        say("[bold]{}[/]", "allowed" if answer.allowed else "denied")
        print_table(("rule", "enforcement", "message"), rules)
    if not answer.allowed:
        raise typer.Exit(DENIED)


@app.command()
def test(*, folder: FolderOption = None, as_json: JsonOption = False) -> None:
    """Run the tables of tests (*.test.json) of a folder, else those of the bundled policy.

    Exit code 1 when a rule applies that should not, or does not that should.

    Examples: labo policy test · labo policy test --folder ./my-policies --json
    """
    from labo.adapters.policy.tables import run_tables

    results = run_tables(_folder(folder))
    failed = [one for one in results if not one.passed]
    if as_json:
        rows = [
            {"name": one.name, "passed": one.passed, "expected": one.expected, "found": one.found}
            for one in results
        ]
        print_json({"passed": len(results) - len(failed), "failed": len(failed), "cases": rows})
    else:
        if failed:
            columns = ("case", "expected", "found")
            print_table(columns, [[one.name, one.expected, one.found] for one in failed])
        say("{} passed, {} failed", len(results) - len(failed), len(failed))
    if failed:
        raise typer.Exit(1)


def _folder(folder: Path | None) -> Path | None:
    chosen = folder or Settings().governance.policy_folder
    return chosen.expanduser() if chosen else None


def _read(document: str) -> object:
    """Raises InvalidInput for what is no JSON."""
    try:
        text = sys.stdin.read() if document == "-" else Path(document).read_text("utf-8")
        parsed: object = json.loads(text)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"not readable: {error}", where=document) from error
    return parsed
