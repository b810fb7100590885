"""Caches of what is made of foreign texts, bounded by characters and not by their number alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar, cast

_Texts = ParamSpec("_Texts")
_Result = TypeVar("_Result")


def cached_texts(
    *, entries: int, longest: int
) -> Callable[[Callable[_Texts, _Result]], Callable[_Texts, _Result]]:
    """As `functools.lru_cache`, for functions of texts: none of more than `longest` characters
    together is remembered, so that nobody fills the memory of others with texts that never repeat.

    A character takes up to 4 bytes, an entry some 200 more and what its result takes. Texts are
    given by position.

    >>> calls = []
    >>> @cached_texts(entries=100, longest=3)
    ... def length(text: str) -> int:
    ...     calls.append(text)
    ...     return len(text)
    >>> length("abc"), length("abc"), length("abcd"), length("abcd"), calls
    (3, 3, 4, 4, ['abc', 'abcd', 'abcd'])
    """

    def decorate(function: Callable[_Texts, _Result]) -> Callable[_Texts, _Result]:
        cached = cast("Callable[_Texts, _Result]", lru_cache(maxsize=entries)(function))

        @wraps(function)
        def call(*texts: _Texts.args, **named: _Texts.kwargs) -> _Result:
            size = sum(len(text) for text in texts if isinstance(text, str))
            return cached(*texts, **named) if size <= longest else function(*texts, **named)

        return call

    return decorate
