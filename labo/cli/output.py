"""The output of every command: a table for people, JSON for programs, errors in one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

console = Console(highlight=False)
error_console = Console(stderr=True, highlight=False)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def print_json(value: object) -> None:
    """One JSON document on standard output, never wrapped or coloured."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table; None is shown as a dash."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*("-" if cell is None else str(cell) for cell in row))
    console.print(table)


def print_error(message: str) -> None:
    """On standard error, without interpreting the message as markup."""
    error_console.print("error: ", style="bold red", end="")
    error_console.print(message, markup=False, soft_wrap=True)


@contextmanager
def fetch_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A download bar, shown from the first report on; the reports are bytes present and in all."""
    columns = (TextColumn(title), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    progress = Progress(*columns, console=error_console)
    task = progress.add_task(title, total=None)

    def report(present: int, total: int) -> None:
        progress.start()
        progress.update(task, completed=present, total=total)
        if present >= total:
            progress.stop()

    try:
        yield report
    finally:
        progress.stop()


def human_bytes(count: int | None) -> str:
    """`48 MB`; a dash for None."""
    return "-" if count is None else f"{count / 1e6:.0f} MB"


def human_duration(seconds: float | None) -> str:
    """`2 h 05 min`, `3 min 20 s`, `12 s`; a dash for None."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
