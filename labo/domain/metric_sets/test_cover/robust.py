"""Of sets that cost the same, the one whose measurements are hardest to confuse.

How well a set separates is the sum over pairs of 1 - exp(-s), where s is the sum of the strengths
of its metrics on the pair, at most ENOUGH: exp(-s) bounds the share of measurements that are taken
for the other cause's. The worst separated pairs count most. It is monotone and submodular, so that
taking the best metric each time comes within 1 - 1/e of the best set of that size (Nemhauser,
Wolsey and Fisher, Math. Programming 14, 1978).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from labo.domain.entities.series import FloatArray
from labo.domain.metric_sets.test_cover.budget import Budget
from labo.domain.metric_sets.test_cover.cover import Cover, IntArray

ENOUGH = 5.0
"""Strength per pair beyond which more counts for nothing: it confuses less than 1 % of measurements
(e⁻⁵). On servers 10 to 13 of `python -m benchmarks identification`, *varied* and *wide*, ten
metrics name .967 and .758 of the problems with it, .950 and .733 with 3, as many with 50."""
LEAST_GAIN = 1e-3
"""Gain in separation, in pairs, from which a metric is worth measuring. By judgement."""
MOST_ROUNDS = 6
"""Passes over the set; each may swap every metric once. By judgement: later ones rarely find a
swap."""


def clearness(cover: Cover, chosen: IntArray) -> float:
    """How clearly the metrics together separate the pairs; see the module."""
    return float(_separation(cover.strengths[:, chosen].sum(axis=1)[:, None])[0])


def _separation(strengths: FloatArray) -> FloatArray:
    """The separation by sets with these strengths, (pairs, sets); see the module."""
    separation: FloatArray = -np.expm1(-np.minimum(strengths, ENOUGH)).sum(axis=0)
    return separation


def polished(cover: Cover, chosen: IntArray, budget: Budget) -> IntArray:
    """Swap one metric at a time for a clearer one that costs no more and keeps the cover."""
    here = [int(j) for j in chosen]
    for _ in range(MOST_ROUNDS):
        before = list(here)
        for position in range(len(here)):
            if budget.left <= 0:
                return np.array(sorted(here), dtype=np.int64)
            here[position] = _clearest(cover, here, position)
        if here == before:
            break
    return np.array(sorted(here), dtype=np.int64)


def _clearest(cover: Cover, here: list[int], position: int) -> int:
    """The best metric for this position of the set, the present one unless another is better."""
    rest = here[:position] + here[position + 1 :]
    short = cover.demands - cover.separates[:, rest].sum(axis=1)
    # No pair lacks more than one separator: the present metric provides at most one.
    usable = cover.separates[short > 0].all(axis=0) & (cover.costs <= cover.costs[here[position]])
    usable[rest] = False
    candidates = np.flatnonzero(usable)
    base = cover.strengths[:, rest].sum(axis=1)
    values = _separation(base[:, None] + cover.strengths[:, candidates])
    present = float(values[np.flatnonzero(candidates == here[position])[0]])
    best = int(np.argmax(values))
    return int(candidates[best]) if values[best] > present + 1e-9 else here[position]


def best_of_size(cover: Cover, at_most: int, budget: Budget) -> IntArray:
    """At most so many metrics: as many pairs separated as can be, then as clearly."""
    free = replace(cover, strengths=_weights(cover), demands=np.zeros_like(cover.demands))
    return widened(free, np.array([], dtype=np.int64), at_most, budget)


def widened(cover: Cover, chosen: IntArray, at_most: int, budget: Budget) -> IntArray:
    """`chosen` with more metrics, at most so many, whatever they cost, as long as they separate
    more clearly; then each swapped for a clearer one that keeps the cover."""
    wider = [int(j) for j in chosen]
    covered = cover.strengths[:, wider].sum(axis=1)
    while len(wider) < at_most and cover.costs.size and budget.left > 0:
        values = _separation(covered[:, None] + cover.strengths)
        values[wider] = 0.0
        best = int(np.argmax(values))
        if values[best] <= _separation(covered[:, None])[0] + LEAST_GAIN:
            break
        wider.append(best)
        covered = covered + cover.strengths[:, best]
    alike = replace(cover, costs=np.ones_like(cover.costs))
    return polished(alike, np.array(wider, dtype=np.int64), budget)


def _weights(cover: Cover) -> FloatArray:
    """Half for separating at all, so that a pair's first separator counts more than clarity."""
    weights: FloatArray = np.where(cover.separates, 1.0 + cover.strengths, 0.0) / 2 * ENOUGH
    return weights
