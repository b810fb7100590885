"""Minimal metric sets: exact with a proof, or greedy with a bound.

The problem is the minimum test collection (Garey and Johnson, *Computers and Intractability*,
SP6), solved as a test cover (De Bontridder et al., Math. Programming 98, 2003): one covering row
per pair of causes. Adaptive, one metric at a time: `labo/domain/metric_sets/plans.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from labo.domain.metric_sets.sets import (
    Demand,
    Measurement,
    MinimalSet,
    Pair,
    SignatureTable,
    excluded,
    priced,
)
from labo.domain.metric_sets.test_cover.budget import Budget
from labo.domain.metric_sets.test_cover.cover import Cover, IntArray, build_cover
from labo.domain.metric_sets.test_cover.exact import improve
from labo.domain.metric_sets.test_cover.greedy import greedy, useful_order
from labo.domain.metric_sets.test_cover.reduction import Reduced, reduce_cover
from labo.domain.metric_sets.test_cover.relaxation import ascend
from labo.domain.metric_sets.test_cover.remedies import remedies
from labo.domain.metric_sets.test_cover.robust import best_of_size, polished, widened

TOLERANCE = 1e-9
"""Differences of costs below it are rounding."""
ASCENT_SHARE = 0.35
"""Share of the budget for the ascent, whose bounds are valid at any time; the rest is for the
proof. By judgement."""
GREEDY_S = 0.05
"""Budget of an answer without a time limit: a request that must not wait. By judgement."""
MOST_COVERS = 3
"""Separators per pair that are tried first when the number of metrics determines how many there can
be. By judgement."""


def greedy_set(
    table: SignatureTable,
    *,
    covers: int | None = 1,
    healthy: bool = True,
    pairs: Collection[Pair] | None = None,
    at_most: int | None = None,
) -> MinimalSet:
    """A good set within milliseconds, with a lower bound that proves it when they meet.

    Without branch and cut; otherwise as `minimal_set`.
    """
    question = _Question(table, healthy, pairs, at_most, Budget(GREEDY_S), exact=False)
    return question.answer(covers)


def minimal_set(
    table: SignatureTable,
    *,
    covers: int | None = 1,
    healthy: bool = True,
    time_limit_s: float = 10.0,
    pairs: Collection[Pair] | None = None,
    at_most: int | None = None,
) -> MinimalSet:
    """The cheapest metrics that separate each separable pair `covers` times, where they can.

    `proven` when the gap was closed within `time_limit_s`, which bounds the whole call; otherwise
    the best set found with a lower bound on any set's cost. Costs must be positive; of sets that
    cost the same, the clearer one is preferred. `pairs` restricts the problem to these.

    With `at_most` metrics, where they do not suffice, as many pairs as possible are separated.
    `covers` None then means the highest of 3, 2, 1 whose set has no more metrics than that, and as
    many more as make the causes harder to confuse.
    `took_ms` is left to the caller.
    """
    question = _Question(table, healthy, pairs, at_most, Budget(time_limit_s), exact=True)
    return question.answer(covers)


def answer(
    table: SignatureTable,
    demand: Demand,
    *,
    pairs: Collection[Pair] | None = None,
    time_limit_s: float | None = None,
) -> MinimalSet:
    """The set that meets `demand`, with remedies for the pairs that no metric separates.

    The greedy one without a time limit. Raises InvalidInput for an exclusion that matches no
    metric.
    """
    left_out = excluded(table, demand.exclude)
    full = replace(table, costs=priced(table, demand.costs))
    allowed = replace(full, metrics=tuple(m for m in table.metrics if m not in left_out))
    exact = time_limit_s is not None
    question = _Question(
        allowed, demand.healthy, pairs, demand.at_most, Budget(time_limit_s or GREEDY_S), exact
    )
    minimal = question.answer(demand.covers)
    return replace(minimal, remedies=remedies(full, left_out, minimal.indistinguishable))


class _Question:
    """One call: the table, the demand, and the time budget."""

    def __init__(
        self,
        table: SignatureTable,
        healthy: bool,
        pairs: Collection[Pair] | None,
        at_most: int | None,
        budget: Budget,
        exact: bool,
    ) -> None:
        self._table, self._at_most, self._budget, self._exact = table, at_most, budget, exact
        self._single = build_cover(table, covers=1, healthy=healthy, pairs=pairs)

    def answer(self, covers: int | None) -> MinimalSet:
        if self._at_most is None:
            return self._found(covers or 1, *self._search(self._cover(covers or 1), covers or 1))
        for often in (covers,) if covers else range(MOST_COVERS, 0, -1):
            cover = self._cover(often)
            chosen, bound = self._search(cover, often)
            if chosen.size > self._at_most:
                chosen, _ = self._search(replace(cover, costs=np.ones_like(cover.costs)), often)
            if chosen.size <= self._at_most:
                if covers is None:
                    return self._widest(often, chosen, bound)
                return self._found(often, chosen, bound)
        chosen = best_of_size(self._single, self._at_most, self._budget)
        return self._found(covers or 1, chosen, 0.0)

    def _widest(self, covers: int, chosen: IntArray, bound: float) -> MinimalSet:
        """The clearest set of at most so many, if it separates all that `chosen` does; else
        `chosen` and what makes it clearer."""
        most, single = self._at_most or chosen.size, self._cover(1)
        free = replace(single, demands=np.zeros_like(single.demands))
        clearest = widened(free, chosen[:0], most, self._budget)
        if not single.is_met_by(clearest):
            wider = widened(self._cover(covers), chosen, most, self._budget)
            return self._found(covers, wider, bound)
        often = max(o for o in range(1, covers + 1) if self._cover(o).is_met_by(clearest))
        return self._found(often, clearest, bound if often == covers else 0.0)

    def _cover(self, covers: int) -> Cover:
        return replace(self._single, demands=np.minimum(self._single.available, covers))

    def _search(self, cover: Cover, covers: int) -> tuple[IntArray, float]:
        """(a cover, a lower bound on the cost of any)."""
        budget = Budget(self._budget.left * (1 if self._at_most is None else 0.3))
        reduced = reduce_cover(cover, covers=covers)
        inner = reduced.cover
        chosen, bound = ascend(inner, greedy(inner), Budget(budget.left * ASCENT_SHARE))
        if self._exact and inner.cost(chosen) > bound + TOLERANCE:
            chosen, bound = improve(inner, chosen, bound, budget)
        whole = polished(cover, _restore(reduced, chosen), budget)
        return whole, float(cover.costs[reduced.forced].sum()) + bound

    def _found(self, covers: int, chosen: IntArray, bound: float) -> MinimalSet:
        table, cover = self._table, self._cover(covers)
        cost, everything = cover.cost(chosen), float(cover.costs.sum())
        met = cover.separates[:, chosen].sum(axis=1)
        short = (cover.available > 0) & (cover.available < covers)
        left = (cover.available > 0) & (met == 0)
        proven = not left.any() and cost <= bound + 1e-6 * max(1.0, cost)
        order, gains = useful_order(cover, chosen)
        return MinimalSet(
            metrics=tuple(table.metrics[j] for j in order),
            cost=cost,
            proven=proven,
            lower_bound=cost if proven else 0.0 if left.any() else bound,
            indistinguishable=tuple(cover.pairs[i] for i in np.flatnonzero(cover.available == 0)),
            under_covered=tuple(cover.pairs[i] for i in np.flatnonzero(short)),
            covers=covers,
            saving=1 - cost / everything if everything > 0 else 0.0,
            unseparated=tuple(cover.pairs[i] for i in np.flatnonzero(left)),
            rivals=table.causes,
            measurements=tuple(
                Measurement(table.metrics[j], float(cover.costs[j]), round(gain, 6))
                for j, gain in zip(order, gains, strict=True)
            ),
        )


def _restore(reduced: Reduced, chosen: IntArray) -> IntArray:
    return np.sort(np.concatenate([reduced.forced, reduced.metrics[chosen]]))
