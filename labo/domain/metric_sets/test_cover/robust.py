"""Of sets that cost the same, the one whose measurements are hardest to confuse.

How well a set separates is the sum over pairs of min(ENOUGH, strengths of its metrics on the
pair): monotone and submodular, so that taking the best metric each time comes within 1 - 1/e of
the best set of that size (Nemhauser, Wolsey and Fisher, Math. Programming 14, 1978).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from labo.domain.entities.series import FloatArray
from labo.domain.metric_sets.test_cover.budget import Budget
from labo.domain.metric_sets.test_cover.cover import Cover, IntArray

ENOUGH = 2.0
"""Strength per pair beyond which more counts for nothing: two clear separators are as good as more.
By judgement."""
MOST_ROUNDS = 6
"""Passes over the set; each may swap every metric once. By judgement: later ones rarely find a
swap."""


def clearness(cover: Cover, chosen: IntArray) -> float:
    """How clearly the metrics together separate the pairs; see the module."""
    return float(np.minimum(cover.strengths[:, chosen].sum(axis=1), ENOUGH).sum())


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
    values = np.minimum(base[:, None] + cover.strengths[:, candidates], ENOUGH).sum(axis=0)
    present = float(values[np.flatnonzero(candidates == here[position])[0]])
    best = int(np.argmax(values))
    return int(candidates[best]) if values[best] > present + 1e-9 else here[position]


def best_of_size(cover: Cover, at_most: int, budget: Budget) -> IntArray:
    """At most so many metrics: as many pairs separated as can be, then as clearly."""
    weights = _weights(cover)
    covered = np.zeros(len(cover.pairs))
    chosen: list[int] = []
    while len(chosen) < at_most:
        gains = _gains(weights, covered)
        gains[chosen] = 0.0
        best = int(np.argmax(gains)) if gains.size else -1
        if best < 0 or gains[best] <= 0:
            break
        chosen.append(best)
        covered = covered + weights[:, best]
    # A swap must preserve only the number of metrics: demands are 0, each metric costs the same.
    free = replace(
        cover,
        strengths=weights,
        demands=np.zeros_like(cover.demands),
        costs=np.ones_like(cover.costs),
    )
    return polished(free, np.array(chosen, dtype=np.int64), budget)


def _weights(cover: Cover) -> FloatArray:
    """Half for separating at all, so that a pair's first separator counts more than clarity."""
    weights: FloatArray = np.where(cover.separates, 1.0 + cover.strengths, 0.0) / 2 * ENOUGH
    return weights


def _gains(weights: FloatArray, covered: FloatArray) -> FloatArray:
    before = np.minimum(covered, ENOUGH).sum()
    after = np.minimum(covered[:, None] + weights, ENOUGH).sum(axis=0)
    gains: FloatArray = after - before
    return gains
