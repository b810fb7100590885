"""In which encoding a log file is written, and its bytes as lines of text.

UTF-8 unless the file's first line says otherwise: by a byte order mark, or by NULs at every other
byte (UTF-16, as SQL Server and PowerShell write) or at two and more of four (UTF-32). The first
line alone, so that a file that is written while it is read is read as it would be when complete.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

SAMPLE = 4_096
"""Bytes at a file's start that are looked at, at most: longer than nearly every first line."""
_SHORTEST = 8
"""Bytes with NULs but no mark that decide nothing yet: two characters of UTF-32."""
_LEAST_ASCII = 0.2
"""Share of characters that are ASCII in any log, whatever its language: times, digits, blanks."""
_MOST_NULS = 0.02
"""Share of NULs where UTF-16 has none; a hole that a truncation leaves has NULs everywhere."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONGEST_MARK = 4
_HALF_MARKS = (b"\xff", b"\xfe")
"""First bytes of marks: that of UTF-32 begins as that of UTF-16 does."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """`feed` is the line feed as bytes; only one that starts at a whole character ends a line."""

    name: str = "utf-8"

    @property
    def feed(self) -> bytes:
        return "\n".encode(self.name)

    def end_of_lines(self, data: bytes) -> int:
        """The offset behind the last line feed, 0 if there is none."""
        feed = self.feed
        end = data.rfind(feed)
        while end > 0 and end % len(feed):
            end = data.rfind(feed, 0, end + len(feed) - 1)
        return end + len(feed) if end >= 0 else 0

    def split(self, data: bytes, limit: int) -> list[bytes]:
        """At line feeds, `limit` of them at most, as `bytes.split` does."""
        feed = self.feed
        if len(feed) == 1:
            return data.split(feed, limit)
        lines: list[bytes] = []
        start = search = 0
        while len(lines) < limit and (end := data.find(feed, search)) >= 0:
            search = end + 1
            if end % len(feed) == 0:
                lines.append(data[start:end])
                start = search = end + len(feed)
        return [*lines, data[start:]]

    def decode(self, raw: bytes) -> tuple[str, bool]:
        """A line's text without its ending, and whether every byte could be read.

        Bytes that can't stay visible as `\\xff`. NULs at the start are the hole that a
        copy-truncate leaves under a writer that does not append; elsewhere they become visible too,
        since PostgreSQL stores none.
        """
        try:
            text, readable = raw.decode(self.name), True
        except UnicodeDecodeError:
            text, readable = raw.decode(self.name, "backslashreplace"), False
        text = text.rstrip("\r\n").lstrip("\0").removeprefix("\ufeff")
        return text.replace("\0", "\\x00"), readable


UTF_8 = Encoding()


def detect(head: bytes, *, is_complete: bool = False) -> Encoding | None:
    """The encoding of a file that begins with these bytes; None while they are too few to say.

    Once it is known, more bytes of the same file never change it. `is_complete`: none will come.
    """
    head = head[:SAMPLE]
    if head[:1] in _HALF_MARKS and len(head) < _LONGEST_MARK and not is_complete:
        return None
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name)
    first_line = head.find(b"\n") + 1
    if first_line and 0 not in head[:first_line]:
        return UTF_8
    if first_line:
        head = head[: max(first_line, _SHORTEST)]
    elif len(head) < SAMPLE and not is_complete:
        return None
    if len(head) < _SHORTEST:
        return UTF_8 if is_complete else None
    return _by_nuls(head)


def _by_nuls(head: bytes) -> Encoding:
    quarters = [_nuls(head[number::4]) for number in range(4)]
    even, odd = _nuls(head[::2]), _nuls(head[1::2])
    if min(quarters[2:]) >= 1 - _MOST_NULS and quarters[0] <= _MOST_NULS:
        return Encoding("utf-32-le")
    if min(quarters[:2]) >= 1 - _MOST_NULS and quarters[3] <= _MOST_NULS:
        return Encoding("utf-32-be")
    if odd >= _LEAST_ASCII and even <= _MOST_NULS:
        return Encoding("utf-16-le")
    if even >= _LEAST_ASCII and odd <= _MOST_NULS:
        return Encoding("utf-16-be")
    return UTF_8


def _nuls(part: bytes) -> float:
    return part.count(0) / len(part)
