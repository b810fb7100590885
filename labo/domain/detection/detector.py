"""One series' detector: opens an episode when the series leaves its normal range, and ends it.

Two tests run on the robust z-score of each value (see `baseline`): *sudden*, four of the last five
values beyond a threshold on the same side; *slow*, a cumulative sum (CUSUM) of the excess over an
allowance (Page, Continuous inspection schemes, Biometrika 41, 1954, with a rolling reference).
Isolated values open nothing, whatever their size. Detection delay, recall and false alarms of the
whole: docs/benchmarks.md.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from statistics import median

from labo.domain.detection.baseline import WINDOW, Baseline
from labo.domain.entities.behaviour_words import Resource
from labo.domain.entities.behaviours import behaviour_of
from labo.domain.entities.conditions import Direction, harm
from labo.domain.telemetry.log_rates import is_log_rate

MIN_SAMPLES = 20
"""Normal values that a detector needs before it opens anything: with those withheld, what steps of
10 s have after four minutes (ADR 0031). With fewer, the scale may be half of what it seems, and
thresholds would be twice as wide (`Baseline.caution`)."""

EXPORT_S = 60.0
"""How often OpenTelemetry's SDKs send metrics by default."""

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

CALM_SHARE, CALM_RUN = 0.5, 3
"""An episode ends after so many values in a row below this share of the threshold. By judgement:
the gap is hysteresis, so that a series near the threshold does not flap."""
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

_KEPT = frozenset({Resource.MEMORY, Resource.DISK})
_HELD = 30
"""Values withheld from the baseline while a cumulative sum is rising, as they may belong to the
start of a slow episode. By judgement."""


@dataclass(frozen=True, slots=True)
class Change:
    """An episode of one series began (`ended_at` None) or ended. Times are epoch seconds.

    `size` is in scales of the series' baseline: at a sudden start the median |z| of the values
    beyond the threshold, at a slow one the newest; at the end the largest of the episode. For an
    absence it is the number of missed steps.
    """

    direction: Direction
    started_at: float
    size: float
    ended_at: float | None = None
    became_normal: bool = False


@dataclass(slots=True)
class OpenEpisode:
    """The ongoing episode; `samples` counts its values."""

    direction: Direction
    started_at: float
    size: float
    samples: int = 0


@dataclass(slots=True)
class SeriesDetector:
    """State of one series; `last_at` is its own watermark: nothing at or before it is processed.

    `held` are the newest (time, value, z), not yet part of the baseline, so that the start of an
    episode is not learnt as normal. `step_s` is what one value stands for. `measured` are the time
    and value of the newest measurement: see `_is_repeated`.
    """

    metric: str
    step_s: float = EXPORT_S
    last_at: float = -math.inf
    gap: float = 0.0
    baseline: Baseline = field(default_factory=Baseline)
    held: deque[tuple[float, float, float]] = field(default_factory=deque)
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0])
    since: list[float] = field(default_factory=lambda: [0.0, 0.0])
    open: OpenEpisode | None = None
    measured: tuple[float, float] = (-math.inf, 0.0)

    def update(self, at: float, value: float) -> Change | None:
        """Process the value of the step that begins `at`.

        Duplicates, values out of order and unknown ones (NaN, infinite) change nothing.
        """
        if not at > self.last_at or not math.isfinite(at) or not math.isfinite(value):
            return None
        self._pace(at)
        if self._is_repeated(at, value):
            return None
        score = self.baseline.score(value)
        if self.open is not None:
            if self.open.direction is Direction.ABSENT:
                return self._close(self.open, at, [])
            return self._go_on(self.open, at, value, score)
        self._sum(at, score)
        self.held.append((at, value, score))
        if len(self.baseline) >= MIN_SAMPLES and (opened := self._opened()):
            self.open = OpenEpisode(opened.direction, opened.started_at, opened.size)
            self._forget(opened.started_at)
            self.held.clear()
            return opened
        self._learn()
        return None

    def vanish(self, until: float, *, missed: int, heard_at: float = -math.inf) -> Change | None:
        """An episode of absence when a steady series, and its component, which was `heard_at` last,
        had no value for `missed` of its steps."""
        steady = len(self.baseline) >= MIN_SAMPLES and 0 < self.gap < math.inf
        least = max(missed * self.gap, LEAST_ABSENCE_S)
        last = max(self.last_at, heard_at)
        if self.open is not None or not steady or until - last <= least:
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
        end = max(self.last_at, closed.started_at)
        return Change(closed.direction, closed.started_at, closed.size, end, became_normal=True)

    def _pace(self, at: float) -> None:
        """Track the interval between values; a single long gap changes it only a little."""
        step = at - self.last_at
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

    def _threshold(self, factor: float, side: int) -> float:
        """The threshold on this side; infinite on the one that is harmless for this metric."""
        sense = harm(self.metric)
        if sense == 0:
            return factor * NEUTRAL * self.baseline.caution
        return factor * self.baseline.caution if sense == side else math.inf

    def _sum(self, at: float, score: float) -> None:
        for i, side in enumerate((1, -1)):
            allowance = self._threshold(ALLOWANCE, side)
            most = SUDDEN * self.baseline.caution
            grown = self.sums[i] + min(side * score, most) - allowance
            if grown <= 0 or len(self.baseline) < MIN_SAMPLES:
                self.sums[i] = 0.0
            else:
                if self.sums[i] == 0:
                    self.since[i] = at
                self.sums[i] = grown

    def _opened(self) -> Change | None:
        recent = list(self.held)[-RUN_OF:]
        for i, side in enumerate((1, -1)):
            threshold = self._threshold(SUDDEN, side)
            beyond = [(at, side * z) for at, _, z in recent if side * z >= threshold]
            direction = Direction.HIGH if side > 0 else Direction.LOW
            if len(beyond) >= RUN and beyond[-1][0] == recent[-1][0]:
                size = sorted(z for _, z in beyond)[len(beyond) // 2]
                return Change(direction, self._onset(side, beyond[0][0]), size)
            if self.sums[i] >= self._threshold(SLOW, side):
                size = side * recent[-1][2]
                return Change(direction, self.since[i], size)
        return None

    def _onset(self, side: int, first: float) -> float:
        """The start of the run of values beyond half the threshold that leads up to `first`."""
        onset, half = first, self._threshold(SUDDEN, side) * CALM_SHARE
        for at, _, z in reversed(self.held):
            if at >= first:
                continue
            if side * z < half:
                break
            onset = at
        return onset

    def _learn(self) -> None:
        """Add values to the baseline once they are too old to be the start of an episode."""
        withheld = _HELD if max(self.sums) > 0 else RUN_OF
        while len(self.held) > withheld:
            self.baseline.learn(self.held.popleft()[1])

    def _forget(self, onset: float) -> None:
        """Add to the baseline only the withheld values from before the onset."""
        for at, value, _ in self.held:
            if at < onset:
                self.baseline.learn(value)
        self.sums = [0.0, 0.0]

    def _go_on(self, episode: OpenEpisode, at: float, value: float, score: float) -> Change | None:
        side = 1 if episode.direction is Direction.HIGH else -1
        episode.samples += 1
        episode.size = max(episode.size, side * score)
        self.held.append((at, value, score))
        while len(self.held) > WINDOW:
            self.held.popleft()
        calm = self._threshold(SUDDEN, side) * CALM_SHARE
        run = list(self.held)[-CALM_RUN:]
        if len(run) == CALM_RUN and all(side * z < calm for _, _, z in run):
            return self._close(episode, run[0][0], [calm_value for _, calm_value, _ in run])
        is_old = episode.samples >= MAX_OPEN and at - episode.started_at >= MAX_OPEN_S
        if is_old or self._has_settled(episode, at):
            values = [recent for _, recent, _ in self.held]
            self.baseline = Baseline()
            return self._close(episode, at, values, became_normal=True)
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
            median(value for _, value, _ in part)
            for part in (recent[:SETTLED_PART], recent[-SETTLED_PART:])
        )
        away = abs(after - median(self.baseline.values))
        return abs(after - before) <= SETTLED_SHARE * away

    def _close(
        self, episode: OpenEpisode, end: float, normal: list[float], *, became_normal: bool = False
    ) -> Change:
        for value in normal:
            self.baseline.learn(value)
        self.held.clear()
        self.open = None
        return Change(episode.direction, episode.started_at, episode.size, end, became_normal)
