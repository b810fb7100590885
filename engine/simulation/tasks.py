"""Processes light enough for one per hop, on simpy's events.

A simpy `Process` costs two more events (its start and its end) and an event to wait for; a task is
resumed directly by the provider of what it waits for, without going through the event queue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Protocol

from simpy import Event

from engine.simulation.clock import Clock

Steps = Generator[Event | None, None, None]
"""What a task does: it yields an event to wait for, or None until somebody wakes it."""


class Task:
    """Runs steps from its first `wake`."""

    __slots__ = ("_send", "alive")

    def __init__(self, steps: Steps) -> None:
        self.alive = True
        self._send = steps.send

    def wake(self, _event: Event | None = None) -> None:
        """Continue until the next wait; also as an event's callback."""
        if not self.alive:
            return
        try:
            event = self._send(None)
        except StopIteration:
            return
        if event is not None and event.callbacks is not None:
            event.callbacks.append(self.wake)

    def kill(self) -> None:
        """Never continue again, whatever still wakes it."""
        self.alive = False


class Expiring(Protocol):
    """Something with a deadline: open as long as it has a waiter."""

    sent: float
    waiter: Task | None

    def expire(self) -> None: ...


class Deadlines:
    """One timeout for many: as all have the same length, they expire in the order of their start.

    So only one event is scheduled at a time, for the oldest open one, rather than one per call.
    """

    __slots__ = ("_armed", "_clock", "_open", "_seconds")

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._open: deque[Expiring] = deque()
        self._armed = False

    def watch(self, item: Expiring) -> None:
        """Expire it `seconds` after its `sent`, unless it is closed by then."""
        waiting = self._open
        while waiting and waiting[0].waiter is None:
            waiting.popleft()
        waiting.append(item)
        if not self._armed:
            self._arm(self._seconds)

    def _arm(self, seconds: float) -> None:
        self._armed = True
        self._clock.after(max(0.0, seconds), Deadlines._sweep, self)

    def _sweep(self) -> None:
        now = self._clock.now
        waiting = self._open
        while waiting:
            item = waiting[0]
            if item.waiter is None:
                waiting.popleft()
            elif item.sent + self._seconds <= now + 1e-9:
                waiting.popleft()
                item.expire()
            else:
                self._arm(item.sent + self._seconds - now)
                return
        self._armed = False
