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


class Row:
    """One table row: the wanted cells in the wanted order, and where they stand in the file."""

    __slots__ = ("_columns", "_names", "_path", "cells", "line")

    def __init__(
        self, path: Path, line: int, cells: list[str], names: tuple[str, ...], columns: list[int]
    ) -> None:
        self._path, self.line, self._names, self._columns = path, line, names, columns
        self.cells = cells

    def _cell(self, name: str) -> str:
        return self.cells[self._names.index(name)]

    def fault(self, name: str, message: str, hint: str | None = None) -> InvalidInput:
        column = self._columns[self._names.index(name)] + 1
        where = f"{self._path}:{self.line}:{column}"
        return InvalidInput(f"column {name}: {message}", where=where, hint=hint)

    def text(self, name: str) -> str:
        text = self._cell(name).strip()
        if not text:
            raise self.fault(name, "a name is expected, the cell is empty")
        return text

    def number(self, name: str) -> float:
        cell = self._cell(name).strip()
        if cell.lower() in UNKNOWN_CELLS:
            return math.nan
        try:
            return float(cell)
        except ValueError:
            raise self.fault(name, f"{cell[:40]!r} is not a number") from None

    def time(self, name: str) -> float:
        cell = self._cell(name).strip()
        at = parse_time(cell)
        if at is None:
            hint = "ISO 8601 or epoch seconds"
            raise self.fault(name, f"{cell[:40]!r} is not a time", hint)
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


def read_table(path: Path, names: tuple[str, ...]) -> Iterator[Row]:
    """Rows of a CSV file that has at least these columns, in any order; blank lines skipped."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""))
    header = [cell.strip() for cell in next(reader, [])]
    absent = [name for name in names if name not in header]
    if absent:
        message = f"the header lacks {', '.join(absent)}"
        raise InvalidInput(message, where=f"{path}:1:1", hint="expected " + ",".join(names))
    columns = [header.index(name) for name in names]
    plain = columns == list(range(len(names))) and len(header) == len(names)
    widest = max(columns)
    try:
        for cells in reader:
            if not cells:
                continue
            if len(cells) <= widest:
                place = f"{path}:{reader.line_num}:{len(cells) + 1}"
                message = f"{len(cells)} cells where {len(header)} are expected"
                raise InvalidInput(message, where=place)
            chosen = cells if plain else [cells[column] for column in columns]
            yield Row(path, reader.line_num, chosen, names, columns)
    except csv.Error as error:
        raise InvalidInput(str(error), where=f"{path}:{reader.line_num}:1") from None


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
