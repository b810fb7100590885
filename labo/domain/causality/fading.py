"""Exact decay by event time, so that the order of counting never changes a figure.

Forward decay (Cormode, Shkapenyuk, Srivastava and Xu, ICDE 2009): an observation permanently
weighs 2^((day - landmark) / half-life), and a figure as of another day is divided by that day's
weight. Weights are integers, so that sums of them are associative: folding old evidence into a
checkpoint, at any point and in any order, gives the identical sum.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

HALF_LIFE_DAYS = 90
"""Half-life of observations; interventions and decisions never fade (design: causality, section
2)."""

_LANDMARK = datetime(2000, 1, 1, tzinfo=UTC)
_BITS = 32
"""Bits of a weight's fraction: rounding it to an integer errs by less than 2^-32, nothing beside
the count itself. Evidence from before the landmark loses bits, down to a weight of 1."""


def day_of(moment: datetime) -> int:
    """Whole days since the landmark; negative before it."""
    return (moment - _LANDMARK).days


@lru_cache(maxsize=4_096)
def weight(day: int) -> int:
    """Weight of an observation of that day, at least 1; doubles every `HALF_LIFE_DAYS`."""
    doublings, rest = divmod(day, HALF_LIFE_DAYS)
    mantissa = round(2 ** (_BITS + rest / HALF_LIFE_DAYS))
    return max(1, mantissa << doublings if doublings >= 0 else mantissa >> -doublings)


def faded(total: int, as_of: int) -> float:
    """A sum of weights as of day `as_of`: in units of one observation of that day."""
    return total / weight(as_of)
