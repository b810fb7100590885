"""How a body's values were read, for people who ask why: `labo sources test`.

Nothing is recorded unless somebody asks, so that the hot path pays one look-up for a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interpretation:
    """`field` of an event was read from `value`, by `rule`."""

    field: str
    value: str
    rule: str


ITEM_END = "item"
"""The field of an interpretation that ends those of one item; what follows belongs to the next."""

_recorder: ContextVar[list[Interpretation] | None] = ContextVar("interpretations", default=None)
_LONGEST = 200
"""Characters of a value that are shown."""


def note(field: str, value: object, rule: str) -> None:
    """Record how `field` was read, if somebody asked."""
    interpretations = _recorder.get()
    if interpretations is not None:
        interpretations.append(Interpretation(field, str(value)[:_LONGEST], rule))


@contextmanager
def recorded() -> Iterator[list[Interpretation]]:
    """The interpretations of everything that is normalised within, in order."""
    interpretations: list[Interpretation] = []
    token = _recorder.set(interpretations)
    try:
        yield interpretations
    finally:
        _recorder.reset(token)
