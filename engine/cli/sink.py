"""Between a simulation and its sinks: real-time pacing, progress, and an orderly stop."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from engine.records import Hop, LogLine, Sample, Sink

_EVERY_HOPS = 512
"""Hops between two checks of the clock: some milliseconds."""
_SHOW_S = 1.0
_SHOW_TO_FILE_S = 10.0
"""Seconds between lines of progress, on a terminal and in a file."""


class RunStopped(KeyboardInterrupt):
    """The run is to stop; not an Exception, so that no mechanism treats it as an error."""


class Paced:
    """Forwards records to all `sinks`, and checks the clock and `stop` now and then.

    With `speed` "real" a simulated second lasts a second. `trouble` is why the run is waiting.
    """

    def __init__(
        self,
        sinks: Sequence[Sink],
        *,
        seconds: float,
        stop: threading.Event,
        real_time: bool = False,
        quiet: bool = False,
        trouble: Callable[[], str] = str,
    ) -> None:
        self.hops = self.lines = self.samples = 0
        self.reached = 0.0
        self._sinks = sinks
        self._seconds = seconds
        self._stop = stop
        self._real_time = real_time
        self._trouble = trouble
        self._began = time.monotonic()
        every = _SHOW_S if sys.stderr.isatty() else _SHOW_TO_FILE_S
        self._show_every = float("inf") if quiet else every
        self._shown = self._began
        self._is_closed = False

    def hop(self, hop: Hop) -> None:
        self.hops += 1
        for sink in self._sinks:
            sink.hop(hop)
        if hop.parent is None:
            self.reached = max(self.reached, hop.answered)
            if self._real_time:
                self._wait()
        if not self.hops % _EVERY_HOPS or self._real_time:
            self._look()

    def line(self, line: LogLine) -> None:
        self.lines += 1
        for sink in self._sinks:
            sink.line(line)

    def sample(self, sample: Sample) -> None:
        self.samples += 1
        for sink in self._sinks:
            sink.sample(sample)

    def close(self) -> None:
        """Close every sink once, even when one of them fails."""
        if self._is_closed:
            return
        self._is_closed = True
        with ExitStack() as all_of_them:
            for sink in self._sinks:
                all_of_them.callback(sink.close)

    @property
    def took_s(self) -> float:
        return time.monotonic() - self._began

    def _wait(self) -> None:
        ahead = self.reached - self.took_s
        if ahead > 0.0:
            self._stop.wait(ahead)

    def _look(self) -> None:
        if self._stop.is_set() and not self._is_closed:
            raise RunStopped
        now = time.monotonic()
        if now - self._shown >= self._show_every:
            self._shown = now
            self._show()

    def _show(self) -> None:
        speed = self.hops / max(self.took_s, 1e-9)
        held_up = self._trouble()
        text = (
            f"{clock(self.reached)} of {clock(self._seconds)} simulated, "
            f"{self.hops:,} hops, {speed:,.0f} hops/s"
        )
        text += f"; waiting for {held_up}" if held_up else ""
        print_line(text, replaces=sys.stderr.isatty())


def clock(seconds: float) -> str:
    """Hours, minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def print_line(text: str, *, replaces: bool = False) -> None:
    """To standard error; `replaces` the line before, on a terminal."""
    sys.stderr.write(f"\r\033[K{text}" if replaces else f"{text}\n")
    sys.stderr.flush()
