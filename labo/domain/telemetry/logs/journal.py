"""Entries of `journalctl -o export`: a field a line, up to a blank line or the next cursor."""

from __future__ import annotations

import json
import re

from labo.expressions import expression

_STARTS = ("__CURSOR=", "__REALTIME_TIMESTAMP=")
_VERBOSE = expression(r"[A-Z][a-z]{2} (\d{4}-\d\d-\d\d [\d:.]{8,15} [A-Z]{3,5}) \[s=[^\]]*\]\s*$")
_FIELD = expression(r"[A-Z_][A-Z0-9_]{0,63}(?:=|$)")
_SIZE = re.compile(r"[^\\]{0,2}(?:\\x00){5,8}")
"""The 64 bits before a binary value, as a decoded line shows them."""


class JournalEntry:
    """The fields of one entry, in their order; systemd's journal export format, and what
    `-o verbose` writes: a time, and the fields indented below it."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}
        self._binary = ""
        self._ended = False
        self._indent = ""

    @classmethod
    def start(cls, text: str) -> JournalEntry | None:
        """The entry that begins with `text`, if one does."""
        entry = cls()
        if verbose := _VERBOSE.match(text):
            entry._fields["__REALTIME_TIMESTAMP"] = verbose[1] or ""
            entry._indent = " "
            return entry
        if not text.startswith(_STARTS):
            return None
        entry.takes(text)
        return entry

    def takes(self, text: str) -> bool:
        """Whether the line belongs to this entry; then it is read."""
        name = text.partition("=")[0]
        if self._ended or (text.startswith(_STARTS) and name in self._fields):
            self._ended = True
            return False
        if self._indent:
            if not text.startswith(self._indent):
                self._ended = True
                return False
            text = text.strip()
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
