"""How fast incidents of a kind end by themselves, so that their end is not an action's merit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PRIOR_ENDS = 0.5
"""Ends added to what was observed: the Jeffreys prior of a Poisson rate, so that a first incident
has a rate as well."""


@dataclass(frozen=True, slots=True)
class SpontaneousEnds:
    """Of earlier incidents of the kind: how many ended by themselves, and for how many seconds
    they were watched without any action, ended or not."""

    ends: int = 0
    watched_s: float = 0.0

    def plus(self, age_s: float) -> SpontaneousEnds:
        """With an incident that lasted for `age_s` seconds without ending."""
        return SpontaneousEnds(self.ends, self.watched_s + max(0.0, age_s))

    def chance_within(self, seconds: float) -> float:
        """The probability that such an incident ends by itself within `seconds`, at a constant
        rate; 1 where nothing was watched.

        >>> SpontaneousEnds(ends=10, watched_s=2_000.0).chance_within(60.0) > 0.25
        True
        >>> round(SpontaneousEnds(ends=0, watched_s=36_000.0).chance_within(60.0), 4)
        0.0008
        """
        if self.watched_s <= 0:
            return 1.0
        rate = (self.ends + PRIOR_ENDS) / self.watched_s
        return -math.expm1(-rate * max(0.0, seconds))


def ends_without_action(
    episodes: Iterable[tuple[float, float | None]], acted_at: Sequence[float], now: float
) -> SpontaneousEnds:
    """From earlier episodes (start, end or None while ongoing; epoch seconds) and when anything was
    executed on the component: an episode counts up to the first action in it, and as an end only
    without one.

    >>> ends_without_action([(0.0, 60.0), (100.0, 200.0), (300.0, None)], [150.0], 400.0)
    SpontaneousEnds(ends=1, watched_s=210.0)
    """
    ends, watched = 0, 0.0
    for start, end in episodes:
        last = now if end is None else min(end, now)
        within = [at for at in acted_at if start <= at < last]
        watched += max(0.0, min([last, *within]) - start)
        ends += end is not None and end <= now and not within
    return SpontaneousEnds(ends, watched)
