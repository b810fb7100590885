"""How much of requests' bodies a process holds at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from labo.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

BUDGET_BYTES = 32_000_000
"""Of all bodies together, as they came and decompressed: six of the largest. Each is joined, parsed
and normalised, which takes several times its size."""

LARGE_BYTES = 100_000
"""From which reading a body would hold up other requests."""
_THREADS = 2
"""That read large bodies. Each may need thirty times the size of a body of empty JSON objects."""
_readers = ThreadPoolExecutor(_THREADS, thread_name_prefix="bodies")


class BodyBudget:
    """What a process may hold: `most` bytes."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, size: int) -> None:
        """Raises Unavailable when there is no room for `size` more."""
        if size > self._left:
            raise Unavailable("too many large requests at once", retry_after=2)
        self._left -= size

    def give_back(self, size: int) -> None:
        self._left += size


class HeldBody:
    """What one request holds of the budget until it is answered.

    `received` counts the bytes as they came.
    """

    __slots__ = ("_budget", "_size", "received")

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self._size = 0
        self.received = 0

    def receive(self, size: int) -> None:
        """Raises Unavailable."""
        self.take(size)
        self.received += size

    def take(self, size: int) -> None:
        """For what is made of the body. Raises Unavailable."""
        self._budget.take(size)
        self._size += size

    def release(self) -> None:
        self._budget.give_back(self._size)
        self._size = 0

    def hand_over(self, reading: Future[T]) -> None:
        """Let `reading` hold what the request holds: it goes on when the request is given up."""
        size, self._size = self._size, 0
        loop, give_back = asyncio.get_running_loop(), self._budget.give_back
        reading.add_done_callback(lambda _: loop.call_soon_threadsafe(give_back, size))


_HELD: ContextVar[HeldBody | None] = ContextVar("held_body", default=None)


@contextmanager
def holding(budget: BodyBudget) -> Iterator[HeldBody]:
    """Counts what the present request holds, until it is answered."""
    held = HeldBody(budget)
    token = _HELD.set(held)
    try:
        yield held
    finally:
        _HELD.reset(token)
        held.release()


def held_body() -> HeldBody | None:
    """What the present request holds, None where nothing counts it."""
    return _HELD.get()


async def read_in_thread(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`read` on a large body, without holding up other requests; few at once."""
    reading = _readers.submit(read, *args, **kwargs)
    held = held_body()
    if held is not None:
        held.hand_over(reading)
    return await asyncio.wrap_future(reading)
