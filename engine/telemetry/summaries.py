"""A run's records as series: per component and interval what its telemetry would show.

From hops `<what>.rate` (per second), `<what>.error_ratio`, `<what>.duration.p50` and `.p95`
(seconds), named by role (`telemetry.conventions.measured`) and dated by the hop's end; from samples
their mean. Without hops, the rate is 0; the ratio and the durations are unknown (NaN).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.records import Hop, LogLine, Sample
from engine.telemetry.conventions import measured


class Row(NamedTuple):
    """One value of a series; `at` is the interval's start in simulated seconds."""

    at: float
    component: str
    metric: str
    value: float


class _Calls:
    """The calls of one component within an interval."""

    __slots__ = ("durations", "errors")

    def __init__(self) -> None:
        self.durations = array("d")
        self.errors = 0

    def rows(self, interval: float) -> Iterator[tuple[str, float]]:
        ordered = sorted(self.durations)
        count = len(ordered)
        yield "rate", count / interval
        yield "error_ratio", self.errors / count if count else math.nan
        yield "duration.p50", ordered[count // 2] if count else math.nan
        yield "duration.p95", ordered[int(count * 0.95)] if count else math.nan


class Summaries:
    """A sink whose `rows` are the series so far. Memory grows with the calls of intervals that were
    not read yet."""

    def __init__(self, roles: Mapping[str, str], interval: float = 10.0) -> None:
        self._roles = roles
        self._interval = interval
        self._calls: dict[int, dict[tuple[str, str], _Calls]] = {}
        self._samples: dict[int, dict[tuple[str, str], tuple[float, int]]] = {}
        self._met: dict[tuple[str, str], None] = {}
        self._next = 0

    def hop(self, hop: Hop) -> None:
        found = measured(hop, self._roles)
        if found is None:
            return
        series = hop.component, found.metric
        self._met[series] = None
        calls = self._calls.setdefault(self._of(found.end), {})
        held = calls.get(series)
        if held is None:
            held = calls[series] = _Calls()
        held.durations.append(found.end - found.start)
        held.errors += found.failed

    def line(self, line: LogLine) -> None:
        """Lines do not become series."""

    def sample(self, sample: Sample) -> None:
        samples = self._samples.setdefault(self._of(sample.at), {})
        series = sample.component, sample.metric
        total, count = samples.get(series, (0.0, 0))
        samples[series] = total + sample.value, count + 1

    def close(self) -> None:
        """Nothing is buffered."""

    def rows(self, until: float) -> list[Row]:
        """The intervals that end by `until` and were not read yet, in order of time, component and
        metric."""
        found: list[Row] = []
        while (self._next + 1) * self._interval <= until + 1e-9:
            found += sorted(self._rows_of(self._next))
            self._next += 1
        return found

    def _of(self, at: float) -> int:
        return max(self._next, int(at // self._interval))

    def _rows_of(self, number: int) -> Iterator[Row]:
        start = number * self._interval
        calls = self._calls.pop(number, {})
        for component, metric in self._met:
            held = calls.get((component, metric)) or _Calls()
            for name, value in held.rows(self._interval):
                yield Row(start, component, f"{metric}.{name}", value)
        for (component, metric), (total, count) in self._samples.pop(number, {}).items():
            yield Row(start, component, metric, total / count)
