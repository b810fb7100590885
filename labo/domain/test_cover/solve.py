"""Minimal metric sets: exact with a proof, or greedy with a bound.

The problem is the minimum test collection (Garey and Johnson, *Computers and Intractability*,
SP6), solved as a test cover (De Bontridder et al., Math. Programming 98, 2003): one covering row
per pair of causes. Adaptive readings in sequence are generalised binary search.
"""

from __future__ import annotations

import math

import numpy as np

from labo.domain.metric_sets import MinimalSet, SignatureTable
from labo.domain.test_cover.cover import (
    Cover,
    IntArray,
    build_cover,
    greedy,
    packing_bound,
    useful_order,
)
from labo.domain.test_cover.reduction import Reduced, reduce_cover

TOLERANCE = 1e-9
INFEASIBLE = 2
"""Status of `scipy.optimize.milp` when no set meets the constraints."""


def greedy_set(table: SignatureTable, *, covers: int = 1, healthy: bool = True) -> MinimalSet:
    """A good set within milliseconds, with a lower bound that proves it when they meet."""
    cover = build_cover(table, covers=covers, healthy=healthy)
    reduced = reduce_cover(cover, covers=covers)
    chosen = _restore(reduced, greedy(reduced.cover))
    bound = float(cover.costs[reduced.forced].sum()) + packing_bound(reduced.cover)
    return _answer(table, cover, chosen, bound, covers)


def minimal_set(
    table: SignatureTable, *, covers: int = 1, healthy: bool = True, time_limit_s: float = 10.0
) -> MinimalSet:
    """The cheapest metrics that separate each separable pair `covers` times, where they can.

    `proven` when the solver closed the gap within `time_limit_s`; otherwise the best set found
    with a lower bound on any set's cost. Costs must be positive. Deterministic when proven in
    cost; `took_ms` is left to the caller, who has a clock.
    """
    cover = build_cover(table, covers=covers, healthy=healthy)
    reduced = reduce_cover(cover, covers=covers)
    paid = float(cover.costs[reduced.forced].sum())
    chosen = greedy(reduced.cover)
    bound = packing_bound(reduced.cover)
    if _cost(reduced.cover, chosen) > bound + TOLERANCE:
        chosen, bound = _solve(reduced.cover, chosen, bound, time_limit_s)
    return _answer(table, cover, _restore(reduced, chosen), paid + bound, covers)


def _solve(
    cover: Cover, start: IntArray, bound: float, time_limit_s: float
) -> tuple[IntArray, float]:
    """(best set, lower bound): the linear relaxation, then branch and cut (HiGHS) at gap 0.

    The relaxation comes first, in a third of the time, since branch and cut that is cut off in
    its presolve has no bound to show.
    """
    bound = max(bound, _relaxed_bound(cover, time_limit_s / 3))
    if _cost(cover, start) <= bound + TOLERANCE:
        return start, bound
    return _improve(cover, start, bound, time_limit_s * 2 / 3)


def _relaxed_bound(cover: Cover, time_limit_s: float) -> float:
    from scipy.optimize import linprog

    relaxed = linprog(
        cover.costs,
        A_ub=-cover.separates.astype(np.float64),
        b_ub=-cover.demands.astype(np.float64),
        bounds=(0, 1),
        method="highs",
        options={"time_limit": time_limit_s},
    )
    if relaxed.fun is None or relaxed.status != 0:
        return 0.0
    return _rounded_up(cover, float(relaxed.fun))


def _improve(
    cover: Cover, start: IntArray, bound: float, time_limit_s: float
) -> tuple[IntArray, float]:
    """Look only for sets cheaper than `start`: when there are none, `start` is proven."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    best = _cost(cover, start)
    found = milp(
        cover.costs,
        integrality=np.ones(cover.costs.size, dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(cover.separates.astype(np.float64), lb=cover.demands),
            LinearConstraint(cover.costs[None, :], ub=best - _smallest_step(cover, best)),
        ],
        options={"time_limit": time_limit_s, "mip_rel_gap": 0.0},
    )
    if found.status == INFEASIBLE:
        return start, best
    if found.x is not None:
        proposed = np.flatnonzero(np.round(found.x) > 0)
        if (cover.separates[:, proposed].sum(axis=1) >= cover.demands).all():
            start = proposed
    dual = getattr(found, "mip_dual_bound", None)
    if dual is not None and math.isfinite(dual):
        bound = max(bound, min(_rounded_up(cover, float(dual)), best))
    return start, bound


def _smallest_step(cover: Cover, best: float) -> float:
    """By how much a better set is cheaper at least (whole costs), or enough to matter."""
    return 0.5 if _is_whole(cover) else 1e-6 * best


def _is_whole(cover: Cover) -> bool:
    return bool((cover.costs == np.round(cover.costs)).all())


def _rounded_up(cover: Cover, bound: float) -> float:
    """With whole costs the optimum is whole too."""
    return float(math.ceil(bound - 1e-6)) if _is_whole(cover) else bound


def _cost(cover: Cover, chosen: IntArray) -> float:
    return float(cover.costs[chosen].sum())


def _restore(reduced: Reduced, chosen: IntArray) -> IntArray:
    return np.sort(np.concatenate([reduced.forced, reduced.metrics[chosen]]))


def _answer(
    table: SignatureTable, cover: Cover, chosen: IntArray, bound: float, covers: int
) -> MinimalSet:
    cost, everything = _cost(cover, chosen), float(cover.costs.sum())
    proven = cost <= bound + 1e-6 * max(1.0, cost)
    short = (cover.available > 0) & (cover.available < covers)
    return MinimalSet(
        metrics=tuple(table.metrics[j] for j in useful_order(cover, chosen)),
        cost=cost,
        proven=proven,
        lower_bound=cost if proven else bound,
        indistinguishable=tuple(cover.pairs[i] for i in np.flatnonzero(cover.available == 0)),
        under_covered=tuple(cover.pairs[i] for i in np.flatnonzero(short)),
        covers=covers,
        saving=1 - cost / everything if everything > 0 else 0.0,
    )
