"""`labo dead-letters`: jobs that failed for good, and trying them again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli.connection import ask_services, connected_settings, opened
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, echo, print_json, print_table
from labo.errors import InvalidInput

if TYPE_CHECKING:
    from graph.jobs import DeadLetter
    from labo.bootstrap import Services
    from labo.settings import Settings

app = typer.Typer(
    name="dead-letters", help="Jobs that failed for good, and their replay.", no_args_is_help=True
)

_COLUMNS = ("id", "kind", "subject", "attempts", "parked_at", "error")


@app.command("list")
def list_parked(
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the parked jobs, newest first.

    Example: labo dead-letters list --json
    """
    letters = ask_services(connected_settings(data), lambda labo: _parked(labo, limit))
    rows = [{column: getattr(letter, column) for column in _COLUMNS} for letter in letters]
    if as_json:
        print_json(rows)
    else:
        print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in rows])


@app.command()
def replay(
    job_ids: Annotated[list[str] | None, typer.Argument(help="As `list` shows them.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Replay every parked job.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make parked jobs due again and send them.

    Examples: labo dead-letters replay 3f0c9a1be2d45678 · labo dead-letters replay --all
    """
    if bool(job_ids) == every:
        raise InvalidInput("name the jobs, or give --all", where="labo dead-letters replay")
    ids = None if every else job_ids
    replayed = asyncio.run(_replay(connected_settings(data), ids))
    print_json({"replayed": replayed}) if as_json else echo(f"replayed {len(replayed)}")


async def _parked(labo: Services, limit: int) -> list[DeadLetter]:
    from graph.jobs import Jobs

    return await Jobs(labo.graph).find_parked(limit)


async def _replay(settings: Settings, ids: list[str] | None) -> list[str]:
    from graph.jobs import Jobs

    async with opened(settings) as labo:
        jobs = await Jobs(labo.workspace().graph).replay(ids)
        for job in jobs:
            await labo.jobs.enqueue(job.kind, settings.workspace, job.subject)
    return [job.id for job in jobs]
