"""The baseline of one series: rolling robust location and scale of its recent normal values."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

from labo.domain.detection.season import Usual
from labo.domain.entities.scale import RELATIVE_FLOOR

WINDOW = 120
"""Normal values that the baseline covers: two hours at one value a minute, twenty minutes at six.
By judgement: long enough for stable tail quantiles, short enough to follow the time of day."""

SPREAD_ERROR = 1.17
"""Relative standard error of an interquartile range of n normal values, times √n: √2.475 / 1.349,
from the asymptotic covariance of two quantiles."""
CAUTION = 2.0
"""Standard errors by which the scale may seem too small while thresholds hold none the less: of
normal values that are more in one series of forty."""

MAX_SCORE = 20.0
"""Scores are clipped to ±this, so that a constant series that changes has a finite one."""
USUAL_SHARE = 0.15
"""How well the size of a change is known that is usual at a time, as a share of it: this much is a
scale of what lies beyond. By judgement: load at an hour differs by some 10 % from day to day, and a
fault that is two thirds larger than what it hides behind is sudden."""
_FULL = 1.0 - CAUTION * SPREAD_ERROR / math.sqrt(WINDOW)
_QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
_TAIL_SHARE = 3.0
"""(97.5 % - 2.5 %) / 3 equals the interquartile range of a normal distribution (1.31 σ)."""


class Baseline:
    """The last `WINDOW` normal values behind River's rolling quantiles.

    scale = max(IQR, (q97.5 - q2.5) / 3, 1 % of |median|). A linear trend widens the scale as it
    moves the median, so it never scores above 1.1, however steep; rare high values widen the
    tails, so a series that is mostly zero does not raise an alarm at each of them.

    Deliberately not the scale of `labo.domain.entities.scale`: that one describes a completed
    window and uses the standard deviation for the tails, which here, where each value is tested on
    arrival, a single outlier would inflate for two hours.
    """

    __slots__ = ("_quantiles", "values")

    def __init__(self, values: Iterable[float] = ()) -> None:
        from river.stats import RollingQuantile  # brings SciPy; not before there is a series

        self.values: deque[float] = deque(maxlen=WINDOW)
        self._quantiles = tuple(RollingQuantile(q, WINDOW) for q in _QUANTILES)
        for value in values:
            self.learn(value)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def caution(self) -> float:
        """As the function of that name, of its values."""
        return caution(len(self.values))

    def learn(self, value: float) -> None:
        """One more normal, finite value."""
        self.values.append(value)
        for quantile in self._quantiles:
            quantile.update(value)

    def score(self, value: float) -> float:
        """Signed deviation of `value` in scales, within ±20; 0 before anything was learnt."""
        lowest, low, median, high, highest = (q.get() or 0.0 for q in self._quantiles)
        difference = value - median
        if not self.values or difference == 0:
            return 0.0
        scale = max(high - low, (highest - lowest) / _TAIL_SHARE, RELATIVE_FLOOR * abs(median))
        return _in_scales(difference, scale)

    def score_beside(self, value: float, usual: Usual) -> float:
        """As `score`, counted from what is usual at that time as far as that lies beyond the tail
        of these values, and in scales that are no smaller than what differs from day to day;
        between 0 and `score`."""
        lowest, low, median, high, highest = (q.get() or 0.0 for q in self._quantiles)
        if value > median:
            moved, spread = max(0.0, usual.high - highest), usual.high_spread
        else:
            moved, spread = min(0.0, usual.low - lowest), usual.low_spread
        difference = value - median - moved
        if not self.values or difference * (value - median) <= 0:
            return 0.0
        scale = max(
            high - low,
            (highest - lowest) / _TAIL_SHARE,
            RELATIVE_FLOOR * abs(median),
            USUAL_SHARE * abs(moved),
            spread,
        )
        return _in_scales(difference, scale)


def caution(samples: int) -> float:
    """The factor by which thresholds are wider than with a full window; infinite with too few
    `samples` to bound the scale (6 or fewer).

    A scale from n values is known to within `SPREAD_ERROR`/√n of itself. Whatever scale the
    values may have come from, `CAUTION` standard errors above the one they show, a deviation
    has to exceed what it would have to exceed with a full window: 1.6 times as much with 20
    values, 1.4 with 30.
    """
    if samples >= WINDOW:
        return 1.0
    lowest = 1.0 - CAUTION * SPREAD_ERROR / math.sqrt(max(1, samples))
    return _FULL / lowest if lowest > 0 else math.inf


def _in_scales(difference: float, scale: float) -> float:
    ratio = difference / scale if scale > 0 else math.copysign(MAX_SCORE, difference)
    # Differences of values near the largest float are infinite: then the score is unknown.
    return max(-MAX_SCORE, min(MAX_SCORE, ratio)) if math.isfinite(ratio) else 0.0
