"""Writes that commute: losing a race means reading again, not giving up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from graph.client import Graph, Transaction
from labo.errors import Conflict

T = TypeVar("T")

ATTEMPTS = 5


async def again(
    graph: Graph,
    unit: Callable[[Transaction], Awaitable[T]],
    name: str,
    *,
    timeout_s: float | None = None,
) -> T:
    """Run `unit` until no other write came first, at most `ATTEMPTS` times; then Conflict."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await graph.write(unit, name=name, timeout_s=timeout_s)
        except Conflict:
            continue
    return await graph.write(unit, name=name, timeout_s=timeout_s)
