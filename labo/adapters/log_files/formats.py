"""The log formats that an operator adds: a folder of files, checked when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from labo.domain.telemetry.logs.formats import LogFormat, custom_format, read_format
from labo.errors import InvalidInput

_MAX_BYTES = 100_000
"""Of one file: a hundred times the size of our own."""


def own_formats(expressions: Mapping[str, str], folder: Path | None) -> tuple[LogFormat, ...]:
    """Those of the settings: expressions by name, and the folder's files, by their order.

    Raises InvalidInput, naming the file, for the first one that is not as documented.
    """
    named = [custom_format(name, expression) for name, expression in expressions.items()]
    return (*named, *(read_formats(folder) if folder is not None else ()))


def read_formats(folder: Path) -> list[LogFormat]:
    """The format of every `.toml` file in the folder, by file name."""
    if not folder.is_dir():
        raise InvalidInput(
            "is no folder", where=str(folder), hint="LABO_LOGS__FORMAT_FOLDER names a folder"
        )
    formats = [_read(path) for path in sorted(folder.glob("*.toml"))]
    names = [one.name for one in formats]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(f"two files have the name {name!r}", where=str(folder))
    return formats


def _read(path: Path) -> LogFormat:
    try:
        raw = path.read_bytes()[: _MAX_BYTES + 1]
    except OSError as error:
        raise InvalidInput(f"can't be read: {error.strerror}", where=str(path)) from error
    if len(raw) > _MAX_BYTES:
        raise InvalidInput(f"is larger than {_MAX_BYTES} bytes", where=str(path))
    try:
        return read_format(raw.decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8", where=str(path)) from error
