"""How much of requests' bodies a process holds at once."""

from __future__ import annotations

from starlette.types import Scope

from labo.errors import Unavailable

BUDGET_BYTES = 32_000_000
"""Of all bodies together, as they came and decompressed: six of the largest. Each is joined, parsed
and normalised, which takes several times its size."""

_HELD = "labo.body"


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


def hold(scope: Scope, budget: BodyBudget) -> HeldBody:
    """Begin to count what the request of `scope` holds."""
    held = scope[_HELD] = HeldBody(budget)
    return held


def held_body(scope: Scope) -> HeldBody | None:
    """What the request of `scope` holds, None where nothing counts it."""
    found: HeldBody | None = scope.get(_HELD)
    return found
