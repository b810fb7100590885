"""The weight of a causal edge in a diagnosis: one definition, wherever it is shown or used.

GraphQL exposes it as `inferenceWeight`, and the diagnosis uses it as a link's probability when it
predicts the effects of a cause. An exported edge (`labo knowledge export`) includes what it is
computed from, so that it has the same weight in a diagnosis from a file.
"""

from __future__ import annotations

from typing import Protocol

from labo.domain.causality.edges import EdgeStatus
from labo.domain.causality.leak import UNKNOWN

ASSUMED_LEAK = 0.05
"""Share of windows, 0 to 1, in which an effect is assumed to begin by itself where it was never
observed without its cause. Chosen, not measured: an onset in 20 windows of 330 s is one in two
hours, more than problems worth an alert have, so that an unknown leak gives a claim too little
weight rather than too much. It only matters for claims without exposure: imported ones and those
that rest on experiments alone; halved or doubled, a claim of strength 0.9 weighs 0.897 or 0.889 of
its belief instead of 0.895."""

LEAST_LEAK = 1e-6
"""Lower bound of a leak in use: with 0, a single observed effect would make its cause certain. In
theory never reached, since the posterior mean of a leak is above 0 after any exposure; an imported
file may state 0."""


class Weighable(Protocol):
    """What the weight is computed from; `CausalEdge` and `KnownEdge` have it."""

    @property
    def status(self) -> EdgeStatus: ...
    @property
    def probability(self) -> float: ...
    @property
    def strength(self) -> float: ...
    @property
    def leak(self) -> float: ...
    @property
    def leak_high(self) -> float: ...
    @property
    def refuted_in(self) -> tuple[str, ...]: ...


def is_leak_known(edge: Weighable) -> bool:
    """Whether the effect was ever observed without the cause."""
    return (edge.leak, edge.leak_high) != (UNKNOWN.mean, UNKNOWN.high)


def leak_of(edge: Weighable) -> float:
    """Share of windows, above 0, in which the effect begins by itself: as estimated, or
    `ASSUMED_LEAK` where it is not known.
    """
    return max(edge.leak, LEAST_LEAK) if is_leak_known(edge) else ASSUMED_LEAK


def is_refuted(edge: Weighable, system: str | None = None) -> bool:
    """Whether the claim was refuted: everywhere, or in `system`, where one is named."""
    return edge.status is EdgeStatus.REFUTED or system in edge.refuted_in


def inference_weight(edge: Weighable, system: str | None = None) -> float:
    """How much of the effect the cause adds over the leak, times the belief in the claim.

    max(0, (strength - leak) / (1 - leak)) · probability, from 0 to `probability`: the link's
    probability in a noisy-OR (Pearl, Probabilistic Reasoning in Intelligent Systems, 1988,
    section 4.3.2), with the leak of `leak_of`. 0 for a refuted claim, and in a `system` where
    experiments refuted it.
    """
    leak = leak_of(edge)
    if is_refuted(edge, system) or leak >= 1:
        return 0.0
    return max(0.0, (edge.strength - leak) / (1 - leak)) * edge.probability
