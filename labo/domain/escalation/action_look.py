"""One look at what an action did: which metrics are back, which fall, how long it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from labo.domain.entities.harm import harm
from labo.domain.entities.series import Series, SeriesKey, Topology, Window
from labo.domain.escalation.recovery import (
    MOSTLY,
    Condition,
    Scored,
    back_at,
    conditions_of,
    is_falling,
    scored,
)
from labo.domain.escalation.spontaneous_ends import SpontaneousEnds

LULLS = 1.5
"""How many of the longest calm spells within the incident a recovery has to outlast. By judgement:
the next one may be longer than the longest so far."""
CLEARLY_LEFT = 0.3
"""The share of a deviation that has to be left for it to count as not cured before the last look;
below, it may still go. By judgement."""


@dataclass(frozen=True, slots=True)
class VerificationLimits:
    """Seconds: `settle_s` an action may shake things after its end; `hold_s` the calm that counts
    as normal; `recent_s` what is compared before the action; after `longest_s` it is decided.

    `coincidence` is the chance of a spontaneous end from which on a recovery proves nothing;
    `known_share` the share of the samples that has to be known.
    """

    settle_s: float = 60.0
    hold_s: float = 60.0
    recent_s: float = 60.0
    longest_s: float = 3_600.0
    coincidence: float = 0.2
    known_share: float = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class ActedIncident:
    """An incident and the action that was executed for it.

    `series` reach from the baseline to the newest sample; times are epoch seconds. `affected` are
    the incident's components, `onset` its beginning; the action on `target` ran from `began` to
    `ended`. `ends` is how such incidents ended without an action.
    """

    series: Mapping[SeriesKey, Series]
    topology: Topology
    baseline: Window
    affected: frozenset[str]
    onset: float
    target: str
    began: float
    ended: float
    ends: SpontaneousEnds = field(default_factory=SpontaneousEnds)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One look at an acted incident, at `now`, from `start` on."""

    acted: ActedIncident
    limits: VerificationLimits
    now: float
    scores: Mapping[SeriesKey, Scored]
    conditions: Sequence[Condition]

    @property
    def step_s(self) -> float:
        """The usual distance of two samples of its metrics; a stamp is a step's beginning."""
        steps = [np.diff(one.scored.times) for one in self.conditions]
        return float(np.median(np.concatenate(steps))) if steps else 0.0

    @property
    def start(self) -> float:
        """From when on the action shakes nothing any more, in epoch seconds."""
        return self.acted.ended + self.limits.settle_s

    def hold_s(self, condition: Condition) -> float:
        """How long it has to be calm: longer than it was between two bouts of the incident."""
        return max(self.limits.hold_s, LULLS * condition.lull_s)

    def due(self, condition: Condition) -> float:
        """When its newest samples tell: after its memory and the calm that is demanded."""
        return self.start + condition.memory.seconds + self.hold_s(condition)

    def window(self, condition: Condition) -> tuple[float, float]:
        """The newest samples that count for it."""
        return self.now - self.hold_s(condition), self.now

    def is_last(self) -> bool:
        """Whether it has to be decided by now."""
        return self.now >= self.acted.ended + self.limits.longest_s

    def was_over(self, condition: Condition) -> bool:
        """Whether it was normal before the action began, and is."""
        if condition.before <= condition.calm:
            return True
        began = self.acted.began
        at = back_at(condition, began - self.limits.recent_s, self.now)
        return at is not None and at + self.step_s <= began

    def is_known(self, condition: Condition) -> bool:
        """Whether enough samples came, by how many did before the action."""
        start, end = self.window(condition)
        one = condition.scored
        before = one.between(self.acted.began - (end - start), self.acted.began).size
        return one.between(start, end).size >= max(2.0, self.limits.known_share * before)

    def is_back(self, condition: Condition) -> bool:
        """Whether the newest samples are normal, three in four of them and their median."""
        known = condition.scored.between(*self.window(condition))
        return bool(
            np.median(known) <= condition.calm and (known <= condition.calm).mean() >= MOSTLY
        )

    def is_high(self, condition: Condition) -> bool:
        """Whether most of the deviation is still there, beyond doubt."""
        left = condition.scored.median(*self.window(condition))
        return bool(left > condition.calm and left >= CLEARLY_LEFT * condition.before)

    def is_falling(self, condition: Condition) -> bool:
        """Whether it has been going down since the action settled."""
        return is_falling(condition, self.start, self.now)

    def took(self, seen: Sequence[Condition]) -> float:
        """Seconds from the action's beginning until half of the metrics were normal, as if none
        remembered."""
        times = [
            max(0.0, at - self.acted.ended - one.memory.seconds)
            for one in seen
            if (at := back_at(one, self.acted.began, self.now)) is not None
        ]
        took = float(np.median(times)) if times else self.now - self.acted.ended
        return took + self.acted.ended - self.acted.began

    def is_near(self, seen: Sequence[Condition]) -> bool:
        """Whether anything that the action could reach had deviated."""
        near = _reach(self.acted)
        return any(one.key.component in near for one in seen)

    def change(self, seen: Sequence[Condition]) -> float | None:
        """The share of the deviation that went away, less what untouched components lost meanwhile:
        difference in differences, in scales. None where nothing is known."""
        falls = [fall for one in seen if (fall := self.fall(one.scored)) is not None]
        before = [one.before for one in seen if np.isfinite(one.before)]
        if not falls or not before:
            return None
        own = frozenset(one.key.component for one in self.conditions) | _reach(self.acted)
        controls = [
            fall
            for key, one in self.scores.items()
            if key.component not in own and harm(key.metric)
            if (fall := self.fall(one)) is not None
        ]
        shared = max(0.0, float(np.median(controls))) if controls else 0.0
        return float(np.clip((np.median(falls) - shared) / max(np.median(before), 1.0), -1.0, 1.0))

    def fall(self, one: Scored) -> float | None:
        """Scales that a series lost since before the action."""
        before = one.median(self.acted.began - self.limits.recent_s, self.acted.began)
        after = one.median(self.now - self.limits.hold_s, self.now)
        return before - after if np.isfinite(before) and np.isfinite(after) else None


def look_at(acted: ActedIncident, now: float, limits: VerificationLimits) -> Look:
    """What telemetry up to `now` (epoch seconds) shows; what is newer is not read."""
    series = {key: _until(one, now) for key, one in acted.series.items()}
    scores = {}
    for key, one in series.items():
        found = scored(key, one, acted.baseline)
        if found is not None:
            scores[key] = found
    conditions = conditions_of(
        series,
        scores,
        acted.baseline,
        acted.affected,
        acted.onset,
        acted.began,
        limits.recent_s,
    )
    return Look(acted, limits, now, scores, conditions)


def _until(series: Series, now: float) -> Series:
    known = series.timestamps < now
    return Series(series.timestamps[known], series.values[known])


def _reach(acted: ActedIncident) -> frozenset[str]:
    """What an action on the target may reach at all, over however many calls: what it calls, and
    what depends on any of these. All others are controls."""
    import networkx as nx  # not before there is a graph of calls

    calls = nx.DiGraph(list(acted.topology.dependencies))
    if acted.target not in calls:
        return frozenset({acted.target})
    below = {acted.target, *nx.descendants(calls, acted.target)}
    return frozenset(below.union(*(nx.ancestors(calls, part) for part in below)))
