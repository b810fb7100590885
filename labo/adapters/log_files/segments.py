"""One stretch of one log file, read by position, and how to identify the file.

A file is identified by device, inode and the digest of its first line; a position in it by the
offset and the bytes just before. So a rename, a truncation (also one already grown over again) and
a copy made before a truncation are distinguished without trusting names or sizes.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from labo.adapters.log_files.decoding import SAMPLE, UTF_8, Encoding, detect
from labo.adapters.log_files.lines import MAX_LINE
from labo.domain.entities.keys import digest
from labo.domain.telemetry.logs.lines import SourceLine

_HEAD = 256
_ANCHOR = 64
# app.log.1, app.log-20260131, app.log.2026-01-31_10, app.log.old; never a packed one.
_ROTATED = r"[.-](?:\d[\d.:_T-]*|old|bak|prev)"


@dataclass(frozen=True, slots=True)
class Position:
    """Everything before `offset` is safely ingested. Digests are hexadecimal."""

    device: int
    inode: int
    head_size: int
    head: str
    offset: int
    anchor: str

    @property
    def file(self) -> str:
        """The file's identity, part of the identity of each of its lines."""
        return digest("log file", str(self.device), str(self.inode), self.head, length=20)


class Segment:
    """A file open for reading from a position. `last`: nobody writes to it any more.

    `unreadable` counts the lines with bytes that the file's encoding has not.
    """

    def __init__(self, path: Path, position: Position | None = None, *, last: bool = False) -> None:
        self.path = path
        self.last = last
        self._fd = os.open(path, os.O_RDONLY)
        self.position = position or self._start()
        self.unreadable = 0
        self._encoding: Encoding | None = None

    def start_over(self) -> None:
        """Back to the start, as a file never read."""
        self.position = self._start()
        self._encoding = None

    def close(self) -> None:
        os.close(self._fd)

    def is_named(self, path: Path) -> bool:
        """Whether that path still leads to this very file. False when it leads nowhere."""
        try:
            named = path.stat()
        except FileNotFoundError:
            return False
        here = os.fstat(self._fd)
        return (named.st_dev, named.st_ino) == (here.st_dev, here.st_ino)

    def holds(self, position: Position) -> bool:
        """Whether the bytes at the position's head and anchor are still those it saw."""
        if os.fstat(self._fd).st_size < position.offset:
            return False
        head = os.pread(self._fd, position.head_size, 0)
        return _digest(head) == position.head and self._anchor(position.offset) == position.anchor

    def read(self, limit: int) -> list[SourceLine]:
        """The next complete lines, at most `limit`; also the unfinished one if it is the last.

        Blank lines are passed over.
        """
        data = os.pread(self._fd, MAX_LINE, self.position.offset)
        encoding = self._known_encoding()
        if encoding is None:
            return []
        end = encoding.end_of_lines(data)
        if not end and (len(data) == MAX_LINE or self.last):
            end = len(data)
        raw_lines = encoding.split(data[:end], limit)
        if len(raw_lines) > limit or not raw_lines[-1]:
            raw_lines.pop()
        return self._advance(raw_lines, data, end, encoding)

    def read_unfinished(self) -> list[SourceLine]:
        """The line that has no line feed yet, without moving the position."""
        data = os.pread(self._fd, MAX_LINE, self.position.offset)
        head = os.pread(self._fd, SAMPLE, 0)
        text, _ = (detect(head, is_complete=True) or UTF_8).decode(data)
        position = self.position if self.position.head else self._position_at(len(data), data)
        return [SourceLine(position.file, self.position.offset, text)] if text.strip() else []

    def position_at(self, offset: int) -> Position | None:
        """The position before the line at that offset; None while the file has no first line."""
        known = self.position
        if not known.head:
            return None
        return replace(known, offset=offset, anchor=self._anchor(offset))

    def _start(self) -> Position:
        stat = os.fstat(self._fd)
        return Position(stat.st_dev, stat.st_ino, 0, "", 0, "")

    def _advance(
        self, raw_lines: list[bytes], data: bytes, end: int, encoding: Encoding
    ) -> list[SourceLine]:
        if not raw_lines:
            return []
        feed = len(encoding.feed)
        size = min(end, sum(len(raw) + feed for raw in raw_lines))
        offset = self.position.offset
        before = os.pread(self._fd, feed, offset - feed) if offset else encoding.feed
        is_rest = before != encoding.feed
        self.position = self._position_at(offset + size, data)
        lines = []
        for raw in raw_lines:
            text, readable = encoding.decode(raw)
            self.unreadable += not readable
            if text.strip():
                lines.append(SourceLine(self.position.file, offset, text, is_rest=is_rest))
            offset += len(raw) + feed
            is_rest = False
        return lines

    def _known_encoding(self) -> Encoding | None:
        """By the file's first line; None for as long as its bytes are too few to say."""
        if self._encoding is None:
            head = os.pread(self._fd, SAMPLE, 0)
            self._encoding = detect(head, is_complete=self.last)
        return self._encoding

    def _position_at(self, offset: int, data: bytes) -> Position:
        """This position moved to `offset`; at the file's start the first line becomes its head."""
        old = self.position
        head_size, head = old.head_size, old.head
        if not head:
            first = data[: data.find(b"\n") + 1] or data
            head_size, head = min(len(first), _HEAD), _digest(first[:_HEAD])
        anchor = self._anchor(offset)
        return Position(old.device, old.inode, head_size, head, offset, anchor)

    def _anchor(self, offset: int) -> str:
        start = max(0, offset - _ANCHOR)
        return _digest(os.pread(self._fd, offset - start, start)) if offset else ""


def find_rotated(path: Path, position: Position) -> list[Path]:
    """The file that the position was in, under its rotated name, then those rotated after it.

    Empty when there is none. Compressed files are not read.
    """
    rotated = re.compile(re.escape(path.name) + _ROTATED)
    siblings = (one for one in path.parent.iterdir() if rotated.fullmatch(one.name))
    ordered = sorted((one for one in siblings if one.is_file()), key=_modified)
    for number, sibling in enumerate(ordered):
        if _is_of(sibling, position):
            return ordered[number:]
    return []


def _is_of(path: Path, position: Position) -> bool:
    try:
        segment = Segment(path)
    except OSError:
        return False
    try:
        return bool(position.head) and segment.holds(position)
    finally:
        segment.close()


def _digest(data: bytes) -> str:
    return digest(data.hex(), length=16) if data else ""


def _modified(path: Path) -> int:
    return path.stat().st_mtime_ns
