"""Connection pools of the running system."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from engine.description import model as description

if TYPE_CHECKING:
    from engine.simulation.tasks import Task


class Ask:
    """A call that waits for a connection since `sent`."""

    __slots__ = ("granted", "sent", "waiter")

    def __init__(self, waiter: Task, sent: float) -> None:
        self.waiter: Task | None = waiter
        self.sent = sent
        self.granted = False

    def expire(self) -> None:
        """Stop waiting."""
        waiter, self.waiter = self.waiter, None
        if waiter is not None:
            waiter.wake()


class Pool:
    """Connections of one component to one callee."""

    __slots__ = ("described", "limit", "size", "used", "wait", "waiting")

    def __init__(self, described: description.Pool) -> None:
        self.described = described
        self.size = described.size
        self.wait = described.wait
        self.limit = described.size
        self.used = 0
        self.waiting: deque[Ask] = deque()

    def give_back(self) -> None:
        """Pass the connection to the longest waiter, unless the pool has shrunk meanwhile."""
        self.used -= 1
        self.hand_out()

    def hand_out(self) -> None:
        """Serve waiters while there are free connections."""
        while self.waiting and self.used < self.limit:
            ask = self.waiting.popleft()
            waiter = ask.waiter
            if waiter is not None and waiter.alive:
                self.used += 1
                ask.granted = True
                ask.waiter = None
                waiter.wake()
