"""A signature table as a covering problem: pairs of causes to separate, metrics that do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labo.domain.metric_sets import SignatureTable, State
from labo.domain.series import FloatArray

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
HEALTHY = "healthy"

_CODES = {State.NORMAL: 0, State.LOW: 1, State.HIGH: 2, State.UNKNOWN: -1}


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Minimise `costs @ x` over binary x with `separates @ x >= demands`.

    `separates` has shape (pairs, metrics); `demands` is min(covers, available separators), so
    the whole is always feasible. `pairs` names the rows.
    """

    pairs: tuple[tuple[str, str], ...]
    separates: BoolArray
    demands: IntArray
    available: IntArray
    costs: FloatArray


def build_cover(table: SignatureTable, *, covers: int = 1, healthy: bool = True) -> Cover:
    """Pairs of causes, and each cause against *healthy* (all metrics normal) unless left out.

    A metric separates a pair when both its states are known and differ. Costs must be positive.
    """
    names = list(table.causes)
    codes = np.array(
        [[_code(table.states, cause, metric) for metric in table.metrics] for cause in names],
        dtype=np.int64,
    ).reshape(len(names), len(table.metrics))
    if healthy:
        names.append(HEALTHY)
        codes = np.vstack([codes, np.zeros((1, len(table.metrics)), dtype=np.int64)])
    first, second = np.triu_indices(len(names), k=1)
    known = (codes[first] >= 0) & (codes[second] >= 0)
    separates = known & (codes[first] != codes[second])
    available = separates.sum(axis=1).astype(np.int64)
    pairs = tuple((names[i], names[j]) for i, j in zip(first, second, strict=True))
    costs = np.array([table.costs.get(metric, 1.0) for metric in table.metrics], dtype=np.float64)
    return Cover(pairs, separates, np.minimum(available, covers), available, costs)


def _code(states: Mapping[str, Mapping[str, State]], cause: str, metric: str) -> int:
    return _CODES[states.get(cause, {}).get(metric, State.UNKNOWN)]


def greedy(cover: Cover) -> IntArray:
    """Metric indices: most unmet demand per cost first, then without what turned out needless.

    Within a factor ln(pairs) + 1 of the optimum (Chvátal 1979); deterministic.
    """
    left = cover.demands.copy()
    open_metrics = np.ones(cover.costs.size, dtype=bool)
    chosen: list[int] = []
    while (left > 0).any():
        gains = (cover.separates & (left > 0)[:, None]).sum(axis=0) * open_metrics
        best = int(np.argmax(gains / cover.costs))
        chosen.append(best)
        open_metrics[best] = False
        left = left - cover.separates[:, best]
    return _without_needless(cover, chosen)


def _without_needless(cover: Cover, chosen: list[int]) -> IntArray:
    met = cover.separates[:, chosen].sum(axis=1) if chosen else np.zeros(cover.demands.size)
    kept = list(chosen)
    for metric in sorted(chosen, key=lambda j: (-cover.costs[j], j)):
        without = met - cover.separates[:, metric]
        if (without >= cover.demands).all():
            met = without
            kept.remove(metric)
    return np.array(kept, dtype=np.int64)


def packing_bound(cover: Cover) -> float:
    """A lower bound on the cost: pairs that share no separator must each be paid for."""
    used = np.zeros(cover.costs.size, dtype=bool)
    bound = 0.0
    prices = np.array(
        [
            np.sort(cover.costs[row])[:demand].sum()
            for row, demand in zip(cover.separates, cover.demands, strict=True)
        ]
    )
    for pair in np.lexsort((-prices, cover.available)):
        row = cover.separates[pair]
        if cover.demands[pair] and not (row & used).any():
            used |= row
            bound += float(prices[pair])
    return bound


def useful_order(cover: Cover, chosen: IntArray) -> list[int]:
    """The chosen metrics, each the one that separates most of what is still unseparated."""
    left = cover.demands > 0
    rest, ordered = sorted(int(j) for j in chosen), []
    while rest:
        gains = [float((cover.separates[:, j] & left).sum()) / cover.costs[j] for j in rest]
        best = rest.pop(int(np.argmax(gains)))
        left = left & ~cover.separates[:, best]
        ordered.append(best)
    return ordered
