"""Incidents that a person set apart: linking may fill both and merges them never.

A split gives either part a mark. Two incidents are apart when they bear the two marks of one split;
what is merged bears the marks of all its parts, so that this holds over any number of merges.
"""

from __future__ import annotations

_REMAINING, _TAKEN = "-", "+"


def marks_of(split: str) -> tuple[str, str]:
    """The marks of a split (id): of what remained, and of what was taken away."""
    return split + _REMAINING, split + _TAKEN


def are_apart(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether incidents with these marks are apart."""
    return any(_opposite(mark) in other for mark in one)


def without_both(marks: frozenset[str]) -> frozenset[str]:
    """`marks` without those of splits whose parts are together again."""
    return frozenset(mark for mark in marks if _opposite(mark) not in marks)


def _opposite(mark: str) -> str:
    return mark[:-1] + (_TAKEN if mark.endswith(_REMAINING) else _REMAINING)
