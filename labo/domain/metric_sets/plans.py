"""Measuring one metric after the other: which next, its expected information, and when to stop.

Choosing the test with the largest expected information gain per cost is generalised binary search
with costs and noisy answers: within a logarithmic factor of the best decision tree, finding which
is NP-complete (Hyafil and Rivest, Information Processing Letters 5, 1976; Dasgupta, NIPS 2004;
Nowak, IEEE Trans. Information Theory 57, 2011; noise: Golovin, Krause and Ray, NIPS 2010). In
diagnosis: de Kleer and Williams, Artificial Intelligence 32, 1987.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from labo.domain.entities.series import FloatArray
from labo.domain.metric_sets.sets import (
    HEALTHY,
    Demand,
    SignatureTable,
    State,
    excluded,
    priced,
)

MEASURED_STATES = (State.HIGH, State.LOW, State.NORMAL)
LARGEST_PRIOR = 1e300
"""A prior with a larger weight is scaled down first, since its sum would be infinite."""
RELIABILITY = 0.9
"""Probability of the expected state; the rest is shared by the other two. By judgement, not
measured."""
SURE_FROM = 0.9
"""Probability from which a plan ends; CONFIRMED requires the same."""
WORTHWHILE_BITS = 0.01
"""Expected gain below which a metric is not worth measuring. By judgement: a hundred such metrics
would be needed to distinguish two causes."""
MAX_DEPTH = 6
"""Depth of a plan at most: three outcomes per measurement, so 3⁶ = 729 leaves."""


class Stop(StrEnum):
    SURE = "sure"
    """One cause has reached a probability of `SURE_FROM`."""
    NOTHING_HELPS = "nothing_helps"
    """No remaining metric is expected to be informative."""
    DEPTH = "depth"
    """The plan's depth is reached, though the search could continue."""


@dataclass(frozen=True, slots=True)
class Step:
    """`metric` has an expected gain of `gain` bits; `posterior[state]` are the probabilities of the
    causes once it is measured in that state, `chances[state]` the probability of that.
    """

    metric: str
    cost: float
    gain: float
    chances: Mapping[State, float]
    posterior: Mapping[State, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a plan: reached by `measurements` (metric, state) with probability `chance`.

    Either `step` is what to measure next, or `stop` why to end here. `parent` is the index of the
    parent node, None at the root.
    """

    measurements: tuple[tuple[str, State], ...]
    parent: int | None
    chance: float
    probabilities: Mapping[str, float]
    step: Step | None
    stop: Stop | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Nodes of a decision tree, a parent before its children; the root is the first.

    `expected_cost` is the expected cost of following it, `expected_sure` the probability that it
    ends with one sure cause.
    """

    nodes: tuple[Node, ...]
    expected_cost: float
    expected_sure: float


def next_metric(
    table: SignatureTable,
    *,
    prior: Mapping[str, float] | None = None,
    read: Mapping[str, State] | None = None,
    healthy: bool = True,
) -> Step | None:
    """What to measure next, given what was `read`; None when one cause is sure or nothing helps.

    `prior` weighs the causes (and "healthy"), by default equally; it need not sum to 1.
    """
    search = _Search(table, healthy)
    known = dict(read or {})
    weights = search.after(search.weights(prior), known)
    return search.step(weights, known) if weights.max(initial=0.0) < SURE_FROM else None


def posterior(
    table: SignatureTable,
    read: Mapping[str, State],
    *,
    prior: Mapping[str, float] | None = None,
    healthy: bool = True,
) -> dict[str, float]:
    """Probability of each cause (and "healthy") given the states that were `read`; sums to 1."""
    search = _Search(table, healthy)
    return search.named(search.after(search.weights(prior), read))


def plan(
    table: SignatureTable,
    *,
    depth: int = 3,
    prior: Mapping[str, float] | None = None,
    healthy: bool = True,
) -> Plan:
    """The decision tree of at most `depth` (up to six) measurements, the most informative first."""
    search = _Search(table, healthy)
    nodes: list[Node] = []
    _grow(search, nodes, search.weights(prior), (), None, 1.0, min(depth, MAX_DEPTH))
    cost = sum(node.chance * node.step.cost for node in nodes if node.step)
    sure = sum(node.chance for node in nodes if node.stop is Stop.SURE)
    return Plan(tuple(nodes), cost, min(sure, 1.0))


def plan_for(
    table: SignatureTable,
    demand: Demand,
    *,
    depth: int = 3,
    prior: Mapping[str, float] | None = None,
) -> Plan:
    """`plan` without the metrics that `demand` excludes, at its costs.

    Raises InvalidInput for an exclusion that matches no metric.
    """
    left_out = excluded(table, demand.exclude)
    left = tuple(m for m in table.metrics if m not in left_out)
    narrowed = replace(table, metrics=left, costs=priced(table, demand.costs))
    return plan(narrowed, depth=depth, prior=prior, healthy=demand.healthy)


def _grow(
    search: _Search,
    nodes: list[Node],
    weights: FloatArray,
    measurements: tuple[tuple[str, State], ...],
    parent: int | None,
    chance: float,
    depth: int,
) -> None:
    step, stop = None, None
    if weights.max(initial=0.0) >= SURE_FROM:
        stop = Stop.SURE
    elif depth == 0:
        stop = Stop.DEPTH
    else:
        step = search.step(weights, dict(measurements))
        stop = None if step else Stop.NOTHING_HELPS
    here = len(nodes)
    nodes.append(Node(measurements, parent, chance, search.named(weights), step, stop))
    if step is None:
        return
    for state in MEASURED_STATES:
        after = search.after(weights, {step.metric: state})
        longer = (*measurements, (step.metric, state))
        _grow(search, nodes, after, longer, here, chance * step.chances[state], depth - 1)


class _Search:
    """Likelihoods of the states, shape (states, causes, metrics)."""

    def __init__(self, table: SignatureTable, healthy: bool) -> None:
        self.causes = (*table.causes, HEALTHY) if healthy else table.causes
        self._metrics = table.metrics
        self._column = {metric: j for j, metric in enumerate(table.metrics)}
        self._costs = np.array([table.costs.get(metric, 1.0) for metric in table.metrics])
        shape = (len(MEASURED_STATES), len(self.causes), len(table.metrics))
        self._chances = np.full(shape, 1 / len(MEASURED_STATES))
        for i, cause in enumerate(self.causes):
            states = table.states.get(cause, {})
            if i == len(table.causes):
                states = dict.fromkeys(table.metrics, State.NORMAL)
            for metric, state in states.items():
                if state is not State.UNKNOWN and metric in self._column:
                    self._chances[:, i, self._column[metric]] = [
                        RELIABILITY if measured is state else (1 - RELIABILITY) / 2
                        for measured in MEASURED_STATES
                    ]

    def weights(self, prior: Mapping[str, float] | None) -> FloatArray:
        raw = np.array([max(0.0, prior.get(c, 0.0)) if prior else 1.0 for c in self.causes])
        raw[~np.isfinite(raw)] = 0.0
        if (largest := raw.max(initial=0.0)) > LARGEST_PRIOR:
            raw = raw / largest
        if not raw.sum() > 0:
            raw = np.ones(len(self.causes))
        weights: FloatArray = raw / max(raw.sum(), 1.0 if not raw.size else 0.0)
        return weights

    def after(self, weights: FloatArray, read: Mapping[str, State]) -> FloatArray:
        for metric in sorted(read):
            if read[metric] in MEASURED_STATES and metric in self._column:
                chances = self._chances[
                    MEASURED_STATES.index(read[metric]), :, self._column[metric]
                ]
                weights = weights * chances
                weights = weights / weights.sum()
        return weights

    def step(self, weights: FloatArray, read: Mapping[str, State]) -> Step | None:
        """The metric with the largest expected information gain per cost."""
        if not self._metrics or not weights.size:
            return None
        joint = self._chances * weights[None, :, None]
        chances = joint.sum(axis=1)
        after = _entropy(joint / np.maximum(chances, 1e-300)[:, None, :], axis=1)
        gains = _entropy(weights[:, None], axis=0)[0] - (chances * after).sum(axis=0)
        gains[[self._column[metric] for metric in read if metric in self._column]] = 0.0
        best = int(np.argmax(gains / self._costs))
        if gains[best] < WORTHWHILE_BITS:
            return None
        metric = self._metrics[best]
        return Step(
            metric=metric,
            cost=float(self._costs[best]),
            gain=float(gains[best]),
            chances={state: float(chances[k, best]) for k, state in enumerate(MEASURED_STATES)},
            posterior={
                state: self.named(self.after(weights, {metric: state})) for state in MEASURED_STATES
            },
        )

    def named(self, weights: FloatArray) -> dict[str, float]:
        return {cause: float(w) for cause, w in zip(self.causes, weights, strict=True)}


def _entropy(chances: FloatArray, axis: int) -> FloatArray:
    """Entropy along `axis`, in bits."""
    entropy: FloatArray = -(chances * np.log2(np.maximum(chances, 1e-300))).sum(axis=axis)
    return entropy
