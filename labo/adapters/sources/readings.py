"""How a body's values were read, for people who ask why: `labo sources test`.

Nothing is recorded unless somebody asks, so that the hot path pays one look-up for a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """`field` of an event was read from `value`, by `rule`."""

    field: str
    value: str
    rule: str


ITEM_END = "item"
"""The field of a reading that ends those of one item; what follows belongs to the next."""

_recorder: ContextVar[list[Reading] | None] = ContextVar("readings", default=None)
_LONGEST = 200
"""Characters of a value that are shown."""


def note(field: str, value: object, rule: str) -> None:
    """Record how `field` was read, if somebody asked."""
    readings = _recorder.get()
    if readings is not None:
        readings.append(Reading(field, str(value)[:_LONGEST], rule))


@contextmanager
def recorded() -> Iterator[list[Reading]]:
    """The readings of everything that is normalised within, in order."""
    readings: list[Reading] = []
    token = _recorder.set(readings)
    try:
        yield readings
    finally:
        _recorder.reset(token)
