"""A run in steps, paced by the clock on the wall, which accepts commands between them."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

from engine.description.model import System
from engine.faults.schedule import Schedule
from engine.live.commands import Answer, Desk
from engine.live.hastened import Hastened
from engine.live.socket import CommandSocket
from engine.records import Sink
from engine.simulate import start

STEP_S = 0.1
"""Seconds between two looks for commands."""


@dataclass(frozen=True, slots=True)
class LivePlan:
    """`seconds`, `interval` and `history` are simulated ones, of which `speed` pass in a second.
    `history` is the past that the run begins with: it is emitted at once. `epoch` is the start, of
    that past, in seconds since 1970."""

    system: System
    seed: int
    speed: float
    epoch: float
    interval: float
    seconds: float = math.inf
    history: float = 0.0


class LiveRun:
    """One live run. `stop`, once set, ends it."""

    def __init__(self, plan: LivePlan, sink: Sink, stop: threading.Event) -> None:
        self._plan = plan
        self._sink = Hastened(sink, plan.speed)
        self._stop = stop
        self._run = start(plan.system, plan.seed, self._sink, plan.interval)
        self._desk = Desk(self._run, Schedule(self._run), self.state)
        self._began = time.monotonic()

    def go(self, commands: CommandSocket) -> Answer:
        """Run until `stop`, the command `stop`, or the end; the state then. Closes `commands` and
        the sink, whose errors it raises."""
        try:
            self._began = time.monotonic()
            while not self._is_over:
                self._step()
                self._desk.note_ends("time")
                commands.serve(self._desk.answer)
        finally:
            commands.close()
            self._sink.close()
        return self.state()

    def state(self) -> Answer:
        """Where the run is. Names no fault."""
        plan, env = self._plan, self._run.env
        return {
            "system": plan.system.name,
            "components": sorted(plan.system.components),
            "speed": plan.speed,
            "epoch": plan.epoch,
            "now": env.now,
            "behind_s": round(max(0.0, self._due - env.now) / plan.speed, 3),
            "requests": self._run.requests,
            "errors": self._run.errors,
            "hops": self._sink.hops,
            "lines": self._sink.lines,
            "samples": self._sink.samples,
        }

    @property
    def _due(self) -> float:
        """Simulated seconds that should have passed."""
        passed = self._plan.history + (time.monotonic() - self._began) * self._plan.speed
        return min(passed, self._plan.seconds)

    @property
    def _is_over(self) -> bool:
        ended = self._run.env.now >= self._plan.seconds
        return ended or self._desk.stopped or self._stop.is_set()

    def _step(self) -> None:
        now, most = self._run.env.now, STEP_S * self._plan.speed
        ahead = now + most - self._due
        if ahead > 0.0:
            self._stop.wait(ahead / self._plan.speed)
        self._run.env.run(until=min(now + most, self._plan.seconds))
