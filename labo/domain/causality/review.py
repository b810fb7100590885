"""Which claims observation supports: all candidates are reviewed together.

A claim is promoted by the e-BH rule at a false discovery rate of 5 %, given temporal-order
agreement in at least 90 % of its order comparisons. It is demoted once it fails the rule at twice
that rate, its agreement falls below 80 %, or recent (faded) observations show no lift any more. The
gap is hysteresis: a claim near the threshold would otherwise change its status with every review.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from labo.domain.causality.confounding import Adjusted, adjusted, common_causes
from labo.domain.causality.edges import CausalEdge, EdgeStatus
from labo.domain.causality.eprocess import e_bh

LEVEL = 0.05
"""False discovery rate at which a claim is promoted (design: causality, section 2)."""
STAYING_LEVEL = 0.1
"""The rate at which it is demoted: twice that, so that a claim near the threshold does not change
with every review. By judgement."""
LEAST_ORDER, STAYING_ORDER = 0.9, 0.8
"""Share of order comparisons with the cause first, for promotion (design, as above) and to stay."""
MIN_ORDER_COMPARISONS = 3
"""Order comparisons below which the order is unknown. By judgement: three in a row happen by chance
one time in eight."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the review reads of a claim that nobody decided and no experiment settled."""

    key: str
    log_e: float
    in_order: int
    order_comparisons: int
    strength: float
    leak: float
    supported: bool = False
    confounded: bool = False


def supported(candidates: Iterable[Candidate]) -> frozenset[str]:
    """The keys of those that are supported; a confounded one never is.

    Removing evidence from a claim (for its order, or a common cause) keeps the rule valid.
    """
    judged = sorted(candidates, key=lambda c: c.key)
    rising = e_bh(_evidence(judged, LEAST_ORDER), LEVEL)
    staying = e_bh(_evidence(judged, STAYING_ORDER), STAYING_LEVEL)
    return rising | {c.key for c in judged if c.supported and c.key in staying}


def _evidence(judged: Iterable[Candidate], order: float) -> Mapping[str, float]:
    nothing = float("-inf")
    return {c.key: c.log_e if _eligible(c, order) else nothing for c in judged}


def _eligible(candidate: Candidate, order: float) -> bool:
    return (
        not candidate.confounded
        and candidate.order_comparisons >= MIN_ORDER_COMPARISONS
        and candidate.in_order >= order * candidate.order_comparisons
        and candidate.strength > candidate.leak
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """The review's result for one claim."""

    supported: bool
    confounded_by: tuple[str, ...]
    explained: bool


def needs_review(candidate: Candidate) -> bool:
    """Whether the rule could select it, or its status or confounders may have to be withdrawn."""
    threshold = math.log(1 / STAYING_LEVEL)
    return candidate.supported or candidate.confounded or candidate.log_e >= threshold


def judged(
    claims: Iterable[CausalEdge], known: Iterable[CausalEdge], others: Iterable[Candidate]
) -> dict[str, Judged]:
    """Review `claims`, by key, among all candidates; `others` are those that cannot be selected.

    `known` are supported and validated edges into the problems that the claims name. A claim
    promoted now counts as a known common cause at once: a pair and its common cause found in the
    same review are not both believed.
    """
    reviewed = {edge.key: edge for edge in claims}
    rest = [candidate for candidate in others if candidate.key not in reviewed]
    edges = {**{edge.key: edge for edge in known}, **reviewed}
    chosen: frozenset[str] = frozenset()
    adjustments: dict[str, Adjusted] = {}
    for _ in range(2):
        into = _by_effect(edges.values(), chosen)
        adjustments = {
            key: adjusted(
                edge, common_causes(edge.cause, edge.effect, into), enough=math.log(1 / LEVEL)
            )
            for key, edge in reviewed.items()
        }
        chosen = supported([*rest, *(_candidate(reviewed[k], a) for k, a in adjustments.items())])
    return {
        key: Judged(key in chosen, found.confounders, found.explained)
        for key, found in adjustments.items()
    }


def _by_effect(edges: Iterable[CausalEdge], chosen: frozenset[str]) -> dict[str, list[CausalEdge]]:
    into: dict[str, list[CausalEdge]] = {}
    for edge in edges:
        rises = edge.key in chosen and edge.status is EdgeStatus.PROPOSED
        risen = replace(edge, status=EdgeStatus.SUPPORTED) if rises else edge
        into.setdefault(edge.effect, []).append(risen)
    return into


def _candidate(edge: CausalEdge, found: Adjusted) -> Candidate:
    return Candidate(
        edge.key,
        found.log_e,
        edge.in_order,
        edge.order_comparisons,
        edge.strength,
        edge.leak,
        supported=edge.status is EdgeStatus.SUPPORTED,
        confounded=bool(found.confounders),
    )
