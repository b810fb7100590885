"""Good covers in milliseconds, and the order in which to measure their metrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labo.domain.entities.series import FloatArray
from labo.domain.metric_sets.test_cover.cover import Cover, IntArray


def greedy(cover: Cover) -> IntArray:
    """Metric indices: most unmet demand per cost first, finally without redundant ones.

    Within a factor ln(pairs) + 1 of the optimum (Chvátal 1979); deterministic. Of equally good
    metrics it takes the one that separates more clearly.
    """
    return complete(cover, (), cover.costs)


def complete(cover: Cover, start: Sequence[int], prices: FloatArray) -> IntArray:
    """A cover that begins with `start` and is completed at `prices`, without redundant metrics."""
    chosen = list(start)
    left = cover.demands - cover.separates[:, chosen].sum(axis=1)
    taken = np.zeros(cover.costs.size, dtype=bool)
    taken[chosen] = True
    floor = np.maximum(prices, 1e-9 + 1e-6 * cover.costs)
    clearness = _clearness(cover)
    while (left > 0).any():
        gains = cover.separates[left > 0].sum(axis=0) * ~taken / floor
        best = int(np.argmax(gains * (1 + 1e-6 * clearness)))
        chosen.append(best)
        taken[best] = True
        left = left - cover.separates[:, best]
    return without_needless(cover, chosen)


def _clearness(cover: Cover) -> FloatArray:
    """Mean strength of each metric over the pairs that it separates."""
    counts = np.maximum(cover.separates.sum(axis=0), 1)
    clearness: FloatArray = np.where(cover.separates, cover.strengths, 0.0).sum(axis=0) / counts
    return clearness


def without_needless(cover: Cover, chosen: Sequence[int]) -> IntArray:
    """`chosen` without the metrics that the others make redundant, the dearest removed first."""
    met = cover.separates[:, list(chosen)].sum(axis=1)
    kept = list(chosen)
    for metric in sorted(chosen, key=lambda j: (-cover.costs[j], j)):
        without = met - cover.separates[:, metric]
        if (without >= cover.demands).all():
            met = without
            kept.remove(metric)
    return np.array(sorted(kept), dtype=np.int64)


def useful_order(cover: Cover, chosen: IntArray) -> tuple[list[int], list[float]]:
    """The chosen metrics, each the one that separates most of the still unseparated pairs, and
    their gains: the share of all pairs that each is the first to separate.
    """
    left = cover.demands > 0
    pairs = max(1, cover.demands.size)
    rest, ordered, gains = sorted(int(j) for j in chosen), [], []
    while rest:
        counts = [float((cover.separates[:, j] & left).sum()) for j in rest]
        worth = [count / cover.costs[j] for count, j in zip(counts, rest, strict=True)]
        best = int(np.argmax(worth))
        gains.append(counts[best] / pairs)
        ordered.append(rest.pop(best))
        left = left & ~cover.separates[:, ordered[-1]]
    return ordered, gains
