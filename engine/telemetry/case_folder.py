"""A window of a run as a case folder: `case.json`, `metrics.csv`, `topology.csv`, `logs.jsonl` and
`traces.jsonl`. It does not contain what was injected."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.records import Hop, LogLine, Sample
from engine.telemetry.json import Executions
from engine.telemetry.signals import filled
from engine.telemetry.spans import NANOS, Origin
from engine.telemetry.summaries import Summaries

LATE_S = 60.0
"""Simulated seconds that an interval stays open for hops that end in it and are emitted later."""

MAX_TRACES = 100
"""Executions in `traces.jsonl` (up to twice as many): of more, only every second, fourth … is
written."""

_HEALTHY_PART = 0.25
"""Part of a run without faults that is its symptom window: the last quarter."""
_NEARLY_WHOLE = 0.2
"""Part of the last interval that may be missing for it still to count as whole."""


@dataclass(frozen=True, slots=True)
class CaseWindow:
    """The windows of the case in simulated seconds: the symptom from `onset` to `end`, the baseline
    before. `target` is the component whose users are affected."""

    target: str
    onset: float
    end: float

    @classmethod
    def around(
        cls, target: str, times: Iterable[tuple[float, float | None]], seconds: float
    ) -> CaseWindow:
        """From the first onset to its end (None: the run's). Without any, the last quarter of the
        run, for a no-fault case."""
        first = min(times, default=None, key=lambda pair: pair[0])
        if first is None:
            return cls(target, seconds * (1 - _HEALTHY_PART), seconds)
        return cls(target, first[0], min(seconds, first[1] or seconds))


class CaseFolder:
    """A sink that writes the folder while the run goes on; `close` writes what describes it."""

    def __init__(
        self,
        folder: Path,
        origin: Origin,
        dependencies: Iterable[tuple[str, str]],
        window: CaseWindow,
        interval: float = 10.0,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._origin = origin
        self._window = window
        self._interval = interval
        self._now = 0.0
        self._summaries = Summaries(origin.roles, interval)
        self._traces = _Traces(origin, window.end)
        self._metrics = (folder / "metrics.csv").open("w", newline="", encoding="utf-8")
        self._rows = csv.writer(self._metrics, lineterminator="\n")
        self._rows.writerow(["timestamp", "component", "metric", "value"])
        self._lines = (folder / "logs.jsonl").open("w", encoding="utf-8")
        with (folder / "topology.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["source", "target"])
            rows.writerows(sorted(set(dependencies)))

    def hop(self, hop: Hop) -> None:
        # A fault may skew clocks, but never the one outside of the system.
        if hop.parent is None and hop.answered > self._now:
            self._see(hop.answered)
        self._summaries.hop(hop)
        self._traces.hop(hop)

    def line(self, line: LogLine) -> None:
        if line.at < self._window.end:
            record = {
                "timestamp": self._stamp(line.at),
                "component": line.component,
                "severity": line.severity.value,
                "body": filled(line.template, line.values),
            }
            self._lines.write(json.dumps(record) + "\n")

    def sample(self, sample: Sample) -> None:
        self._summaries.sample(sample)

    def close(self) -> None:
        """Complete the case, also for a run that was stopped early."""
        # A run's last answers arrive shortly before its end; but an interval that was cut short
        # considerably would show too low a rate.
        whole = math.floor(self._now / self._interval + _NEARLY_WHOLE) * self._interval
        reached = min(whole, self._end())
        self._write(reached)
        self._metrics.close()
        self._lines.close()
        self._traces.write(self._folder / "traces.jsonl")
        onset, end = self._window.onset, min(self._window.end, reached or self._now)
        if end <= onset:
            onset = end * (1 - _HEALTHY_PART)
        described = {
            "target": self._window.target,
            "onset": self._stamp(onset),
            "end": self._stamp(end),
            "logs_since": self._stamp(0.0),
        }
        text = json.dumps(described, indent=2) + "\n"
        (self._folder / "case.json").write_text(text, encoding="utf-8")

    def _see(self, at: float) -> None:
        whole = int(at // self._interval) > int(self._now // self._interval)
        self._now = at
        if whole:
            self._write(min(at - LATE_S, self._end()))

    def _end(self) -> float:
        """The window's end, rounded to a whole interval."""
        return math.ceil(self._window.end / self._interval - 1e-9) * self._interval

    def _write(self, until: float) -> None:
        for at, component, metric, value in self._summaries.rows(until):
            cell = "" if math.isnan(value) else repr(float(value))
            self._rows.writerow([self._stamp(at), component, metric, cell])

    def _stamp(self, at: float) -> float:
        stamp = round(self._origin.epoch / NANOS + at, 6)
        return int(stamp) if stamp.is_integer() else stamp


class _Traces:
    """Whole executions, evenly over the run: every `stride`-th, so that there are not too many."""

    def __init__(self, origin: Origin, end: float) -> None:
        self._origin = origin
        self._end = end
        self._stride = 1
        self._kept: dict[int, list[Hop]] = {}

    def hop(self, hop: Hop) -> None:
        if hop.trace % self._stride or hop.sent >= self._end:
            return
        self._kept.setdefault(hop.trace, []).append(hop)
        if len(self._kept) > 2 * MAX_TRACES:
            self._stride *= 2
            self._kept = {t: hops for t, hops in self._kept.items() if t % self._stride == 0}

    def write(self, path: Path) -> None:
        executions = Executions(self._origin)
        with path.open("w", encoding="utf-8") as file:
            file.writelines(executions.line(self._kept[trace]) for trace in sorted(self._kept))
