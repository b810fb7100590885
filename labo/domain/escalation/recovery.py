"""Whether the conditions of an incident went back to normal after an action, and when.

Every figure is in scales of the metric's own baseline (`labo.domain.entities.scale`), signed such
that harm is positive.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from labo.domain.detection.baseline import caution
from labo.domain.detection.deviating import NEUTRAL, RUN, RUN_OF, SUDDEN
from labo.domain.entities.conditions import metric_words
from labo.domain.entities.harm import harm
from labo.domain.entities.scale import expanded, in_scales, row_scales
from labo.domain.entities.series import FloatArray, Series, SeriesKey, Window
from labo.domain.escalation.metric_memory import MemorySource, MetricMemory, memory_of, rose

CALM = 2.0
"""Scales within which a metric is normal: half of what opens an episode, as detection has it."""
CALM_SHARE = 0.1
"""Or a tenth of the deviation before: what is left of a hundred scales at ten is the noise of a
system that drains. By judgement."""
SHARE_FLOOR, COUNT_FLOOR = 0.0025, 0.25
"""Least scale of shares and of counts: of a metric that was constant, mostly zero, any change would
be of unknown size. So four scales are a percentage point, and one waiting request. By judgement."""
_SHARES = frozenset(["percent", "ratio", "share", "utilisation", "utilization"])
_COUNTS = frozenset(
    ["backlog", "count", "depth", "entries", "length", "pending", "queue", "waiting"]
)
STILL_RISING = 0.5
"""Of its rise from the first to the second third of the incident, what a metric has to add in the
last one to count as still rising: a mean over a longer window adds as much again."""
RISE_FACTOR = 2.0
"""A metric that still rises after the whole incident is taken to remember for twice as long: from
then on, a window would empty visibly. By judgement."""
MOSTLY = 0.75
"""Share of the samples that have to agree. By judgement: one in four may be an outlier."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The scores of one series: `times` in epoch seconds, ascending, `scores` harmful when positive
    (NaN = unknown), both (n,)."""

    times: FloatArray
    scores: FloatArray

    def between(self, start: float, end: float) -> FloatArray:
        """The known scores from `start` (included) to `end`."""
        inside = (self.times >= start) & (self.times < end)
        values: FloatArray = self.scores[inside]
        return values[np.isfinite(values)]

    def median(self, start: float, end: float) -> float:
        """The median of what is known in the window; NaN without anything."""
        known = self.between(start, end)
        return float(np.median(known)) if known.size else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A metric of the incident that deviated before the action: its median score `before` it, how
    long it remembers, and the longest calm spell in seconds during the incident."""

    key: SeriesKey
    scored: Scored
    before: float
    memory: MetricMemory
    lull_s: float

    @property
    def calm(self) -> float:
        """The score up to which it is normal again."""
        return max(CALM, CALM_SHARE * self.before)


def scored(key: SeriesKey, series: Series, baseline: Window) -> Scored | None:
    """The series in scales of its baseline; None where that has too few samples.

    Of a metric whose harmful direction is unknown a change either way counts. Thresholds are wider,
    hence scores smaller, by detection's factors for those and for short baselines.
    """
    past = within(series, baseline)
    known = np.isfinite(past.values)
    if not math.isfinite(caution(int(known.sum()))):
        return None
    scales = row_scales(past.values[None, :])
    with np.errstate(all="ignore"):
        scale = np.float64(max(float(scales.scales[0]), _least_scale(key.metric)))
        scores = expanded(in_scales(series.values - scales.medians[0], scale))
    scores = np.where(np.isfinite(series.values), scores, np.nan)
    sense = harm(key.metric)
    scores = np.abs(scores) / NEUTRAL if sense == 0 else sense * scores
    scores = scores / caution(int(known.sum()))
    return Scored(series.timestamps, np.asarray(scores, dtype=np.float64))


def _least_scale(metric: str) -> float:
    words = frozenset(metric_words(metric))
    if words & _SHARES:
        return SHARE_FLOOR
    return COUNT_FLOOR if words & _COUNTS else 0.0


def within(series: Series, window: Window) -> Series:
    """The samples of a window."""
    start, end = window.start.timestamp(), window.end.timestamp()
    inside = (series.timestamps >= start) & (series.timestamps < end)
    return Series(series.timestamps[inside], series.values[inside])


def conditions_of(
    series: Mapping[SeriesKey, Series],
    scores: Mapping[SeriesKey, Scored],
    baseline: Window,
    affected: Iterable[str],
    onset: float,
    acted: float,
    recent_s: float,
) -> list[Condition]:
    """What deviated on the `affected` components between `onset` and the action, as detection
    would have noticed it; harmful metrics, or, without any, those whose direction is unknown."""
    own = frozenset(affected)
    found = []
    for key in sorted(scores, key=lambda k: (k.component, k.metric)):
        if key.component not in own:
            continue
        during = scores[key].between(onset, acted)
        if not _opens(during):
            continue
        condition = Condition(
            key,
            scores[key],
            before=scores[key].median(acted - recent_s, acted),
            memory=_memory(key, series[key], scores[key], baseline, onset, acted),
            lull_s=longest_calm(scores[key], onset, acted),
        )
        found.append(condition)
    harmful = [one for one in found if harm(one.key.metric)]
    return harmful or found


def _memory(
    key: SeriesKey, series: Series, one: Scored, baseline: Window, onset: float, acted: float
) -> MetricMemory:
    """As `memory_of`; what rose for as long as the incident lasted, and gives no window in its
    name, may remember all of it."""
    known = memory_of(key.metric, within(series, baseline))
    if known.source is MemorySource.NAME:
        return known
    third = (acted - onset) / 3
    first, second, last = (one.median(onset + n * third, onset + (n + 1) * third) for n in range(3))
    rising = last - second > STILL_RISING * (second - first) > 0
    return rose(known, RISE_FACTOR * (acted - onset)) if rising else known


def _opens(scores: FloatArray) -> bool:
    """As detection's sudden test: four of five in a row beyond the threshold."""
    beyond = (scores >= SUDDEN).astype(np.int64)
    if beyond.size < RUN:
        return False
    counts = np.convolve(beyond, np.ones(min(RUN_OF, beyond.size), dtype=np.int64), "valid")
    return bool(counts.max() >= RUN)


def longest_calm(one: Scored, onset: float, acted: float) -> float:
    """Seconds of the longest calm spell between two deviating samples of the incident; of a fault
    that comes and goes, a calm as long as that is no recovery."""
    inside = (one.times >= onset) & (one.times < acted) & (one.scores >= SUDDEN)
    loud = one.times[inside]
    return float(np.diff(loud).max()) if loud.size > 1 else 0.0


def back_at(condition: Condition, acted: float, now: float) -> float | None:
    """When it became normal for good: the first calm sample after which three in four are, up to
    `now`; None while it is not."""
    one = condition.scored
    inside = (one.times >= acted) & (one.times < now) & np.isfinite(one.scores)
    times, calm = one.times[inside], one.scores[inside] <= condition.calm
    if not times.size:
        return None
    following = np.cumsum(calm[::-1])[::-1] / np.arange(times.size, 0, -1)
    good = np.flatnonzero(calm & (following >= MOSTLY))
    return float(times[good[0]]) if good.size else None


def is_falling(condition: Condition, start: float, now: float) -> bool:
    """Whether it still goes down from `start` on, by a tenth or more of what it was before."""
    middle = (start + now) / 2
    first, last = condition.scored.median(start, middle), condition.scored.median(middle, now)
    return bool(first - last >= CALM_SHARE * max(condition.before, SUDDEN))
