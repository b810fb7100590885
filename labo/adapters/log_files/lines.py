"""Bytes of a log file to lines, losing nothing: only a line feed ends a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from labo.errors import InvalidInput

MAX_LINE = 1 << 20
"""Bytes. A longer line is read as several, so that memory stays bounded."""


def decode_line(raw: bytes) -> str:
    """The text without its line ending.

    Invalid UTF-8 stays visible as `\\xff`. NULs at the start are the hole that a copy-truncate
    leaves under a writer that does not append; elsewhere they become visible too, since
    PostgreSQL stores none.
    """
    text = raw.rstrip(b"\r\n").lstrip(b"\0").decode("utf-8", "backslashreplace")
    return text.removeprefix("\ufeff").replace("\0", "\\x00")


def open_log(path: Path) -> BinaryIO:
    """The file, opened for reading bytes. Raises InvalidInput with the reason why it can't be."""
    try:
        if path.is_dir():
            raise InvalidInput("is a folder, not a log file", where=str(path))
        return path.open("rb")
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise InvalidInput(
            f"can't be read: {reason}", where=str(path), hint="name a readable text file"
        ) from error


def read_lines(path: Path) -> Iterator[str]:
    """Every line of the file as it is now, the last one with or without a line feed."""
    with open_log(path) as file:
        while raw := file.readline(MAX_LINE):
            yield decode_line(raw)
