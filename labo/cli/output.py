"""The output of every command: a table for people, JSON for programs, errors in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.cells import cell_len
from rich.console import (
    Console,
    ConsoleOptions,
    ConsoleRenderable,
    OverflowMethod,
    RenderHook,
    RenderResult,
)
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.segment import Segment
from rich.table import Table

from labo.domain.entities.masking import visible, visible_lines

_LONGEST_ROW = 10_000
"""Characters, for who reads a table by a program: longer than any row."""
_ROOM = 18
"""Characters that a column of sentences needs at least. By judgement: a name or two words a line,
and at 80 characters two such columns stand beside a key, a status and a duration."""
_GAP = 2
"""Blanks between the columns of a table, as rich sets them without a box."""
_HIDDEN_IN_JSON = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufeff"
    "\ufff9-\uffff\U000e0000-\U0010ffff]"
)
"""What `visible` removes and JSON need not escape: control, format and direction characters."""


class _Visible(RenderHook):
    """Nothing in what a command prints can steer the terminal: only rich's own styles do."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Shown(one) for one in renderables]


class _Shown:
    def __init__(self, renderable: ConsoleRenderable) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in console.render(self._renderable, options):
            yield Segment(text if control else visible_lines(text), style, control)


def _console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Markup is off: square brackets are text, unless `say` prints a sentence of ours."""
    made = Console(stderr=stderr, highlight=False, markup=False, width=width)
    made.push_render_hook(_Visible())
    return made


console = _console()
error_console = _console(stderr=True)
_wide_console = _console(width=_LONGEST_ROW)


def say(markup: str, *values: object, to: Console = console, end: str = "\n") -> None:
    """Print a sentence of ours in rich's markup, with `values` for its `{}` as plain text."""
    shown = [escape(visible(str(value))) for value in values]
    to.print(markup.format(*shown), markup=True, soft_wrap=True, end=end)


def echo(text: str) -> None:
    """A plain text on standard output, for people and for pipes."""
    typer.echo(visible_lines(text))


def as_codes(text: str | None) -> str | None:
    r"""`text` with what is not printable as its code, for who wants to see it; None as it is.

    >>> as_codes("a\tb\x1b[0m")
    'a\\tb\\x1b[0m'
    """
    if text is None:
        return None
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def print_json(value: object) -> None:
    """One JSON document on standard output, never wrapped or coloured."""
    typer.echo(json_text(value))


def json_text(value: object, *, indent: int | None = None) -> str:
    """JSON that reads as it is written: characters that no one sees are escaped in it."""
    text = json.dumps(value, ensure_ascii=False, default=str, indent=indent)
    return _HIDDEN_IN_JSON.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found.group())[1:-1]


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    whole: Collection[str] = (),
    dispensable: Sequence[str] = (),
) -> None:
    """A plain table; None is shown as a dash, a line break within a cell as a blank.

    On a terminal long cells are cut; where columns are to be `whole`, the others go on in the next
    line instead, and where they would have too little room, those that are `dispensable` are left
    out one after the other. Elsewhere a row is a line.
    """
    target = console if console.is_terminal else _wide_console
    cells = {column: list[str]() for column in columns}
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            cells[column].append("-" if cell is None else visible(str(cell)))
    for column in dispensable:
        if _least_width(cells, whole) > target.width:
            del cells[column]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in cells:
        overflow: OverflowMethod = "fold" if whole else "ellipsis"
        table.add_column(column, overflow=overflow, no_wrap=column in whole)
    for shown in zip(*cells.values(), strict=True):
        table.add_row(*shown)
    target.print(table)


def _least_width(cells: Mapping[str, Sequence[str]], whole: Collection[str]) -> int:
    """Characters that a table needs at least to be read: `whole` columns as they are."""
    widths = {
        column: max(map(cell_len, (column, *values)), default=0) for column, values in cells.items()
    }
    needed = (width if column in whole else min(width, _ROOM) for column, width in widths.items())
    return sum(needed) + _GAP * (len(widths) - 1)


def print_error(message: str) -> None:
    """On standard error."""
    error_console.print("error: ", style="bold red", end="")
    error_console.print(visible_lines(message), soft_wrap=True)


@contextmanager
def fetch_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A download bar, shown from the first report on; the reports are bytes present and in all."""
    columns = (
        TextColumn(title, markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
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


_DAYS_FROM_HOURS = 72
"""From three days on nobody counts in hours."""


def human_duration(seconds: float | None) -> str:
    """`3 d 04 h`, `2 h 05 min`, `3 min 20 s`, `12 s`; a dash for None."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= _DAYS_FROM_HOURS:
        return f"{hours // 24} d {hours % 24:02d} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
