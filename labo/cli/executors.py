"""`labo executors`: who carries out which action, and whether it can be reached."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from labo.cli.output import JsonOption, as_codes, print_json, print_table
from labo.errors import LaboError

if TYPE_CHECKING:
    from labo.bootstrap.executors import ExecutorChoice

UNREACHABLE = 3

app = typer.Typer(name="executors", help="Who carries out which action.", no_args_is_help=True)


@app.callback()
def executors() -> None:
    """Who carries out which action, and whether it can be reached.

    Example: labo executors list
    """


@dataclass(frozen=True, slots=True)
class _Check:
    """`detail` is what an executor reached, or why not."""

    executor: str
    is_reached: bool
    detail: str


@app.command("list")
def list_executors(*, as_json: JsonOption = False) -> None:
    """Show for each action template the executor, by the settings LABO_EXECUTORS__….

    Examples: labo executors list ·
    LABO_EXECUTORS__BY_TEMPLATE='{"restart_service": "webhook"}' labo executors list --json
    """
    from labo.adapters.templates import load_templates

    choice = _choice()
    rows = [
        (template.id, choice.executors.name_for(template.id), template.risk_level.value)
        for template in sorted(load_templates().values(), key=lambda one: one.id)
    ]
    if as_json:
        print_json([dict(zip(("template", "executor", "risk"), row, strict=True)) for row in rows])
    else:
        print_table(("template", "executor", "risk"), rows)


@app.command("check")
def check_executors(*, as_json: JsonOption = False) -> None:
    """Ask each executor that is used whether the system behind it answers. Changes nothing.

    Exit code 3: one does not.

    Example: labo executors check --json
    """
    checks = asyncio.run(_checks(_choice()))
    if as_json:
        print_json(
            [
                {"executor": one.executor, "reached": one.is_reached, "detail": one.detail}
                for one in checks
            ]
        )
    else:
        print_table(
            ("executor", "reached", "detail"),
            [
                (one.executor, "yes" if one.is_reached else "no", as_codes(one.detail))
                for one in checks
            ],
        )
    if not all(one.is_reached for one in checks):
        raise typer.Exit(UNREACHABLE)


def _choice() -> ExecutorChoice:
    from labo.bootstrap.executors import choose_executors
    from labo.settings import Settings

    return choose_executors(Settings())


async def _checks(choice: ExecutorChoice) -> list[_Check]:
    checks = []
    for name, executor in choice.by_name.items():
        try:
            checks.append(_Check(name, True, await executor.check()))
        except LaboError as error:
            checks.append(_Check(name, False, str(error)))
    return checks
