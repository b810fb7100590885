"""Reduces a cover without losing an optimum, before the solver receives it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labo.domain.entities.series import FloatArray
from labo.domain.metric_sets.test_cover.cover import BoolArray, Cover, IntArray

Words = npt.NDArray[np.uint64]
MOST_COMPARED = 3_000
"""Rows or columns up to which all are compared; beyond, comparing costs more than it saves."""


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """`cover` over the metrics `metrics` (indices of the original); `forced` are chosen already."""

    cover: Cover
    metrics: IntArray
    forced: IntArray


def reduce_cover(cover: Cover, *, covers: int) -> Reduced:
    """Choose forced metrics; drop met and implied pairs and (at single cover) dominated metrics.

    A pair with no more separators than it demands forces them all. A pair whose separators
    include another's is met with it. A metric that separates a subset of what another does, at
    no less cost, is never needed; at multiple cover it may be, so it stays.
    """
    forced = (cover.separates & (cover.available == cover.demands)[:, None]).any(axis=0)
    left = cover.demands - cover.separates[:, forced].sum(axis=1)
    rows = np.flatnonzero(left > 0)
    columns = np.flatnonzero(~forced & cover.separates[rows].any(axis=0))
    separates = cover.separates[np.ix_(rows, columns)]
    if covers == 1 and rows.size:
        kept = _minimal_rows(separates)
        rows, separates = rows[kept], separates[kept]
        kept = _undominated(separates, cover.costs[columns])
        columns, separates = columns[kept], separates[:, kept]
    smaller = Cover(
        tuple(cover.pairs[row] for row in rows),
        separates,
        left[rows],
        separates.sum(axis=1).astype(np.int64),
        cover.costs[columns],
        cover.strengths[np.ix_(rows, columns)],
    )
    return Reduced(smaller, columns, np.flatnonzero(forced))


def _minimal_rows(separates: BoolArray) -> IntArray:
    """Rows whose separators include no other row's; one of each set of equals."""
    bits = _as_bits(separates)
    _, first = np.unique(bits, axis=0, return_index=True)
    first = np.sort(first)
    distinct = bits[first]
    if first.size > MOST_COMPARED:
        return first.astype(np.int64)
    sizes = separates[first].sum(axis=1)
    includes = _inside(distinct, distinct).T & (sizes[:, None] > sizes[None, :])
    kept: IntArray = first[~includes.any(axis=1)].astype(np.int64)
    return kept


def _undominated(separates: BoolArray, costs: FloatArray) -> IntArray:
    """Metrics not covered by another at no higher cost; of equals the first stays."""
    if costs.size > MOST_COMPARED:
        return np.arange(costs.size)
    columns = _as_bits(separates.T)
    inside = _inside(columns, columns)
    cheaper = costs[None, :] <= costs[:, None]
    equal = inside & inside.T & (costs[None, :] == costs[:, None])
    order = np.arange(costs.size)
    dominated = inside & cheaper & (~equal | (order[None, :] < order[:, None]))
    np.fill_diagonal(dominated, False)
    return np.flatnonzero(~dominated.any(axis=1))


def _as_bits(rows: BoolArray) -> Words:
    """Each row as a bit set of 64-bit words, shape (rows, words)."""
    packed = np.packbits(rows, axis=1)
    padded = np.zeros((rows.shape[0], -(-max(packed.shape[1], 1) // 8) * 8), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.uint64)


def _inside(ones: Words, others: Words) -> BoolArray:
    """[i, j]: whether set i lies within set j."""
    outside = np.zeros((len(ones), len(others)), dtype=bool)
    for word in range(ones.shape[1]):
        outside |= (ones[:, None, word] & ~others[None, :, word]) != 0
    return ~outside
