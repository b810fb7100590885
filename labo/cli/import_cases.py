"""`labo import`: bring case folders into the running stack."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from labo.cli.connection import connected_settings, opened
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, error_console, print_json, print_table

if TYPE_CHECKING:
    from labo.bootstrap import App, Services
    from labo.domain.entities.series import Case
    from labo.services.knowledge.imports import ImportedCase
    from labo.settings import Settings

app = typer.Typer()

_PATIENCE_S = 120.0
_LOOK_EVERY_S = 0.1

Folders = Annotated[list[Path], typer.Argument(help="Case folders.", show_default=False)]


@app.command("import")
def import_command(
    folders: Folders,
    *,
    system: Annotated[str, typer.Option(help="The system that the cases are of.")] = "default",
    no_learn: Annotated[
        bool, typer.Option("--no-learn", help="Do not learn from the cases' labels.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import topology, metrics and log lines of case folders. Importing again changes nothing.

    All folders are read before anything is written, so a malformed one leaves nothing behind. A
    case's label is learnt before the command ends: the next diagnosis uses it.

    Example: labo import case-0 case-1 --system shop
    """
    from labo.adapters.cases.reading import read_case
    from labo.domain.learning.labelled_incidents import causes_of

    cases = [read_case(folder) for folder in folders]
    if not no_learn:
        for case in cases:
            causes_of(case)
    settings = connected_settings(data)
    done = asyncio.run(ingest_cases(settings, cases, system, learn=not no_learn))
    if as_json:
        for imported in done:
            print_json(asdict(imported))
    else:
        _print(done)


def _print(done: Sequence[ImportedCase]) -> None:
    print_table(
        (
            "case",
            "target",
            "components",
            "dependencies",
            "metrics",
            "samples",
            "log lines",
            "learnt",
        ),
        [
            (
                d.case,
                d.target,
                d.components,
                d.dependencies,
                d.metrics,
                d.samples,
                d.lines,
                learnt(d),
            )
            for d in done
        ],
    )


def learnt(done: ImportedCase) -> str | None:
    """What was learnt from one case, as text; None when it has no label."""
    learnt_case = done.learnt_case
    known = "" if learnt_case.new else " (known)"
    return (
        ", ".join(f"{cause}{known}" for cause in learnt_case.learnt) or learnt_case.refused or None
    )


async def ingest_cases(
    settings: Settings, cases: Sequence[Case], system: str, *, learn: bool = True
) -> list[ImportedCase]:
    """Ingest `cases`, learn from their labels, and wait until their telemetry can be read."""
    from labo.services.knowledge.imports import size

    async with opened(settings) as app_:
        labo = app_.workspace()
        with _shown("importing", sum(size(case) for case in cases)) as progress:
            done = [
                await labo.cases.ingest(case, system=system, progress=progress) for case in cases
            ]
        if learn:
            with _shown("learning", len(cases)) as progress:
                done = [
                    await _learnt(labo, taken, case, system, progress)
                    for taken, case in zip(done, cases, strict=True)
                ]
        with error_console.status("waiting until the samples can be read"):
            await _stored(app_)
        return done


async def _learnt(
    labo: Services, taken: ImportedCase, case: Case, system: str, progress: Callable[[int], None]
) -> ImportedCase:
    learnt_case = await labo.labelled_incidents.learn_from(case, system=system)
    progress(1)
    return replace(taken, learnt_case=learnt_case)


async def _stored(app_: App) -> None:
    """Wait until the stream process has ingested everything; warn when it doesn't."""
    from labo.adapters.telemetry.stream import StreamReader

    stream = StreamReader(app_.redis, "import")
    give_up = time.monotonic() + _PATIENCE_S
    while waiting := await stream.waiting():
        if time.monotonic() > give_up:
            error_console.print(
                f"{waiting} telemetry batches still wait for the stream process; "
                "see whether it runs: labo status",
            )
            return
        await asyncio.sleep(_LOOK_EVERY_S)


@contextmanager
def _shown(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    columns = (
        TextColumn(doing, markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=error_console, transient=True) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda step: bar.advance(task, step)
