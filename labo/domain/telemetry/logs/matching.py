"""Which text format a line has, and the parts that its groups take: by RE2, in linear time.

All formats are matched at once (RE2's sets run one automaton over the line), so that the first one
is found without trying any, and a line's result depends on no line before it. The groups of that
format alone are then looked for, in the head of the line, without the message at its end.

RE2 finds groups four times faster in programs of up to 500 instructions. The set has proven the
whole expression by then, so each form of time gets an expression of its own, and any word stands
for the words of levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import re2

from labo.domain.telemetry.logs.formats import LogFormat
from labo.domain.telemetry.logs.fragments import FRAGMENTS, TIMES, expand

_MEMORY = 32 << 20
"""Bytes of automaton states that are kept; beyond, they are dropped and built anew."""
_MESSAGE_AT_END = "(?P<message>.*)"
_TIMES = tuple(expand(f"%{{{name}}}", "") for name in (*TIMES, "EPOCH"))
_ANY = ((expand("%{ANY_TIME}", ""), _TIMES), (expand("%{ANY_DATE}", ""), _TIMES[:-1]))
_LEVELS = (
    (FRAGMENTS["LEVEL"], r"(?P<level>[A-Za-z]{3,13}\d?)"),
    (FRAGMENTS["LEVEL_IN_CAPITALS"], r"(?P<level>[A-Z]{3,13}\d?\b)"),
)
_ANCHOR = re2._re2.RE2.Anchor

Parts = dict[str, str]


class Extraction:
    """The groups of one format's expression, in lines that it is known to match."""

    __slots__ = ("_anchor", "_component", "_groups", "_head", "_matches", "_message")

    def __init__(self, expression: str) -> None:
        self._head = expression.endswith(_MESSAGE_AT_END) and "|" not in _outside(expression)
        self._anchor = _ANCHOR.ANCHOR_START if self._head else _ANCHOR.ANCHOR_BOTH
        head = expression.removesuffix(_MESSAGE_AT_END) if self._head else expression
        patterns = [re2.compile(one.encode(), _options()) for one in _variants(head)]
        # The module's own `match` costs as much again as the match.
        self._matches = [pattern._regexp.Match for pattern in patterns]
        groups = {name.decode(): number for name, number in patterns[0].groupindex.items()}
        self._groups = tuple(groups.items())
        self._component, self._message = groups.get("component"), groups.get("message", 0)

    def parts(self, line: str, data: bytes) -> tuple[Parts, int]:
        """The groups that took part, by name; and where the component begins, if it stands in front
        of the message, else -1. `data` is the line as UTF-8, in which the place is counted."""
        spans = self._spans(data)
        is_ascii = line.isascii()
        parts: Parts = {}
        for name, number in self._groups:
            start, end = spans[number]
            if start >= 0:
                parts[name] = line[start:end] if is_ascii else data[start:end].decode()
        if self._head:
            message = spans[0][1]
            parts["message"] = line[message:] if is_ascii else data[message:].decode()
        else:
            message = spans[self._message][0]
        component = -1 if self._component is None else spans[self._component][0]
        return parts, component if component < message else -1

    def _spans(self, data: bytes) -> Any:
        """Of the group 0 and the others. The variant that matched last is the first one tried."""
        length = len(data)
        for number, match in enumerate(self._matches):
            spans = match(self._anchor, data, 0, length)
            if spans[0][0] >= 0:
                if number:
                    self._matches.insert(0, self._matches.pop(number))
                return spans
        raise AssertionError("a line matched the set of formats, and none of them")


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
        # As above: past the module's own `Match`.
        matching = self._set._set.Match(data) if self._formats else None
        if not matching:
            return None
        number = min(matching)
        extraction = self._extractions[number]
        if extraction is None:
            extraction = self._extractions[number] = Extraction(self._formats[number].expression)
        return self._formats[number], extraction


def _variants(expression: str) -> list[str]:
    """Small expressions that together find the same groups, each within one form of time."""
    for strict, loose in _LEVELS:
        expression = expression.replace(strict, loose)
    for every, forms in _ANY:
        if every in expression:
            return [expression.replace(every, form) for form in forms]
    return [expression]


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
