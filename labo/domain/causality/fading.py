"""Fading by event time that is exact, so that no order of counting changes a figure.

Forward decay (Cormode, Shkapenyuk, Srivastava and Xu, ICDE 2009): what happened on a day weighs
2^((day - landmark) / half-life) for ever, and a figure as of another day divides by that day's
weight. Weights are whole numbers, so that sums of them are associative: folding old evidence
into a checkpoint, at any point and in any order, gives the identical sum.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

HALF_LIFE_DAYS = 90
"""Of observations; interventions and decisions never fade."""

_LANDMARK = datetime(2000, 1, 1, tzinfo=UTC)
_BITS = 32


def day_of(moment: datetime) -> int:
    """Whole days since the landmark; negative before it."""
    return (moment - _LANDMARK).days


@lru_cache(maxsize=4_096)
def weight(day: int) -> int:
    """What a thing of that day weighs, from 1; doubles every `HALF_LIFE_DAYS`."""
    doublings, rest = divmod(day, HALF_LIFE_DAYS)
    mantissa = round(2 ** (_BITS + rest / HALF_LIFE_DAYS))
    return max(1, mantissa << doublings if doublings >= 0 else mantissa >> -doublings)


def faded(total: int, as_of: int) -> float:
    """A sum of weights as seen on day `as_of`: in units of one thing of that day."""
    return total / weight(as_of)
