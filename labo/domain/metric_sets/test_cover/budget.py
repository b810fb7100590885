"""How long a search may still take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Budget:
    """`seconds` from its making on. It bounds effort only: what is found within is a valid answer
    whatever the machine's speed, so this stopwatch is no input to the result's meaning.
    """

    seconds: float
    started: float = field(default_factory=time.perf_counter)

    @property
    def left(self) -> float:
        """Seconds, negative when it is used up."""
        return self.seconds - (time.perf_counter() - self.started)

    def finished(self, call: Callable[[], T]) -> T | None:
        """What `call` returns, or None when it is not back in time.

        For a solver that looks at its own limit seldom: on a crowded machine one step of it took
        seconds. It goes on in a thread that is not awaited, whose result is dropped, and which
        ends by the solver's own limit. When `call` fails, the thread says why, and None comes back.
        """
        results: list[T] = []
        thread = Thread(target=lambda: results.append(call()), daemon=True, name="solver")
        thread.start()
        thread.join(max(self.left, 0.0))
        return results[0] if results else None
