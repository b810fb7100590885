"""Regular expressions over text from outside: linear time by construction (RE2).

`re` backtracks: one long line from a stranger can hold a process for minutes. RE2 reads each
character once; it knows neither look-arounds nor back-references, and `expression` refuses them.
Python's `re` stays for text that we wrote, and for anchored patterns whose linear time a test shows
(tests/unit/test_expressions.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import re2

_ANYWHERE = re2._re2.RE2.Anchor.UNANCHORED
_NOWHERE = (-1, -1)
_MEMORY = 8 << 20
"""RE2's own default."""


class Match(Protocol):
    """As of `re`: spans count characters of the text that was searched."""

    def __getitem__(self, group: int | str) -> str | None: ...
    def group(self, *groups: int | str) -> str: ...
    def groupdict(self) -> dict[str, str | None]: ...
    def start(self, group: int | str = 0) -> int: ...
    def end(self, group: int | str = 0) -> int: ...


class Expression:
    """A compiled expression; where a text holds lone surrogates, each is read as `?`."""

    __slots__ = ("_compiled", "_engine")

    def __init__(self, pattern: str, *, ignore_case: bool = False, memory: int = _MEMORY) -> None:
        options = re2.Options()
        options.case_sensitive = not ignore_case
        options.log_errors = False
        options.max_mem = memory
        try:
            self._compiled = re2.compile(pattern, options)
        except re2.error as error:
            reason = error.args[0]
            raise ValueError(reason.decode() if isinstance(reason, bytes) else reason) from error
        self._engine = self._compiled._regexp

    @property
    def pattern(self) -> str:
        return str(self._compiled.pattern)

    @property
    def groups(self) -> Mapping[str, int]:
        """The named groups, with their numbers."""
        return dict(self._compiled.groupindex)

    def search(self, text: str) -> Match | None:
        """The leftmost match anywhere in `text`."""
        found: Match | None = self._compiled.search(_encodable(text))
        return found

    def occurs_in(self, text: str) -> bool:
        """Whether there is a match: a third of the time of `search`, which also says where.

        Past the Python part of re2, which converts offsets for each call.
        """
        data = text.encode("utf-8", "replace")
        return bool(self._engine.Match(_ANYWHERE, data, 0, len(data))[0] != _NOWHERE)

    def match(self, text: str) -> Match | None:
        """The match that begins where `text` begins."""
        found: Match | None = self._compiled.match(_encodable(text))
        return found

    def fullmatch(self, text: str) -> Match | None:
        """The match of the whole of `text`."""
        found: Match | None = self._compiled.fullmatch(_encodable(text))
        return found

    def finditer(self, text: str) -> Iterator[Match]:
        """The matches that do not overlap, from left to right."""
        found: Iterator[Match] = self._compiled.finditer(_encodable(text))
        return found

    def sub(self, replacement: str | Callable[[Match], str], text: str) -> str:
        """`text` with each match replaced; a replacement may name groups as `\\g<name>`."""
        return str(self._compiled.sub(replacement, _encodable(text)))


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


def _encodable(text: str) -> str:
    """As long as `text`, and UTF-8 can write it."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
