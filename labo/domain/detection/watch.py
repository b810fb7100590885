"""The detectors of one system, one per series, and what is announced of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from labo.domain.detection.announcing import Announcement, Announcer, Found
from labo.domain.detection.detector import EXPORT_S, GONE_AFTER_S, MIN_SAMPLES, SeriesDetector
from labo.domain.detection.season import Season
from labo.domain.detection.snapshot import dump_detector
from labo.domain.detection.snapshot import load_detector as load
from labo.domain.detection.state_values import as_count, as_list, as_number, as_object
from labo.domain.entities.conditions import Direction
from labo.domain.entities.series import Series, SeriesKey
from labo.domain.telemetry.log_rates import is_log_rate

MISSED = 5
"""Missed intervals, at its own pace, after which a steady series counts as vanished. By judgement:
as many as the sudden test looks at."""

MAX_SERIES = 10_000
"""Series watched per system, which bounds memory and the stored state: at most 10 KB a series, most
of it what is usual by time (ADR 0045)."""


@dataclass(slots=True)
class SystemWatch:
    """Detectors of one system; beyond `max_series`, the least recently updated are dropped.

    `since` is the start of the history from which the baselines were first learnt; `until` is the
    watermark: everything before it was processed. `silent` is True while no series reports
    anything: a failed system and failed telemetry look the same then, so nothing counts as
    vanished. A new series is judged in steps of `step_s`; one that was judged in finer ones before
    goes on so until `settle`.
    """

    announcer: Announcer = field(default_factory=Announcer)
    max_series: int = MAX_SERIES
    since: float | None = None
    until: float = 0.0
    detectors: OrderedDict[SeriesKey, SeriesDetector] = field(default_factory=OrderedDict)
    silent: bool = False
    forgotten: int = 0
    step_s: float = EXPORT_S

    @property
    def steps(self) -> list[float]:
        """The steps that its series are judged in, the finest first."""
        return sorted({self.step_s, *(one.step_s for one in self.detectors.values())})

    def step_of(self, key: SeriesKey) -> float:
        """The step that a series is judged in, a new one too."""
        detector = self.detectors.get(key)
        return detector.step_s if detector else self.step_s

    def components_at(self, step_s: float) -> frozenset[str]:
        """The components of series that are judged in that step."""
        return frozenset(key.component for key, d in self.detectors.items() if d.step_s == step_s)

    def settle(self, series: Mapping[SeriesKey, Series], until: float) -> None:
        """Judge series in steps of `step_s` from `until` on that were judged in finer ones before;
        `series` is their history in the new step.

        No episode begins or ends by that: where one is open, or would be in the new step, the
        series goes on as before, and so does one whose baseline would be lost. What has had no
        value for the whole of that history is not watched any more.
        """
        for key, detector in list(self.detectors.items()):
            if detector.step_s >= self.step_s:
                continue
            if detector.open is not None:
                if detector.open.direction is Direction.ABSENT:
                    detector.step_s = self.step_s
                continue
            if key not in series:
                del self.detectors[key]
                continue
            settled = SeriesDetector(key.metric, self.step_s, season=detector.season)
            for at, value in _values(series[key], until):
                settled.update(at, value)
            least = min(MIN_SAMPLES, len(detector.baseline))
            if settled.open is None and len(settled.baseline) >= least:
                self.detectors[key] = settled

    def advance(self, series: Mapping[SeriesKey, Series], until: float) -> list[Announcement]:
        """Test the new values before `until` (epoch seconds) of every series, oldest first.

        `series` may repeat earlier values: each series has its own watermark.
        """
        found: list[Found] = list(self._heard_again(series, until))
        for key in sorted(series, key=lambda k: (k.component, k.metric)):
            found += self._read(key, series[key], until)
        self.until = max(self.until, until)
        found += self._forget()
        return [
            *self.announcer.announce(found, self.until),
            *self.announcer.announce(self._vanished(), self.until, limited=False),
        ]

    def learn(self, series: Mapping[SeriesKey, Series], since: float, until: float) -> None:
        """Learn the baselines from that history without announcing any of it.

        A deviation at its end is detected again from the next values.
        """
        for key in sorted(series, key=lambda k: (k.component, k.metric)):
            for _ in self._read(key, series[key], until):
                pass
        for _ in self._forget():
            pass
        for detector in self.detectors.values():
            detector.abandon()
        self.since, self.until = since, max(self.until, until)

    def meet(self, series: Mapping[SeriesKey, Series], until: float) -> None:
        """Learn the baselines of further series from their history, without announcing any of
        it."""
        for key in sorted(series, key=lambda k: (k.component, k.metric)):
            for _ in self._read(key, series[key], until):
                pass
            if key in self.detectors:
                self.detectors[key].abandon()

    def recall(self, seasons: Mapping[SeriesKey, Season]) -> None:
        """Take over what was usual in the past, of the series that are watched."""
        for key, season in seasons.items():
            if key in self.detectors:
                self.detectors[key].season.recall(season)

    def _read(self, key: SeriesKey, series: Series, until: float) -> Iterator[Found]:
        detector = self.detectors.get(key)
        if detector is None:
            detector = self.detectors[key] = SeriesDetector(key.metric, self.step_s)
        watermark = detector.last_at
        for at, value in _values(series, until):
            if change := detector.update(at, value):
                yield at, key, change
        if detector.last_at > watermark:
            self.detectors.move_to_end(key)

    def _forget(self) -> Iterator[Found]:
        while len(self.detectors) > self.max_series:
            key, detector = self.detectors.popitem(last=False)
            self.forgotten += 1
            if closed := detector.abandon():
                yield self.until, key, closed

    def _heard_again(self, series: Mapping[SeriesKey, Series], until: float) -> Iterator[Found]:
        """A component is silent until the first value of any of its series, not of each: one that
        stopped for good, as after a deploy, says nothing about the others."""
        silent: dict[str, list[SeriesKey]] = {}
        began: dict[str, float] = {}
        for key, detector in self.detectors.items():
            absence = detector.open
            if absence is not None and absence.direction is Direction.ABSENT:
                silent.setdefault(key.component, []).append(key)
                since = began.get(key.component, absence.started_at)
                began[key.component] = min(since, absence.started_at)
        first: dict[str, float] = {}
        for key, one in series.items():
            if key.component not in silent or is_log_rate(key.metric):
                continue
            since = began[key.component]
            known = (one.timestamps >= since) & (one.timestamps < until) & np.isfinite(one.values)
            if known.any():
                at = float(one.timestamps[known][0])
                first[key.component] = min(at, first.get(key.component, at))
        for component, at in first.items():
            for key in silent[component]:
                if change := self.detectors[key].hear(at):
                    yield at, key, change

    def _vanished(self) -> Iterator[Found]:
        """A component vanishes as a whole. One series of several may stop for reasons of its own:
        nobody asks for it any more, or its senders do not agree on what it counts."""
        # Rates of log lines are counted as 0 while nothing is heard.
        heard = [(key, one) for key, one in self.detectors.items() if not is_log_rate(key.metric)]
        if not heard:
            return
        newest = max((detector for _, detector in heard), key=lambda d: d.last_at)
        self.silent = self.until - newest.last_at > MISSED * newest.gap > 0
        last: dict[str, float] = {}
        for key, detector in heard:
            last[key.component] = max(detector.last_at, last.get(key.component, detector.last_at))
        for key, detector in list(self.detectors.items()):
            heard_at = last.get(key.component, detector.last_at)
            if detector.is_gone(self.until) and (change := detector.abandon()):
                # Back one day, it is a new series. The episode lasted until here.
                del self.detectors[key]
                absent = change.direction is Direction.ABSENT
                yield (
                    self.until,
                    key,
                    replace(change, ended_at=self.until, became_normal=absent),
                )
            elif self.silent:
                continue
            elif change := detector.vanish(self.until, missed=MISSED, heard_at=heard_at):
                yield self.until, key, change
            elif heard_at - detector.last_at > GONE_AFTER_S:
                del self.detectors[key]

    def dump(self) -> dict[str, object]:
        """The whole state as JSON values, but for `silent`, which the next step recomputes."""
        return {
            "since": self.since,
            "step_s": self.step_s,
            "until": self.until,
            "forgotten": self.forgotten,
            "announcer": self.announcer.dump(),
            "detectors": [
                [key.component, dump_detector(detector)] for key, detector in self.detectors.items()
            ],
        }

    def restore(self, state: dict[str, object]) -> None:
        """Restore what `dump` returned. Raises KeyError, TypeError or ValueError otherwise."""
        since = state["since"]
        self.since = None if since is None else as_number(since)
        self.step_s = as_number(state["step_s"])
        self.until = as_number(state["until"])
        self.forgotten = as_count(state["forgotten"])
        self.announcer.restore(as_object(state["announcer"]))
        self.detectors = OrderedDict()
        for one in as_list(state["detectors"]):
            component, detector_state = as_list(one)
            detector = load(as_object(detector_state))
            self.detectors[SeriesKey(str(component), detector.metric)] = detector


def _values(series: Series, until: float) -> Iterator[tuple[float, float]]:
    """The times before `until`, with their values."""
    for at, value in zip(series.timestamps.tolist(), series.values.tolist(), strict=True):
        if at < until:
            yield at, value
