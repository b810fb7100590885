"""Detection in the simulated system (`month_world`) as the product runs it; faults tried in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from benchmarks.month_faults import INTENSITIES, Fault, FaultKind
from benchmarks.month_world import DAY, MINUTE, START, World
from labo.domain.detection.announcing import Announcement
from labo.domain.detection.detector import SeriesDetector
from labo.domain.detection.season import Season
from labo.domain.detection.watch import SystemWatch
from labo.domain.entities.series import Series, SeriesKey
from labo.domain.entities.severity import Severity
from labo.domain.incidents.incidents import Occurrence, occurrence_id
from labo.domain.incidents.linking.candidates import near_components
from labo.domain.incidents.linking.grouping import group

PAST = 14
"""Days of history before those that are judged."""
WARM_UP, HISTORY_S = 150, 600.0
"""As the product reads history: minutes of each value, and steps of weeks."""
TIMES = (("by day", 11), ("in the evening", 20), ("at night", 3), ("in a job", 0))
PART = 15
"""Minutes that are judged at a time."""


class OfTwoHours(SeriesDetector):
    """The control: detection that knows the last two hours only, as before there were seasons."""

    def _scores(self, _at: float, value: float) -> tuple[float, float]:
        score = self.baseline.score(value)
        return score, score


def a_watch(series: Iterable[SeriesKey], *, knows_seasons: bool = True) -> SystemWatch:
    watch = SystemWatch(step_s=MINUTE)
    if not knows_seasons:
        for key in series:
            watch.detectors[key] = OfTwoHours(key.metric, MINUTE)
    return watch


def between(series: Mapping[SeriesKey, Series], start: int, end: int) -> dict[SeriesKey, Series]:
    """The values of these minutes of the world."""
    found = {}
    for key, one in series.items():
        first, last = np.searchsorted(
            one.timestamps, (START + start * MINUTE, START + end * MINUTE)
        )
        found[key] = Series(one.timestamps[first:last], one.values[first:last])
    return found


def announced(
    watch: SystemWatch, series: Mapping[SeriesKey, Series], start: int, end: int, part: int = PART
) -> list[tuple[int, Announcement]]:
    """With the minute at whose end it was known."""
    found: list[tuple[int, Announcement]] = []
    for at in range(start, end, part):
        until = min(at + part, end)
        values = between(series, at, until)
        found += [(until, one) for one in watch.advance(values, START + until * MINUTE)]
    return found


def past(series: Mapping[SeriesKey, Series], end: int) -> dict[SeriesKey, Season]:
    """What stored history tells of the two weeks before that minute: means of ten minutes."""
    found = {}
    for key, one in between(series, max(0, end - PAST * DAY), end).items():
        found[key] = season = Season()
        steps = np.floor(one.timestamps / HISTORY_S)
        known = np.isfinite(one.values)
        starts, which = np.unique(steps[known], return_inverse=True)
        means = np.bincount(which, one.values[known]) / np.bincount(which)
        for at, value in zip((starts * HISTORY_S).tolist(), means.tolist(), strict=True):
            season.learn(at, value)
    return found


def incidents(
    found: Iterable[Announcement], neighbours: Mapping[str, frozenset[str]]
) -> list[float]:
    """When each began (epoch seconds), as the product links episodes into incidents."""
    episodes: dict[tuple[str, str, float], Occurrence] = {}
    for one in found:
        key = one.component, one.shown.key, one.started_at
        thread, started = f"{one.component}/{one.shown.key}", _moment(one.started_at)
        ended = None if one.ended_at is None else _moment(one.ended_at)
        name = occurrence_id(thread, one.shown.key, one.component, started)
        episodes[key] = Occurrence(
            name, one.shown.key, one.component, Severity.ERROR, started, thread, ended
        )
    near = near_components(neighbours, neighbours)
    grouped = group(episodes.values(), (), (), (), near, lambda one: one.problem)
    return sorted(one.incident.opened_at.timestamp() for one in grouped.incidents)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


@dataclass(frozen=True, slots=True)
class Trial:
    """A fault at a `time` of the day."""

    fault: Fault
    time: str
    level: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """`delay` in minutes to the end of the one that told; `episodes` of the component itself in the
    fault, and `behaviours` among them."""

    delay: int | None
    episodes: int
    behaviours: int
    incidents: int


def trials(world: World) -> list[Trial]:
    """Each kind and intensity by day, in the evening, at night and, where the component has one, in
    a job; each in another component, on another day of the last two weeks."""
    rng = np.random.default_rng([world.seed, 2])
    busy = [i for i, one in enumerate(world.components) if one.jobs]
    called = sorted({callee for one in world.components for callee in one.calls})
    found = []
    for kind in FaultKind:
        of = called if kind is FaultKind.SLOW_CALLEE else range(len(world.components))
        for level, size in enumerate(INTENSITIES[kind]):
            for time_, hour in TIMES:
                i, day = int(rng.choice(of)), int(rng.integers(PAST, world.minutes // DAY))
                onset = day * DAY + hour * 60 + int(rng.integers(0, 60))
                if time_ == "in a job":
                    i = int(rng.choice([one for one in busy if one in of]))
                    job = world.components[i].jobs[0]
                    while day % 7 not in job.days:
                        day -= 1
                    onset = day * DAY + job.start + job.length // 3
                found.append(Trial(Fault(kind, size, i, onset), time_, level))
    return found


def outcome(world: World, trial: Trial, *, knows_seasons: bool, is_real: bool) -> Outcome:
    """As detection finds it with the history before; without the fault as the control."""
    fault = trial.fault
    series: dict[SeriesKey, Series] = {}
    affected = [i for i, one in enumerate(world.components) if fault.component in one.calls]
    seen = affected if fault.kind is FaultKind.SLOW_CALLEE else []
    # One that goes on as before: a system that is silent as a whole is not judged.
    other = next(i for i in range(len(world.components)) if i not in (fault.component, *affected))
    for i in (fault.component, *seen, other):
        series |= world.series(i, fault if is_real else None)
    begin, end = fault.onset - 2 * WARM_UP, fault.onset + fault.length
    watch = a_watch(series, knows_seasons=knows_seasons)
    watch.learn(between(series, begin - WARM_UP, begin), 0.0, START + begin * MINUTE)
    if knows_seasons:
        watch.recall(past(series, begin))
    found = announced(watch, series, begin, fault.onset)
    within = announced(watch, series, fault.onset, end, part=1)
    onset = START + fault.onset * MINUTE
    fresh = [
        (at, one) for at, one in within if one.ended_at is None and one.started_at >= onset - 300
    ]
    own = [one for _, one in fresh if one.component == world.components[fault.component].name]
    opened = {(one.shown.key, one.started_at) for one in own}
    starts = incidents((one for _, one in (*found, *within)), world.neighbours)
    return Outcome(
        fresh[0][0] - fault.onset if fresh else None,
        len(opened),
        len({shown for shown, _ in opened}),
        sum(at >= onset - 300 for at in starts),
    )
