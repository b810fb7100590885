"""Which text format a line has, and the parts that its groups take: by RE2, in linear time.

All formats are matched at once (RE2's sets run one automaton over the line), so that the first one
is found without trying any, and a line's result depends on no line before it. The groups of that
format alone are then looked for, in the head of the line, without the message at its end.
"""

from __future__ import annotations

from collections.abc import Sequence

import re2

from labo.domain.telemetry.logs.formats import LogFormat

_MEMORY = 32 << 20
"""Bytes of automaton states that are kept; beyond, they are dropped and built anew."""
_MESSAGE_AT_END = "(?P<message>.*)"

Parts = dict[str, str]


class Extraction:
    """The groups of one format's expression."""

    __slots__ = ("_groups", "_head", "_pattern")

    def __init__(self, expression: str) -> None:
        self._head = expression.endswith(_MESSAGE_AT_END) and "|" not in _outside(expression)
        head = expression.removesuffix(_MESSAGE_AT_END) if self._head else expression
        self._pattern = re2.compile(head.encode(), _options())
        self._groups = tuple(
            (name.decode(), number) for name, number in self._pattern.groupindex.items()
        )

    def parts(self, data: bytes) -> tuple[Parts, dict[str, int]]:
        """The groups that took part, by name, and where they begin; `data` is a line as UTF-8."""
        found = self._pattern.match(data) if self._head else self._pattern.fullmatch(data)
        parts: Parts = {}
        starts: dict[str, int] = {}
        for name, number in self._groups:
            start, end = found.span(number)
            if start >= 0:
                parts[name] = data[start:end].decode("utf-8", "replace")
                starts[name] = start
        if self._head:
            starts["message"] = found.end()
            parts["message"] = data[found.end() :].decode("utf-8", "replace")
        return parts, starts


class Formats:
    """The text formats, in the order in which they are tried."""

    def __init__(self, formats: Sequence[LogFormat]) -> None:
        self._formats = tuple(formats)
        self._extractions: list[Extraction | None] = [None] * len(self._formats)
        self._set = re2.Set.FullMatchSet(_options())
        for one in self._formats:
            self._set.Add(one.expression.encode())
        if self._formats:
            self._set.Compile()

    def first(self, data: bytes) -> tuple[LogFormat, Extraction] | None:
        """The first format that the whole line has."""
        matching = self._set.Match(data) if self._formats else None
        if not matching:
            return None
        number = min(matching)
        extraction = self._extractions[number]
        if extraction is None:
            extraction = self._extractions[number] = Extraction(self._formats[number].expression)
        return self._formats[number], extraction


def _outside(expression: str) -> str:
    """The characters of `expression` that are within no bracket: an alternative there would make
    its end no end of the whole."""
    depth, outside, escaped = 0, [], False
    for char in expression:
        if not escaped:
            depth += (char in "([") - (char in ")]")
        if depth == 0:
            outside.append(char)
        escaped = char == "\\" and not escaped
    return "".join(outside)


def _options() -> re2.Options:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return options
