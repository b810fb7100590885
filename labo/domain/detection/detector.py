"""One series' detector: opens an episode when the series leaves its normal range, and ends it.

Its tests (`deviating`) run on the robust z-score of each value (see `baseline`), and once more on
how far the value lies beyond what is usual at that time (see `season`): an episode that only the
former opens is not reported. Detection delay, recall and false alarms of the whole:
docs/benchmarks.md.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from statistics import median

from labo.domain.detection.baseline import WINDOW, Baseline
from labo.domain.detection.changes import Change, OpenEpisode
from labo.domain.detection.deviating import (
    ALLOWANCE,
    RUN_OF,
    Limits,
    Opening,
    Sums,
    limits,
    opening,
)
from labo.domain.detection.season import Season
from labo.domain.entities.behaviour_words import Resource
from labo.domain.entities.behaviours import behaviour_of
from labo.domain.entities.conditions import Direction
from labo.domain.entities.harm import harm
from labo.domain.telemetry.log_rates import is_log_rate

MIN_SAMPLES = 20
"""Normal values that a detector needs before it opens anything: with those withheld, what steps of
10 s have after four minutes (ADR 0031). With fewer, the scale may be half of what it seems, and
thresholds would be twice as wide (`Baseline.caution`)."""

EXPORT_S = 60.0
"""How often OpenTelemetry's SDKs send metrics by default."""

CALM_RUN = 3
"""An episode ends after so many calm values in a row. By judgement."""
MAX_OPEN, MAX_OPEN_S = 2 * WINDOW, 2 * WINDOW * 60.0
"""Values and seconds, both, after which an open episode becomes the new baseline: a changed level,
not an incident. By judgement: four hours, also where values stand for 10 s."""

SETTLED, SETTLED_S, SETTLED_PART = 30, 300.0, 10
"""Values and seconds, both, over which the level of memory or disk has to stay, and how many at
either end are compared: what raised it is over then, but a process seldom gives its memory back, so
that it would keep an incident open for hours. By judgement: as long as an incident's symptom has to
be normal before another one begins (ADR 0036)."""
SETTLED_SHARE = 0.1
"""Change over that time, as a share of the distance from the baseline, up to which a level stays:
a leak that began less than fifty minutes ago has risen by more. By judgement."""

LEAST_ABSENCE_S = 300.0
"""Seconds without a value, at least, before a steady series counts as vanished. By judgement: five
steps of a minute; a service that nobody calls for a minute is nothing unusual."""
GONE_AFTER_S = 86_400.0
"""Seconds without a value after which an open episode ends: what it is about is gone (ADR 0036).
By judgement: a day, as long as a diagnosis looks at one trouble; what runs only by day or by night
is back by then."""

COLD_S = 600.0
"""Seconds after a pause in which nothing is reported that is over by then: what was restarted
has cold caches, and connections to open. By judgement."""
STEADY_S = 3_600.0
"""Seconds without a pause, before one is a restart: what pauses again and again crashes, or comes
as it likes. By judgement."""
PAUSE, LEAST_PAUSE_S = 1.5, 30.0
"""A pause is longer than so many of the usual intervals between values, and by so many seconds than
one. By judgement: a missed step of a minute, and what takes a process to start; in steps of 10 s
nobody may call for one or two."""

_KEPT = frozenset({Resource.MEMORY, Resource.DISK})
_HELD = 30
"""Values withheld from the baseline while a cumulative sum is rising, as they may belong to the
start of a slow episode. By judgement."""


Held = tuple[float, float, float, float]


@dataclass(slots=True)
class SeriesDetector:
    """State of one series; `last_at` is its own watermark: nothing at or before it is processed.

    `held` are the newest (time, value, z, unusual z), not yet part of the baseline, so that the
    start of an episode is not learnt as normal. `step_s` is what one value stands for. `measured`
    are the time and value of the newest measurement: see `_is_repeated`. The last pause ended
    `steady_since`, and until `cold_until` a restart may be what is seen.

    The season has no part in what the baseline learns nor in what opens an episode, only in whether
    and when that is reported.
    """

    metric: str
    step_s: float = EXPORT_S
    last_at: float = -math.inf
    gap: float = 0.0
    baseline: Baseline = field(default_factory=Baseline)
    season: Season = field(default_factory=Season)
    held: deque[Held] = field(default_factory=deque)
    sums: Sums = field(default_factory=Sums)
    unusual_sums: Sums = field(default_factory=Sums)
    open: OpenEpisode | None = None
    measured: tuple[float, float] = (-math.inf, 0.0)
    steady_since: float = math.inf
    cold_until: float = -math.inf
    sense: int = field(init=False)

    def __post_init__(self) -> None:
        self.sense = harm(self.metric)

    def update(self, at: float, value: float) -> Change | None:
        """Process the value of the step that begins `at`.

        Duplicates, values out of order and unknown ones (NaN, infinite) change nothing.
        """
        if not at > self.last_at or not math.isfinite(at) or not math.isfinite(value):
            return None
        self._pace(at)
        if self._is_repeated(at, value):
            return None
        score, unusual = self._scores(at, value)
        self.season.learn(at, value)
        if self.open is not None:
            if self.open.direction is Direction.ABSENT:
                return self._close(self.open, at, [])
            self.held.append((at, value, score, unusual))
            return self._go_on(self.open, at, score)
        self.held.append((at, value, score, unusual))
        # Nothing less is counted by either test.
        is_counted = abs(score) >= ALLOWANCE or self.sums.is_rising
        if is_counted and len(self.baseline) >= MIN_SAMPLES and (found := self._opening(at)):
            return self._begin(found)
        self._learn()
        return None

    def vanish(self, until: float, *, missed: int, heard_at: float = -math.inf) -> Change | None:
        """An episode of absence when a steady series, and its component, which was `heard_at` last,
        had no value for `missed` of its steps."""
        steady = len(self.baseline) >= MIN_SAMPLES and 0 < self.gap < math.inf
        least = max(missed * self.gap, LEAST_ABSENCE_S)
        last = max(self.last_at, heard_at)
        is_open = self.open is not None and not self.open.usual
        if is_open or not steady or until - last <= least:
            return None
        began = last + self.gap
        self.open = OpenEpisode(Direction.ABSENT, began, float(missed))
        return Change(Direction.ABSENT, began, float(missed))

    def hear(self, at: float) -> Change | None:
        """End an absence because the component is heard again, by whatever series."""
        if self.open is None or self.open.direction is not Direction.ABSENT:
            return None
        return self._close(self.open, at, [])

    def is_gone(self, until: float) -> bool:
        """Whether an episode is open and nothing was heard for so long that nothing is expected."""
        return self.open is not None and until - self.last_at > GONE_AFTER_S

    def abandon(self) -> Change | None:
        """End an open episode, at its last value, because the series is no longer watched."""
        closed, self.open = self.open, None
        if closed is None:
            return None
        self.held.clear()
        self.unusual_sums.clear()
        if closed.usual:
            return None
        end = max(self.last_at, closed.started_at)
        return Change(closed.direction, closed.started_at, closed.size, end, became_normal=True)

    def _pace(self, at: float) -> None:
        """Track the interval between values; a single long gap changes it only a little."""
        step = at - self.last_at
        if step > max(PAUSE * self.gap, self.gap + LEAST_PAUSE_S):
            if self.last_at + self.gap - self.steady_since >= STEADY_S:
                self.cold_until = at + COLD_S
            self.steady_since = at
        self.steady_since = min(self.steady_since, at)
        if math.isfinite(step):
            smoothed = self.gap + 0.1 * (min(step, 5 * self.gap) - self.gap)
            self.gap = smoothed if self.gap > 0 else step
        self.last_at = at

    def _is_repeated(self, at: float, value: float) -> bool:
        """Whether a value is no new measurement: a counter's increase of a minute is spread over
        the steps of that minute (`telemetry.rollups.spread`), which then are equal.

        Each of them counted, one export would be a baseline's sixth, or a run of deviations.
        """
        is_counter = self.metric.endswith(".rate") and not is_log_rate(self.metric)
        if self.step_s >= EXPORT_S or not is_counter:
            return False
        since, before = self.measured
        if value == before != 0 and at < since + EXPORT_S:
            return True
        self.measured = at, value
        return False

    def _scores(self, at: float, value: float) -> tuple[float, float]:
        """The robust z-score, and what of it is more than usual at that time."""
        score = self.baseline.score(value)
        # Less is not counted by either test, whatever is usual.
        if abs(score) < ALLOWANCE:
            return score, score
        if at < self.cold_until:
            return score, 0.0
        if (usual := self.season.usual(at)) is None:
            return score, score
        return score, self.baseline.score_beside(value, usual)

    def _opening(self, at: float) -> Opening | None:
        """What the newest value opens by the recent values alone."""
        both = limits(self.sense, self.baseline.caution)
        self.sums.add(at, self.held[-1][2], both)
        self.unusual_sums.add(at, self.held[-1][3], both)
        return opening([(at, z) for at, _, z, _ in self.held], self.sums, both)

    def _begin(self, found: Opening) -> Change | None:
        """Open an episode, reported if it is unusual, and learn what came before its onset."""
        both = limits(self.sense, self.baseline.caution)
        self.open = OpenEpisode(found.direction, found.started_at, found.size, usual=True)
        change = self._reported(self.open, both)
        while self.held and self.held[0][0] < found.started_at:
            self.baseline.learn(self.held.popleft()[1])
        self.sums.clear()
        return change

    def _reported(self, episode: OpenEpisode, both: tuple[Limits, Limits]) -> Change | None:
        """The beginning of an episode that was usual so far, once it is not."""
        scores = [(at, unusual) for at, _, _, unusual in self.held]
        found = opening(scores, self.unusual_sums, both)
        if found is None or found.direction is not episode.direction:
            return None
        episode.usual, episode.samples = False, 0
        episode.started_at, episode.size = found.started_at, found.size
        return Change(found.direction, found.started_at, found.size)

    def _learn(self) -> None:
        """Add values to the baseline once they are too old to be the start of an episode."""
        withheld = _HELD if self.sums.is_rising else RUN_OF
        while len(self.held) > withheld:
            self.baseline.learn(self.held.popleft()[1])

    def _go_on(self, episode: OpenEpisode, at: float, score: float) -> Change | None:
        both = limits(self.sense, self.baseline.caution)
        limit = both[0] if episode.direction is Direction.HIGH else both[1]
        episode.samples += 1
        episode.size = max(episode.size, limit.side * score)
        while len(self.held) > WINDOW:
            self.held.popleft()
        run = list(self.held)[-CALM_RUN:]
        is_calm = all(limit.side * z < limit.calm for _, _, z, _ in run)
        if episode.samples >= CALM_RUN and is_calm:
            return self._close(episode, run[0][0], [value for _, value, _, _ in run])
        is_old = episode.samples >= MAX_OPEN and at - episode.started_at >= MAX_OPEN_S
        if is_old or self._has_settled(episode, at):
            values = [value for _, value, _, _ in self.held]
            self.baseline = Baseline()
            return self._close(episode, at, values, became_normal=True)
        if episode.usual:
            self.unusual_sums.add(at, self.held[-1][3], both)
            return self._reported(episode, both)
        return None

    def _has_settled(self, episode: OpenEpisode, at: float) -> bool:
        """Whether the level of a resource that is kept once taken has stopped to move."""
        kept = behaviour_of(self.metric, episode.direction).subject in _KEPT
        if not kept or episode.samples < SETTLED:
            return False
        recent = list(self.held)[-SETTLED:]
        if at - recent[0][0] < SETTLED_S - self.step_s:
            return False
        before, after = (
            median(value for _, value, _, _ in part)
            for part in (recent[:SETTLED_PART], recent[-SETTLED_PART:])
        )
        away = abs(after - median(self.baseline.values))
        return abs(after - before) <= SETTLED_SHARE * away

    def _close(
        self, episode: OpenEpisode, end: float, normal: list[float], *, became_normal: bool = False
    ) -> Change | None:
        for value in normal:
            self.baseline.learn(value)
        self.held.clear()
        self.unusual_sums.clear()
        self.open = None
        if episode.usual:
            return None
        return Change(episode.direction, episode.started_at, episode.size, end, became_normal)
