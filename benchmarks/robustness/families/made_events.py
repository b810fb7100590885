"""Families made by hand that have no metrics: traces only, logs only, one normal minute of both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.robustness.families.made import START, Calls, built, random_calls
from labo.domain.entities.series import Case, LogLine, TimedSpan

RATE = 4.0
"""Requests a second."""
CALLED = 0.7
"""Probability that a request needs one of a component's callees."""
FAULTS = ("slow", "fails", "retries")
LINES = (
    "handled request in {ms} ms",
    "cache refreshed, {n} entries",
    "user {n} signed in",
    "wrote {n} rows",
)


class Requests:
    """Requests through a made system, one after another, with spans and lines.

    `fault` acts on `root` from `onset` on: `slow` is ten times its own time, `fails` an error in
    six of ten calls, `retries` an error in five of ten, each of which its callers repeat once.
    """

    def __init__(
        self, calls: Calls, root: str, fault: str, onset: float, rng: np.random.Generator
    ) -> None:
        self.spans: list[TimedSpan] = []
        self.lines: list[LogLine] = []
        self._callees = {a: [b for c, b in calls if c == a] for a, _ in calls}
        self._root, self._fault, self._onset, self._rng = root, fault, onset, rng

    def run(self, target: str, end: float) -> None:
        """Poisson arrivals at the target until `end`."""
        at = START
        while (at := at + self._rng.exponential(1 / RATE)) < end:
            self._call(target, at, f"t{len(self.spans)}", "")

    def _call(self, name: str, begin: float, trace: str, parent: str) -> tuple[float, bool]:
        """(seconds, failed) of one call with what it calls."""
        index = len(self.spans)
        span = TimedSpan(trace, f"s{index}", parent, name, begin, 0.0)
        self.spans.append(span)
        fault = self._fault if name == self._root and begin >= self._onset else ""
        own = 0.004 * self._rng.lognormal(0, 0.4) * (10 if fault == "slow" else 1)
        at, failed = begin + own, False
        for callee in self._callees.get(name, ()):
            if self._rng.random() < CALLED:
                lasted, lost = self._attempts(name, callee, at, span)
                at, failed = at + lasted, failed or lost
        if self._rng.random() < {"fails": 0.6, "retries": 0.5}.get(fault, 0.0):
            failed = True
            self._say(name, at, "ERROR", f"panic: index {self._rng.integers(99)} out of range")
        if fault == "slow":
            self._say(name, at, "WARN", f"waited {1e3 * own:.0f} ms for the lock of a row")
        number = self._rng.integers(9_000)
        line = str(self._rng.choice(LINES)).format(ms=round(1e3 * own), n=number)
        self._say(name, at, "INFO", line)
        self.spans[index] = replace(span, duration=at - begin, is_error=failed)
        return at - begin, failed

    def _attempts(self, name: str, callee: str, at: float, span: TimedSpan) -> tuple[float, bool]:
        lasted, lost = self._call(callee, at, span.trace, span.id)
        if lost and callee == self._root and self._fault == "retries":
            again, lost = self._call(callee, at + lasted, span.trace, span.id)
            lasted += again
        if lost:
            text = f"call failed: upstream answered 503 after {lasted:.3f} s"
            self._say(name, at + lasted, "ERROR", text)
        return lasted, lost

    def _say(self, name: str, at: float, severity: str, body: str) -> None:
        self.lines.append(LogLine(at, name, severity, body))


def traces(number: int, is_faulty: bool, rng: np.random.Generator) -> Case:
    """Spans alone, four normal minutes and two faulty ones."""
    return _requested("traces", number, is_faulty, rng, (240.0, 120.0), has_lines=False)


def logs(number: int, is_faulty: bool, rng: np.random.Generator) -> Case:
    """Lines alone, four normal minutes and two faulty ones; the calls are known."""
    return _requested("logs", number, is_faulty, rng, (240.0, 120.0), has_spans=False)


def one_minute(number: int, is_faulty: bool, rng: np.random.Generator) -> Case:
    """Spans and lines, one normal minute and one faulty one."""
    return _requested("minute", number, is_faulty, rng, (60.0, 60.0))


def _requested(
    name: str,
    number: int,
    is_faulty: bool,
    rng: np.random.Generator,
    lengths: tuple[float, float],
    *,
    has_spans: bool = True,
    has_lines: bool = True,
) -> Case:
    names, calls = random_calls(rng)
    root = str(rng.choice(names[3:])) if is_faulty else ""
    requests = Requests(calls, root, FAULTS[number % 3], START + lengths[0], rng)
    requests.run(names[0], START + sum(lengths))
    return built(
        f"{name}-{number}",
        names[0],
        root,
        lengths,
        calls=calls,
        spans=requests.spans if has_spans else (),
        lines=requests.lines if has_lines else (),
    )
