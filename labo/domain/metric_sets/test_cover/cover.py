"""A signature table as a covering problem: pairs of causes, and the metrics that separate them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labo.domain.entities.scale import SPREAD, growth
from labo.domain.entities.series import FloatArray
from labo.domain.metric_sets.sets import HEALTHY, Pair, SignatureTable, State

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

NOMINAL_SIZE = 10.0
"""Robust z-score assumed for a state of unmeasured size, as in `classification.model`."""
CLEAREST = 1.0
"""Strength of one metric at most: now and then a metric moves for unrelated reasons, so that three
that separate a pair well are better than one that does so perfectly. On servers 10 to 13 of
`python -m benchmarks identification`, *varied* and *wide*, ten metrics chosen with it name .967 and
.758 of the problems; with 0.5 .875 and .742, with 2 .958 and .733, with 4 .942 and .767."""
FAINTEST = 0.05
"""Strength of one whose states differ, whatever their sizes. By judgement."""
DOUBTFUL_GAP = 4.0
"""Difference below which two expected robust z-scores overlap between incidents: twice that
spread. By judgement."""

_CODES = {State.NORMAL: 0, State.LOW: -1, State.HIGH: 1, State.UNKNOWN: 9}
_UNKNOWN = _CODES[State.UNKNOWN]


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Minimise `costs @ x` over binary x with `separates @ x >= demands`.

    `separates` has shape (pairs, metrics); `demands` is min(covers, available separators), so
    the problem is always feasible. `pairs` names the rows. `strengths`, of the same shape, is from
    0 to 1 how clearly a metric separates a pair, also one with the same state under both, by how
    far it goes: the negative logarithm of their overlap. It decides between sets of equal cost.
    """

    pairs: tuple[Pair, ...]
    separates: BoolArray
    demands: IntArray
    available: IntArray
    costs: FloatArray
    strengths: FloatArray

    def cost(self, chosen: IntArray) -> float:
        return float(self.costs[chosen].sum())

    def is_met_by(self, chosen: IntArray) -> bool:
        return bool((self.separates[:, chosen].sum(axis=1) >= self.demands).all())


def build_cover(
    table: SignatureTable,
    *,
    covers: int = 1,
    healthy: bool = True,
    pairs: Collection[Pair] | None = None,
) -> Cover:
    """Pairs of causes, and each cause against *healthy* (all metrics normal) unless left out.

    A metric separates a pair when both its states are known and differ; where some do so by a
    clear gap, only those count. `pairs` restricts the problem to these (in either order). Costs
    must be positive.
    """
    names = (*table.causes, HEALTHY) if healthy else table.causes
    codes, sizes = _measurements(table, len(names))
    first, second = _rows(names, pairs)
    known = (codes[first] != _UNKNOWN) & (codes[second] != _UNKNOWN)
    separates = known & (codes[first] != codes[second])
    gaps = np.abs(sizes[first] - sizes[second])
    clear = separates & (gaps >= DOUBTFUL_GAP)
    separates = np.where(clear.any(axis=1)[:, None], clear, separates)
    least = np.where(separates, FAINTEST, 0.0)
    apart = np.minimum(_overlap_exponents(sizes[first], sizes[second]), CLEAREST)
    strengths = np.where(known, np.maximum(apart, least), 0.0)
    available = separates.sum(axis=1).astype(np.int64)
    named = tuple((names[i], names[j]) for i, j in zip(first, second, strict=True))
    costs = np.array([table.costs.get(metric, 1.0) for metric in table.metrics], dtype=np.float64)
    return Cover(named, separates, np.minimum(available, covers), available, costs, strengths)


def _overlap_exponents(one: FloatArray, other: FloatArray) -> FloatArray:
    """The Bhattacharyya distance of the z-scores expected under two causes, same shape: normal,
    with the spread between incidents. Its exponential bounds the share of measurements that are
    taken for the other's (Kailath, IEEE Trans. Communication Technology 15, 1967)."""
    spreads = [(SPREAD * growth(sizes)) ** 2 for sizes in (one, other)]
    total = spreads[0] + spreads[1]
    exponents: FloatArray = (one - other) ** 2 / (4 * total)
    exponents += 0.5 * np.log(total / (2 * np.sqrt(spreads[0] * spreads[1])))
    return exponents


def _measurements(table: SignatureTable, rows: int) -> tuple[IntArray, FloatArray]:
    """State codes and signed sizes, shape (rows, metrics); the row past the causes is healthy."""
    codes = np.zeros((rows, len(table.metrics)), dtype=np.int64)
    for i, cause in enumerate(table.causes):
        states = table.states.get(cause, {})
        codes[i] = [_CODES[states.get(metric, State.UNKNOWN)] for metric in table.metrics]
    sizes = np.where(codes == _UNKNOWN, 0.0, codes * NOMINAL_SIZE)
    position = {metric: j for j, metric in enumerate(table.metrics)}
    for i, cause in enumerate(table.causes):
        for metric, size in table.sizes.get(cause, {}).items():
            if metric in position and np.isfinite(size):
                sizes[i, position[metric]] = size
    return codes, sizes


def _rows(names: tuple[str, ...], pairs: Collection[Pair] | None) -> tuple[IntArray, IntArray]:
    if pairs is None:
        first, second = np.triu_indices(len(names), k=1)
        return first.astype(np.int64), second.astype(np.int64)
    index_of = {name: i for i, name in enumerate(names)}
    asked = {
        (min(index_of[a], index_of[b]), max(index_of[a], index_of[b]))
        for a, b in pairs
        if a in index_of and b in index_of and a != b
    }
    ordered = np.array(sorted(asked), dtype=np.int64).reshape(len(asked), 2)
    return ordered[:, 0], ordered[:, 1]
