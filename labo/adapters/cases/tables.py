"""CSV tables and times whose every fault names file, line and column."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from labo.errors import InvalidInput

UNKNOWN_CELLS = frozenset({"", "nan", "null", "none", "na", "n/a"})
MAX_EPOCH = 253_402_300_799.0


class Table:
    """A CSV file with at least these columns, in any order.

    `rows()` gives (line, cells of the named columns in their order); blank lines are skipped.
    """

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self._path, self._names = path, names
        self._reader = csv.reader(io.StringIO(read_text(path), newline=""))
        try:
            self._header = [cell.strip() for cell in next(self._reader, [])]
        except csv.Error as error:
            raise InvalidInput(str(error), where=f"{path}:1:1") from None
        absent = [name for name in names if name not in self._header]
        if absent:
            message = f"the header lacks {', '.join(absent)}"
            raise InvalidInput(message, where=f"{path}:1:1", hint="expected " + ",".join(names))
        self._columns = [self._header.index(name) for name in names]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        reader, columns = self._reader, self._columns
        plain, widest = self._header == list(self._names), max(columns)
        try:
            for cells in reader:
                if len(cells) > widest:
                    yield reader.line_num, cells if plain else [cells[c] for c in columns]
                elif cells:
                    message = f"{len(cells)} cells where {len(self._header)} are expected"
                    where = f"{self._path}:{reader.line_num}:{len(cells) + 1}"
                    raise InvalidInput(message, where=where)
        except csv.Error as error:
            raise InvalidInput(str(error), where=f"{self._path}:{reader.line_num}:1") from None

    def fault(self, line: int, name: str, message: str, hint: str | None = None) -> InvalidInput:
        """`where` is `file:line:column`, the column counted in cells from 1."""
        column = self._columns[self._names.index(name)] + 1
        where = f"{self._path}:{line}:{column}"
        return InvalidInput(f"column {name}: {message}", where=where, hint=hint)

    def text(self, line: int, name: str, cell: str) -> str:
        """The cell without outer blanks; an empty one is a fault."""
        text = cell.strip()
        if not text:
            raise self.fault(line, name, "a name is expected, the cell is empty")
        return text

    def number(self, line: int, name: str, cell: str) -> float:
        """NaN for an empty cell and the usual words for unknown."""
        text = cell.strip()
        if text.lower() in UNKNOWN_CELLS:
            return math.nan
        try:
            return float(text)
        except ValueError:
            raise self.fault(line, name, f"{text[:40]!r} is not a number") from None

    def time(self, line: int, name: str, cell: str) -> float:
        """Epoch seconds."""
        at = parse_time(cell.strip())
        if at is None:
            hint = "ISO 8601 or epoch seconds"
            raise self.fault(line, name, f"{cell.strip()[:40]!r} is not a time", hint)
        return at


def parse_time(value: object) -> float | None:
    """Epoch seconds of a number or an ISO 8601 text (UTC when it names no zone); else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _parse_iso(str(value))
    if not isinstance(value, int | float) or not 0 <= value <= MAX_EPOCH:
        return None
    return float(value)


def _parse_iso(text: str) -> float | None:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"can't be read: {error.strerror}", where=f"{path}:1:1") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise InvalidInput("not UTF-8", where=f"{path}:{line}:{column}") from None
