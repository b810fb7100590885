"""Finding minimal metric sets somewhere that the caller need not wait in line with."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from labo.domain.metric_sets.sets import Demand, MinimalSet, Pair, SignatureTable


class SetSolver(Protocol):
    async def solve(
        self,
        table: SignatureTable,
        demand: Demand,
        *,
        pairs: Collection[Pair] | None = None,
        time_limit_s: float,
    ) -> MinimalSet:
        """As `labo.domain.metric_sets.test_cover.solve.answer`, with `took_ms`.

        Raises InvalidInput as it does, and Unavailable when too many questions wait already, or
        when a search neither ends nor gives up near its limit.
        """
        ...

    async def close(self) -> None:
        """Let go of what solving needs; a question under way fails."""
        ...
