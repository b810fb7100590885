"""When scores in a row are a deviation: the two tests of a detector, and their limits.

*Sudden*: four of the last five values beyond a threshold on the same side; *slow*: a cumulative sum
(CUSUM) of the excess over an allowance (Page, Continuous inspection schemes, Biometrika 41, 1954).
Isolated values open nothing, whatever their size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from labo.domain.entities.conditions import Direction

SUDDEN = 4.0
"""Threshold of the sudden test in baseline scales (ADR 0015): about 5.4 standard deviations of
normal noise."""
RUN, RUN_OF = 4, 5
"""Values beyond the threshold, out of so many: isolated outliers open nothing (ADR 0015)."""
ALLOWANCE, SLOW = 2.0, 15.0
"""Of the slow test, in scales: what each value may deviate without being counted, and the sum of
the excess that opens an episode. By judgement; a value counts for at most `SUDDEN`, so that at
least eight deviating values are needed."""
NEUTRAL = 1.5
"""Factor on the thresholds of metrics whose harmful direction their name does not tell. By
judgement: a change of load alone is less often a problem."""
CALM_SHARE = 0.5
"""Values below this share of the threshold are calm. By judgement: the gap is hysteresis, so that a
series near the threshold does not flap."""


class Limits(NamedTuple):
    """Of one side, in scales; all but `most` are infinite where that side is harmless. `most` is
    what a value may add to the sum."""

    side: int
    sudden: float
    slow: float
    allowance: float
    calm: float
    most: float


@lru_cache(maxsize=1_024)  # three senses, a caution per number of values in a baseline
def limits(sense: int, caution: float) -> tuple[Limits, Limits]:
    """High and low, for a metric that harms when it goes `sense` (+1, -1, 0 = either)."""

    def of(side: int) -> Limits:
        factor = caution * NEUTRAL if sense == 0 else caution if sense == side else math.inf
        sudden = factor * SUDDEN
        calm = sudden * CALM_SHARE
        return Limits(side, sudden, factor * SLOW, factor * ALLOWANCE, calm, SUDDEN * caution)

    return of(1), of(-1)


class Opening(NamedTuple):
    """`size` as in `Change`."""

    direction: Direction
    started_at: float
    size: float


Scored = tuple[float, float]
"""Time and score of a value."""


@dataclass(slots=True)
class Sums:
    """The cumulative sums of the high and the low side, and since when they are above zero."""

    sums: list[float] = field(default_factory=lambda: [0.0, 0.0])
    since: list[float] = field(default_factory=lambda: [0.0, 0.0])

    @property
    def is_rising(self) -> bool:
        return self.sums[0] > 0 or self.sums[1] > 0

    def add(self, at: float, score: float, both: tuple[Limits, Limits]) -> None:
        for i, limit in enumerate(both):
            grown = self.sums[i] + min(limit.side * score, limit.most) - limit.allowance
            if grown <= 0:
                self.sums[i] = 0.0
                continue
            if self.sums[i] == 0:
                self.since[i] = at
            self.sums[i] = grown

    def clear(self) -> None:
        self.sums = [0.0, 0.0]


def opening(scores: Sequence[Scored], sums: Sums, both: tuple[Limits, Limits]) -> Opening | None:
    """What the newest of `scores` (at least one; with `sums` up to it) opens."""
    for i, limit in enumerate(both):
        if limit.side * scores[-1][1] < limit.sudden and sums.sums[i] < limit.slow:
            continue
        direction = Direction.HIGH if limit.side > 0 else Direction.LOW
        beyond = [
            (at, size) for at, z in scores[-RUN_OF:] if (size := limit.side * z) >= limit.sudden
        ]
        if len(beyond) >= RUN and beyond[-1][0] == scores[-1][0]:
            size = sorted(z for _, z in beyond)[len(beyond) // 2]
            return Opening(direction, _onset(scores, limit, beyond[0][0]), size)
        if sums.sums[i] >= limit.slow:
            return Opening(direction, sums.since[i], limit.side * scores[-1][1])
    return None


def _onset(scores: Sequence[Scored], limit: Limits, first: float) -> float:
    """The start of the run of values beyond half the threshold that leads up to `first`."""
    onset = first
    for at, z in reversed(scores):
        if at >= first:
            continue
        if limit.side * z < limit.calm:
            break
        onset = at
    return onset
