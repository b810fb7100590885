"""Regular expressions over text from outside: linear time by construction (RE2).

`re` backtracks: one long line from a stranger can hold a process for minutes. RE2 reads each
character once; it knows neither look-arounds nor back-references, and `expression` refuses them.
Python's `re` stays for text that we wrote, and for anchored patterns whose linear time a test shows
(tests/unit/test_expressions.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import re2

_ANCHOR = re2._re2.RE2.Anchor
_ANYWHERE, _AT_START, _WHOLE = _ANCHOR.UNANCHORED, _ANCHOR.ANCHOR_START, _ANCHOR.ANCHOR_BOTH
_characters = re2._re2.BytesToCharLen
_MEMORY = 8 << 20
"""RE2's own default."""

Spans = list[tuple[int, int]]


class Match:
    """As of `re`: spans count characters of the text that was searched."""

    __slots__ = ("_groups", "_spans", "_text")

    def __init__(self, text: str, spans: Spans, groups: Mapping[str, int]) -> None:
        self._text, self._spans, self._groups = text, spans, groups

    def __getitem__(self, group: int | str) -> str | None:
        """A group's text; None where it took no part."""
        start, end = self._span(group)
        return self._text[start:end] if start >= 0 else None

    def group(self) -> str:
        """The whole."""
        start, end = self._spans[0]
        return self._text[start:end]

    def groupdict(self) -> dict[str, str | None]:
        return {name: self[number] for name, number in self._groups.items()}

    def start(self, group: int | str = 0) -> int:
        return self._span(group)[0]

    def end(self, group: int | str = 0) -> int:
        return self._span(group)[1]

    def _span(self, group: int | str) -> tuple[int, int]:
        return self._spans[self._groups[group] if isinstance(group, str) else group]


class Expression:
    """A compiled expression; where a text holds lone surrogates, each is read as `?`.

    Past the Python part of re2, which takes ten times as long to convert offsets.
    """

    __slots__ = ("_groups", "_match", "_options", "_pattern", "_whether")

    def __init__(self, pattern: str, *, ignore_case: bool = False, memory: int = _MEMORY) -> None:
        options = re2.Options()
        options.case_sensitive = not ignore_case
        options.log_errors = False
        options.max_mem = memory
        try:
            compiled = re2.compile(pattern, options)
        except re2.error as error:
            reason = error.args[0]
            raise ValueError(reason.decode() if isinstance(reason, bytes) else reason) from error
        self._pattern, self._options = pattern, options
        self._whether: Callable[[bytes], list[int]] | None = None
        self._groups: Mapping[str, int] = compiled.groupindex
        self._match = compiled._regexp.Match

    @property
    def pattern(self) -> str:
        return self._pattern

    @property
    def is_case_sensitive(self) -> bool:
        return bool(self._options.case_sensitive)

    @property
    def groups(self) -> Mapping[str, int]:
        """The named groups, with their numbers."""
        return dict(self._groups)

    def occurs_in(self, text: str) -> bool:
        """Whether there is a match: less than half the time of `search`, which also says where."""
        whether = self._whether or self._compile_whether()
        return bool(whether(text.encode("utf-8", "replace")))

    def search(self, text: str) -> Match | None:
        """The leftmost match anywhere in `text`."""
        return self._first(_ANYWHERE, text)

    def match(self, text: str) -> Match | None:
        """The match that begins where `text` begins."""
        return self._first(_AT_START, text)

    def fullmatch(self, text: str) -> Match | None:
        """The match of the whole of `text`."""
        return self._first(_WHOLE, text)

    def finditer(self, text: str) -> Iterator[Match]:
        """The matches that do not overlap, from left to right."""
        data = text.encode("utf-8", "replace")
        text = text if text.isascii() else data.decode()
        length, is_ascii = len(data), len(data) == len(text)
        known, position = (0, 0), 0
        while position <= length:
            spans: Spans = self._match(_ANYWHERE, data, position, length)
            start, end = spans[0]
            if start < 0:
                return
            if is_ascii:
                yield Match(text, spans, self._groups)
            else:
                converted = _in_characters(data, spans, known)
                known = end, converted[0][1]
                yield Match(text, converted, self._groups)
            position = end if end > start else _next_character(data, end)

    def sub(self, replacement: str | Callable[[Match], str], text: str) -> str:
        """`text` with each match replaced, by a text as it is or by what a function says."""
        text = text if text.isascii() else text.encode("utf-8", "replace").decode()
        parts: list[str] = []
        done = 0
        for match in self.finditer(text):
            new = replacement if isinstance(replacement, str) else replacement(match)
            parts += (text[done : match.start()], new)
            done = match.end()
        return "".join((*parts, text[done:]))

    def _compile_whether(self) -> Callable[[bytes], list[int]]:
        """As a set of one, which runs one automaton forward where `search` runs a second back."""
        alone = re2.Set.SearchSet(self._options)
        alone.Add(self._pattern)
        alone.Compile()
        whether: Callable[[bytes], list[int]] = alone._set.Match
        self._whether = whether
        return whether

    def _first(self, anchor: object, text: str) -> Match | None:
        data = text.encode("utf-8", "replace")
        spans: Spans = self._match(anchor, data, 0, len(data))
        if spans[0][0] < 0:
            return None
        if text.isascii():
            return Match(text, spans, self._groups)
        return Match(data.decode(), _in_characters(data, spans, (0, 0)), self._groups)


class ExpressionSet:
    """Which of several expressions match anywhere: one automaton looks for all of them at once."""

    __slots__ = ("_expressions", "_match")

    def __init__(self, *expressions: Expression, memory: int = _MEMORY) -> None:
        options = re2.Options()
        options.log_errors = False
        options.max_mem = memory
        together = re2.Set.SearchSet(options)
        for one in expressions:
            together.Add(one.pattern if one.is_case_sensitive else f"(?i:{one.pattern})")
        together.Compile()
        self._expressions = expressions
        self._match: Callable[[bytes], list[int]] = together._set.Match

    def occurring(self, text: str) -> list[Expression]:
        """Those with a match in `text`, in their order."""
        found = self._match(text.encode("utf-8", "replace"))
        return [self._expressions[number] for number in sorted(found)] if found else []


def _in_characters(data: bytes, spans: Spans, known: tuple[int, int]) -> Spans:
    """Spans of bytes as spans of characters; `known`: a place before them, in both."""
    offset, count = known
    places = {-1: -1}
    for place in sorted({place for span in spans for place in span}):
        if place >= 0:
            count += _characters(data, offset, place)
            places[place], offset = count, place
    return [(places[start], places[end]) for start, end in spans]


def _next_character(data: bytes, position: int) -> int:
    position += 1
    while position < len(data) and data[position] & 0xC0 == 0x80:
        position += 1
    return position


def expression(pattern: str, *, ignore_case: bool = False, memory: int = _MEMORY) -> Expression:
    """Compile `pattern`. Raises ValueError with RE2's reason when it is not one.

    `memory` bounds its automaton in bytes: a large one with too little is built again and again.

    >>> expression(r"(?P<name>\\w+)=(?P<value>\\d+)").search("ttl=30")["value"]
    '30'
    >>> expression(r"(?<=a)b")
    Traceback (most recent call last):
    ...
    ValueError: invalid perl operator: (?<=
    """
    return Expression(pattern, ignore_case=ignore_case, memory=memory)
