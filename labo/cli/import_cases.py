"""`labo import`: bring case folders into the running stack."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from labo.cli.connection import connected_settings
from labo.cli.output import JsonOption, error_console, print_json, print_table
from labo.cli.stack import DataOption

if TYPE_CHECKING:
    from labo.bootstrap import App
    from labo.domain.series import Case
    from labo.services.cases import ImportedCase
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
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import topology, metrics and log lines of case folders. Importing again changes nothing.

    All folders are read before anything is written, so a malformed one leaves nothing behind.

    Example: labo import case-0 case-1 --system shop
    """
    from labo.adapters.cases import read_case

    cases = [read_case(folder) for folder in folders]
    done = asyncio.run(take_cases(connected_settings(data), cases, system))
    if as_json:
        for imported in done:
            print_json(asdict(imported))
        return
    print_table(
        ("case", "target", "components", "dependencies", "metrics", "samples", "log lines"),
        [
            (d.case, d.target, d.components, d.dependencies, d.metrics, d.samples, d.lines)
            for d in done
        ],
    )


async def take_cases(settings: Settings, cases: Sequence[Case], system: str) -> list[ImportedCase]:
    """Take `cases` in, and wait until their telemetry can be read."""
    from labo.bootstrap import build
    from labo.services.cases import size

    app_ = await build(settings)
    try:
        service = app_.workspace().cases
        with _shown(sum(size(case) for case in cases)) as progress:
            done = [await service.take(case, system=system, progress=progress) for case in cases]
        await _stored(app_)
        return done
    finally:
        await app_.close()


async def _stored(app_: App) -> None:
    """Wait until the stream process has taken everything in; say so when it doesn't."""
    from labo.adapters.telemetry.stream import StreamReader

    stream = StreamReader(app_.redis, "import")
    give_up = time.monotonic() + _PATIENCE_S
    while waiting := await stream.waiting():
        if time.monotonic() > give_up:
            error_console.print(
                f"{waiting} telemetry batches still wait for the stream process; "
                "see whether it runs: labo status",
                markup=False,
            )
            return
        await asyncio.sleep(_LOOK_EVERY_S)


@contextmanager
def _shown(total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("importing"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=error_console, transient=True) as bar:
        task = bar.add_task("import", total=total)
        yield lambda step: bar.advance(task, step)
