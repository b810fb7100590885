"""Simulated time: simpy's environment, with steps that need no event object.

A simpy `Timeout` is an event with a list of callbacks, worth its cost where something waits for
it. A hop only needs three steps at known times (arrival, end of computing, answer). As entries of
the same queue these cost about half (0.55 instead of 0.97 µs each); their order is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar

from simpy import Environment, Event
from simpy.events import NORMAL, EventPriority

T = TypeVar("T")


class Clock(Environment):
    """Simultaneous steps happen in the order in which they were scheduled.

    Driven by `run` alone: simpy's own queue (`step`, `peek`) is not used.
    """

    # A plain attribute instead of simpy's property: it is read six times per hop.
    now: float = 0.0

    def __init__(self) -> None:
        super().__init__()
        self._agenda: list[tuple[float, int, int, Callable[[Any], None], Any]] = []
        self._numbers = count()

    def after(self, seconds: float, step: Callable[[T], None], subject: T) -> None:
        """Call `step(subject)` in `seconds`, which are not negative."""
        heappush(self._agenda, (self.now + seconds, NORMAL, next(self._numbers), step, subject))

    def schedule(self, event: Event, priority: EventPriority = NORMAL, delay: float = 0.0) -> None:
        """Let a simpy event happen."""
        at = self.now + delay
        heappush(self._agenda, (at, priority, next(self._numbers), _happen, event))

    def run(self, until: float | Event | None = None) -> None:
        """Run everything due before `until`, in one loop without simpy's call per step."""
        if until is None or isinstance(until, Event):
            raise TypeError("until must be a time")
        agenda = self._agenda
        while agenda and agenda[0][0] < until:
            self.now, _, _, step, subject = heappop(agenda)
            step(subject)
        self.now = until


def _happen(event: Event) -> None:
    callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]  # as simpy does
    for callback in callbacks:
        callback(event)
    if not event.ok and isinstance(event.value, Exception):
        raise event.value
