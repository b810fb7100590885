"""Lower bounds by Lagrangian relaxation, and covers found on the way.

Held and Karp's subgradient ascent as used for set covering by Beasley (European Journal of
Operational Research 31, 1987) and Caprara, Fischetti and Toth (Operations Research 47, 1999):
any prices on the pairs give a valid bound, so it may stop whenever its time is over.
"""

from __future__ import annotations

import numpy as np

from labo.domain.entities.series import FloatArray
from labo.domain.metric_sets.test_cover.budget import Budget
from labo.domain.metric_sets.test_cover.cover import Cover, IntArray
from labo.domain.metric_sets.test_cover.greedy import complete

ROUNDS = 300
"""Rounds at most, should neither the budget nor the step end the ascent. By judgement."""
PATIENCE = 15
"""Rounds without a better bound before the step is halved. By judgement, as those below; Beasley
takes 30 rounds."""
PRIMAL_EVERY = 10
"""Rounds between covers built from the current prices, since each costs as much as several rounds.
"""
SMALLEST_STEP = 0.005
"""Step, of 2 at first, below which the bound hardly moves any more; Beasley ends at the same."""


def ascend(cover: Cover, start: IntArray, budget: Budget) -> tuple[IntArray, float]:
    """(the best cover seen, a lower bound on any cover's cost)."""
    separates = cover.separates.astype(np.float64)
    best, cost = start, cover.cost(start)
    prices = _first_prices(cover)
    bound, top, step, stale = 0.0, prices, 2.0, 0
    for turn in range(ROUNDS):
        reduced = cover.costs - prices @ separates
        picked = reduced < 0
        value = float(prices @ cover.demands + reduced[picked].sum())
        stale = stale + 1 if value <= bound + 1e-9 else 0
        if value > bound:
            bound, top = value, prices
        if turn % PRIMAL_EVERY == 0:
            found = _cover_near(cover, reduced)
            if cover.cost(found) < cost - 1e-9:
                best, cost = found, cover.cost(found)
        if stale >= PATIENCE:
            step, stale, prices = step / 2, 0, top
            continue
        slope = cover.demands - separates @ picked
        length = float(slope @ slope)
        if rounded_up(cover, bound) >= cost - 1e-9 or length == 0 or step < SMALLEST_STEP:
            break
        if budget.left <= 0:
            break
        prices = np.maximum(0.0, prices + step * (1.02 * cost - value) / length * slope)
    return best, min(rounded_up(cover, bound), cost)


def linear_bound(cover: Cover, time_limit_s: float) -> float:
    """The linear relaxation's optimum (HiGHS), which no prices exceed; 0 when time is too short."""
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
    return rounded_up(cover, float(relaxed.fun))


def _first_prices(cover: Cover) -> FloatArray:
    """For each pair, the cost of its cheapest separator per pair that this separates."""
    per_pair = cover.costs / np.maximum(cover.separates.sum(axis=0), 1)
    dear = float(per_pair.max(initial=0.0)) + 1.0
    prices: FloatArray = np.where(cover.separates, per_pair[None, :], dear).min(
        axis=1, initial=dear
    )
    return prices


def _cover_near(cover: Cover, reduced: FloatArray) -> IntArray:
    start = np.flatnonzero(reduced < -1e-9)
    strongest = start[np.argsort(reduced[start], kind="stable")]
    return complete(cover, [int(j) for j in strongest[: max(1, start.size // 2)]], reduced)


def rounded_up(cover: Cover, bound: float) -> float:
    """The bound rounded up where all costs are integral, as the optimum then is integral too."""
    return float(np.ceil(bound - 1e-6)) if is_whole(cover) else bound


def is_whole(cover: Cover) -> bool:
    return bool((cover.costs == np.round(cover.costs)).all())
