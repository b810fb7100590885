"""The detectors of one system, one per series, and what they announce."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from labo.domain.detection.announcing import Announcement, Announcer
from labo.domain.detection.detector import Change, SeriesDetector
from labo.domain.detection.snapshot import as_count, as_list, as_number, as_object, dump_detector
from labo.domain.detection.snapshot import load_detector as load
from labo.domain.entities.series import Series, SeriesKey

MISSED = 5
"""Missed intervals, at its own pace, after which a steady series counts as vanished. By judgement:
as many as the sudden test looks at."""

MAX_SERIES = 10_000
"""Series watched per system, which bounds memory and the stored state: about 2 KB a series
(ADR 0015)."""


@dataclass(slots=True)
class SystemWatch:
    """Detectors of one system; beyond `max_series`, the least recently updated are dropped.

    `since` is the start of the history from which the baselines were first learnt; `until` is the
    watermark: everything before it was processed. `silent` is True while no series reports
    anything: a failed system and failed telemetry look the same then, so nothing counts as
    vanished.
    """

    announcer: Announcer = field(default_factory=Announcer)
    max_series: int = MAX_SERIES
    since: float | None = None
    until: float = 0.0
    detectors: OrderedDict[SeriesKey, SeriesDetector] = field(default_factory=OrderedDict)
    silent: bool = False
    forgotten: int = 0

    def advance(self, series: Mapping[SeriesKey, Series], until: float) -> list[Announcement]:
        """Test the new values before `until` (epoch seconds) of every series, oldest first.

        `series` may repeat earlier values: each series has its own watermark.
        """
        changes: list[tuple[SeriesKey, Change]] = []
        for key in sorted(series, key=lambda k: (k.component, k.metric)):
            changes += self._read(key, series[key], until)
        changes += self._forget()
        self.until = max(self.until, until)
        return [*self.announcer.announce(changes, self.until), *self._vanished()]

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

    def _read(
        self, key: SeriesKey, series: Series, until: float
    ) -> Iterator[tuple[SeriesKey, Change]]:
        detector = self.detectors.setdefault(key, SeriesDetector(key.metric))
        watermark = detector.last_at
        for at, value in zip(series.timestamps.tolist(), series.values.tolist(), strict=True):
            if at < until and (change := detector.update(at, value)):
                yield key, change
        if detector.last_at > watermark:
            self.detectors.move_to_end(key)

    def _forget(self) -> Iterator[tuple[SeriesKey, Change]]:
        while len(self.detectors) > self.max_series:
            key, detector = self.detectors.popitem(last=False)
            self.forgotten += 1
            if closed := detector.abandon():
                yield key, closed

    def _vanished(self) -> Iterator[Announcement]:
        newest = max(self.detectors.values(), key=lambda d: d.last_at, default=None)
        if newest is None:
            return
        self.silent = self.until - newest.last_at > MISSED * newest.gap > 0
        if self.silent:
            return
        gone: dict[str, list[tuple[str, Change]]] = {}
        for key, detector in self.detectors.items():
            if change := detector.vanish(self.until, missed=MISSED):
                gone.setdefault(key.component, []).append((key.metric, change))
        for component, together in sorted(gone.items()):
            (metric, change), *others = sorted(together, key=lambda pair: pair[0])
            also = tuple(SeriesKey(component, other) for other, _ in others)
            yield self.announcer.admit(SeriesKey(component, metric), change, also)

    def dump(self) -> dict[str, object]:
        """The whole state as JSON values, but for `silent`, which the next step recomputes."""
        return {
            "since": self.since,
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
        self.until = as_number(state["until"])
        self.forgotten = as_count(state["forgotten"])
        self.announcer.restore(as_object(state["announcer"]))
        self.detectors = OrderedDict()
        for one in as_list(state["detectors"]):
            component, detector_state = as_list(one)
            detector = load(as_object(detector_state))
            self.detectors[SeriesKey(str(component), detector.metric)] = detector
