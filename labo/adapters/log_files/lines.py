"""Bytes of a log file to lines, losing nothing: only a line feed ends a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from labo.adapters.log_files.decoding import SAMPLE, UTF_8, Encoding, detect
from labo.errors import InvalidInput

MAX_LINE = 1 << 20
"""Bytes. A longer line is read as several, so that memory stays bounded."""


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


def read_lines(path: Path, unreadable: Callable[[], object] = lambda: None) -> Iterator[str]:
    """Every line of the file as it is now, the last one with or without a line feed; `unreadable`
    is called for each with bytes that its encoding has not."""
    with open_log(path) as file:
        encoding = detect(file.read(SAMPLE), is_complete=True) or UTF_8
        file.seek(0)
        for raw in _raw_lines(file, encoding):
            text, readable = encoding.decode(raw)
            if not readable:
                unreadable()
            yield text


def _raw_lines(file: BinaryIO, encoding: Encoding) -> Iterator[bytes]:
    if encoding is UTF_8:
        while raw := file.readline(MAX_LINE):
            yield raw
        return
    rest = b""
    while data := file.read(MAX_LINE - len(rest)):
        *whole, rest = encoding.split(rest + data, MAX_LINE)
        yield from whole
        if len(rest) == MAX_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest
