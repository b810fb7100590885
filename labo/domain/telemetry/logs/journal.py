"""Entries of `journalctl -o export`: a field a line, up to a blank line or the next cursor."""

from __future__ import annotations

import json
import re

from labo.expressions import expression

_STARTS = ("__CURSOR=", "__REALTIME_TIMESTAMP=")
_FIELD = expression(r"[A-Z_][A-Z0-9_]{0,63}(?:=|$)")
_SIZE = re.compile(r"[^\\]{0,2}(?:\\x00){5,8}")
"""The 64 bits before a binary value, as a decoded line shows them."""


class JournalEntry:
    """The fields of one entry, in their order; systemd's journal export format."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}
        self._binary = ""
        self._ended = False

    @classmethod
    def start(cls, text: str) -> JournalEntry | None:
        """The entry that begins with `text`, if one does."""
        if not text.startswith(_STARTS):
            return None
        entry = cls()
        entry.takes(text)
        return entry

    def takes(self, text: str) -> bool:
        """Whether the line belongs to this entry; then it is read."""
        if self._ended or (text.startswith(_STARTS[0]) and self._fields):
            self._ended = True
            return False
        if self._binary and (not _FIELD.match(text) or self._binary not in self._fields):
            self._read_binary(text)
            return True
        self._binary = ""
        if not text.strip():
            self._ended = True
            return True
        if not _FIELD.match(text):
            self._ended = True
            return False
        name, equals, value = text.partition("=")
        if equals:
            self._fields[name] = value
        else:
            self._binary = name
        return True

    def as_json(self) -> str:
        """The entry as `journalctl -o json` writes it."""
        return json.dumps(self._fields, ensure_ascii=False)

    def _read_binary(self, text: str) -> None:
        """A value with its size in front; it may have line feeds."""
        known = self._fields.get(self._binary)
        value = _SIZE.sub("", text, count=1) if known is None else f"{known}\n{text}"
        self._fields[self._binary] = value
