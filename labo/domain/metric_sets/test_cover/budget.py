"""The time that a search may still take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Budget:
    """`seconds` from its creation on. It bounds effort only: whatever is found within is a valid
    answer at any machine's speed, so that reading the clock does not affect correctness.
    """

    seconds: float
    started: float = field(default_factory=time.perf_counter)

    @property
    def left(self) -> float:
        """Seconds, negative when it is used up."""
        return self.seconds - (time.perf_counter() - self.started)

    def finished(self, call: Callable[[], T]) -> T | None:
        """What `call` returns, or None when it does not return in time.

        For a solver that checks its own limit rarely: on a crowded machine one step of it took
        seconds. It continues in a thread that is not awaited, whose result is dropped, and which
        ends by the solver's own limit. When `call` fails, the thread prints the traceback, and the
        result is None.
        """
        results: list[T] = []
        thread = Thread(target=lambda: results.append(call()), daemon=True, name="solver")
        thread.start()
        thread.join(max(self.left, 0.0))
        return results[0] if results else None
