"""Branch and cut (HiGHS): the proof that nothing cheaper exists, or what is cheaper."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from labo.domain.metric_sets.test_cover.budget import Budget
from labo.domain.metric_sets.test_cover.cover import Cover, IntArray
from labo.domain.metric_sets.test_cover.relaxation import is_whole, linear_bound, rounded_up

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

INFEASIBLE = 2
"""Status of `scipy.optimize.milp` when no set meets the constraints."""
LINEAR_SHARE = 0.4
SHARE = 0.6
"""Shares of the remaining budget for the linear relaxation, and then for branch and cut. The solver
checks its clock rarely and overshoots its limit, so neither is given all of it. By judgement."""
WORTHWHILE_S = 0.02
"""Seconds below which starting the solver is not worthwhile. By judgement: about what setting it up
takes."""
MOST_PRESOLVED = 100_000
"""Matrix cells up to which presolving pays; beyond, it may take seconds without interruption."""
MOST_CELLS = 4_000_000
"""Matrix cells beyond which the solver would not even start in time."""


def improve(cover: Cover, start: IntArray, bound: float, budget: Budget) -> tuple[IntArray, float]:
    """(best set, lower bound): searches only for sets cheaper than `start`; if there is none,
    `start` is proven optimal.

    The linear relaxation comes first, since branch and cut that is stopped early has no bound.
    """
    if budget.left < WORTHWHILE_S or cover.separates.size > MOST_CELLS:
        return start, bound
    limit = budget.left * LINEAR_SHARE
    linear = budget.finished(lambda: linear_bound(cover, limit))
    bound = max(bound, linear or 0.0)
    best = cover.cost(start)
    if best <= bound + 1e-9 or budget.left < WORTHWHILE_S:
        return start, bound
    proof_limit = budget.left * SHARE
    found = budget.finished(lambda: _branch_and_cut(cover, best, proof_limit))
    if found is None:
        return start, bound
    if found.status == INFEASIBLE:
        return start, best
    if found.x is not None:
        proposed = np.flatnonzero(np.round(found.x) > 0)
        if cover.is_met_by(proposed):
            start = proposed
    dual = getattr(found, "mip_dual_bound", None)
    if dual is not None and math.isfinite(dual):
        bound = max(bound, min(rounded_up(cover, float(dual)), best))
    return start, bound


def _branch_and_cut(cover: Cover, best: float, time_limit_s: float) -> OptimizeResult:
    from scipy.optimize import Bounds, LinearConstraint, milp

    return milp(
        cover.costs,
        integrality=np.ones(cover.costs.size, dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(cover.separates.astype(np.float64), lb=cover.demands),
            LinearConstraint(cover.costs[None, :], ub=best - _smallest_step(cover, best)),
        ],
        options={
            "time_limit": time_limit_s,
            "mip_rel_gap": 0.0,
            "presolve": cover.separates.size <= MOST_PRESOLVED,
        },
    )


def _smallest_step(cover: Cover, best: float) -> float:
    """By how much a better set is cheaper at least (integral costs), or by enough to matter."""
    return 0.5 if is_whole(cover) else 1e-6 * best
