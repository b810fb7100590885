"""`labo ingest`: ingest a log file, once or for as long as it grows."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing, closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from labo.cli.connection import connected_settings, opened
from labo.cli.log_files import READ_AHEAD, File, Format, assembled, own_parser, say_unreadable
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, error_console, print_json, print_table

if TYPE_CHECKING:
    from labo.adapters.log_files.follower import LogBatch, LogFollower
    from labo.adapters.log_files.positions import LogBookmark
    from labo.adapters.log_files.segments import Position
    from labo.adapters.log_files.templates import LogTemplates
    from labo.domain.telemetry.logs.lines import SourceLine
    from labo.domain.telemetry.logs.parser import LineParser
    from labo.services.ingest.log_reader import LogOrigin
    from labo.services.ingest.log_tally import LogTally
    from labo.services.ingest.logs import LogService
    from labo.settings import Settings

app = typer.Typer()

_PATIENCE_S = 60.0
_KEEP_TEMPLATES_S = 30.0
_INTERRUPTED = 130


@app.command("ingest")
def ingest_command(
    file: File,
    *,
    follow: Annotated[bool, typer.Option(help="Continue as the file grows, until Ctrl-C.")] = False,
    system: Annotated[str, typer.Option(help="The system that the lines belong to.")] = "default",
    component: Annotated[
        str | None,
        typer.Option(help="The component of every line. By default the one that a line names."),
    ] = None,
    format_: Format = "auto",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest a log file: errors become events, every line is stored for 30 days.

    Continues where the last run on this file ended, also after a rotation. Running it twice changes
    nothing.

    Example: labo ingest /var/log/auth.log --system web --follow
    """
    from labo.services.ingest.log_reader import LogOrigin

    settings = connected_settings(data)
    origin = LogOrigin(settings.workspace, system, file.name.split(".")[0] or file.name, component)
    started = time.monotonic()
    try:
        tally, complete = asyncio.run(_ingest(settings, file, origin, format_, follow=follow))
    except asyncio.CancelledError:
        raise typer.Exit(_INTERRUPTED) from None
    _report(tally, file, time.monotonic() - started, as_json=as_json)
    if not complete and not follow:
        raise typer.Exit(_INTERRUPTED)


async def _ingest(
    settings: Settings, path: Path, origin: LogOrigin, format_: str, *, follow: bool
) -> tuple[LogTally, bool]:
    """What was ingested, and whether it was everything."""
    from labo.adapters.log_files.follower import LogFollower
    from labo.adapters.log_files.positions import LogBookmark
    from labo.adapters.telemetry.stream import StreamSink
    from labo.services.ingest.log_reader import LogReader
    from labo.services.ingest.logs import LogService
    from labo.stack.disk import DiskReserve

    stop = _stop_on_signals()
    parser = own_parser(path, format_)
    bookmark = LogBookmark(
        settings.data_dir / "log-files", path, workspace=origin.workspace, system=origin.system
    )
    try:
        follower = LogFollower(path, bookmark.position())
        templates = _learnt(bookmark, parser, path)
        async with opened(settings) as labo:
            disk = DiskReserve(settings.data_dir, settings.disk.reserve_mb * 1_000_000)
            service = LogService(
                LogReader(origin, parser.parse, templates.name_all),
                parser,
                labo.workspace().events.accept,
                StreamSink(labo.redis),
                has_room=disk.check,
                patience_s=float("inf") if follow else _PATIENCE_S,
            )
            with closing(follower):
                await _ingest_all(service, follower, bookmark, templates, path, stop, follow=follow)
                say_unreadable(path, follower.unreadable)
    finally:
        bookmark.close()
    return service.tally, not stop.is_set()


async def _ingest_all(
    service: LogService,
    follower: LogFollower,
    bookmark: LogBookmark,
    templates: LogTemplates,
    path: Path,
    stop: asyncio.Event,
    *,
    follow: bool,
) -> None:
    """The order that loses nothing: graph, telemetry, templates, position.

    A record whose next lines may still come stays after the position, and is read again.
    """
    kept_at = float("-inf")
    latest: LogBatch | None = None
    batches = follower.follow(stop) if follow else follower.read_all(stop)
    with _progress(path) as show:
        async with aclosing(batches):
            async for batch in batches:
                await (service.ingest(batch.lines) if batch.lines else service.flush())
                if time.monotonic() - kept_at > _KEEP_TEMPLATES_S:
                    bookmark.save_templates(templates)
                    kept_at = time.monotonic()
                if safe := _position_before(service.open, follower, batch):
                    bookmark.save(safe, path)
                show(batch.position.offset, service.tally)
                if follow:
                    service.date_from(datetime.now(UTC))
                latest = batch
    position = None
    if latest is not None:  # what waits is known until it is flushed
        waiting = service.open if stop.is_set() else _cut_short(service, latest)
        position = _position_before(waiting, follower, latest)
    await service.flush()
    bookmark.save_templates(templates)
    if position is not None:
        bookmark.save(position, path)


def _cut_short(service: LogService, batch: LogBatch) -> SourceLine | None:
    """At the end of a file: the first line of what lacks its end, to be read again with it."""
    return service.unfinished or (service.latest if batch.is_unfinished else None)


def _position_before(
    waiting: SourceLine | None, follower: LogFollower, batch: LogBatch
) -> Position | None:
    """Where a restart goes on, to read what waits again; None: where it would until now."""
    if waiting is None or waiting.offset >= batch.position.offset:
        return batch.position
    return follower.position_of(waiting)


def _stop_on_signals() -> asyncio.Event:
    """Set by Ctrl-C or SIGTERM: the batch in hand is finished. A second one does not wait."""
    stop = asyncio.Event()
    task = asyncio.current_task()

    def interrupt() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    return stop


def _learnt(bookmark: LogBookmark, parser: LineParser, path: Path) -> LogTemplates:
    """The templates of earlier runs; before the first, those learnt from the file's first lines."""
    from labo.adapters.log_files.lines import read_lines
    from labo.domain.telemetry.logs.stack_traces import headline

    templates = bookmark.templates()
    if bookmark.position() is None:
        lines = islice(read_lines(path), READ_AHEAD)
        templates.learn(
            headline(record.head.message)
            for record in assembled(lines, parser)
            if not record.continues
        )
    return templates


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int, LogTally], None]]:
    """A bar on a terminal's standard error, by bytes; nothing elsewhere."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    hidden = not error_console.is_terminal
    with Progress(*columns, console=error_console, disable=hidden) as progress:
        task = progress.add_task(path.name, total=path.stat().st_size)

        def show(offset: int, tally: LogTally) -> None:
            summary = f"{path.name}: {tally.lines} lines, {tally.errors} errors"
            total = max(offset, progress.tasks[0].total or 0)
            progress.update(task, completed=offset, total=total, description=summary)

        yield show


def _report(tally: LogTally, path: Path, seconds: float, *, as_json: bool) -> None:
    result = {
        "file": str(path),
        "lines": tally.lines,
        "errors": tally.errors,
        "warnings": tally.warnings,
        "templates": len(tally.templates),
        "events": tally.events,
        "unparsed": tally.unparsed,
        "unreadable": tally.unreadable,
        "took_ms": round(seconds * 1000),
    }
    if as_json:
        print_json(result)
    else:
        print_table(list(result), [list(result.values())])
