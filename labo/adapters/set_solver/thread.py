"""In a thread of this process: for commands and workers, whose own work is to wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from labo.adapters.set_solver.question import SetQuestion, solved
from labo.domain.metric_sets.sets import Demand, MinimalSet, Pair, SignatureTable


class ThreadSolver:
    async def solve(
        self,
        table: SignatureTable,
        demand: Demand,
        *,
        pairs: Collection[Pair] | None = None,
        time_limit_s: float,
    ) -> MinimalSet:
        """See `labo.ports.set_solver`. Any number at once."""
        question = SetQuestion(table, demand, pairs, time_limit_s)
        return await asyncio.to_thread(solved, question)

    async def close(self) -> None:
        """Nothing is held."""
