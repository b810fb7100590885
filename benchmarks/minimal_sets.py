"""Minimal metric sets of random signature tables: proof, bound, time, and greedy beside."""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import scipy.optimize  # noqa: F401  # loaded before the clock starts

from benchmarks.table import Table
from labo.domain.metric_sets.sets import SignatureTable, State
from labo.domain.metric_sets.test_cover.solve import greedy_set, minimal_set

REPEATS = 5
STATES = (State.NORMAL, State.HIGH, State.LOW, State.UNKNOWN)


def random_table(causes: int, metrics: int, seed: int) -> SignatureTable:
    """States normal 60 %, high 20 %, low 10 %, unknown 10 %; whole costs from 1 to 9."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(4, size=(causes, metrics), p=(0.6, 0.2, 0.1, 0.1))
    names = tuple(f"m{j}" for j in range(metrics))
    states = {
        f"c{i}": {name: STATES[code] for name, code in zip(names, row, strict=True)}
        for i, row in enumerate(codes)
    }
    costs = {
        name: float(cost) for name, cost in zip(names, rng.integers(1, 10, metrics), strict=True)
    }
    return SignatureTable(tuple(states), names, states, costs)


def run() -> Table:
    """10 x 100 is to be proven within 1 s, 50 x 200 answered within 2 s with a bound."""
    rows = [_row(*case) for case in ((10, 100, 1, 1.0), (10, 100, 2, 1.0), (50, 200, 1, 2.0))]
    columns = (
        "causes x metrics",
        "cover",
        "proven",
        "median s",
        "largest s",
        "cost above bound",
        "greedy above best",
        "greedy median ms",
    )
    return Table("Minimal metric sets", columns, rows, ("Five random tables each, costs 1 to 9.",))


def _row(causes: int, metrics: int, covers: int, limit_s: float) -> tuple[object, ...]:
    seconds, quick, gaps, excess, proven = [], [], [], [], 0
    for seed in range(REPEATS):
        table = random_table(causes, metrics, seed)
        start = time.perf_counter()
        best = minimal_set(table, covers=covers, time_limit_s=limit_s * 0.6)
        seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        greedy = greedy_set(table, covers=covers)
        quick.append((time.perf_counter() - start) * 1000)
        gaps.append(best.cost / best.lower_bound - 1)
        excess.append(greedy.cost / best.cost - 1)
        proven += best.proven
    return (
        f"{causes} x {metrics}",
        covers,
        f"{proven}/{REPEATS}",
        median(seconds),
        max(seconds),
        f"{max(gaps):.1%}",
        f"{median(excess):.1%}",
        median(quick),
    )
