"""A question about a minimal metric set as it travels to a solver."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, replace

from labo.domain.metric_sets.sets import Demand, MinimalSet, Pair, SignatureTable
from labo.domain.metric_sets.test_cover.solve import answer


@dataclass(frozen=True, slots=True)
class SetQuestion:
    table: SignatureTable
    demand: Demand
    pairs: Collection[Pair] | None
    time_limit_s: float


def solved(question: SetQuestion) -> MinimalSet:
    """The answer, with the time that it took. Raises InvalidInput."""
    started = time.perf_counter()
    minimal = answer(
        question.table,
        question.demand,
        pairs=question.pairs,
        time_limit_s=question.time_limit_s,
    )
    return replace(minimal, took_ms=round((time.perf_counter() - started) * 1000, 2))
