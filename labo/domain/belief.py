"""How evidence changes a causal edge: counts, strength, belief, status. Pure, order-independent.

Belief is kept in log-odds (design/causality.md, section 2). Each kind of evidence moves it by a
step per unit of weight, and by no more than its bound in all, however much of it arrives: no
amount of mere observation makes a claim certain. Because the contributions are sums of what was
recorded, replaying the same evidence in any order gives the same figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from labo.domain.edges import (
    PRIOR_PROBABILITY,
    CausalEdge,
    EdgeStatus,
    Evidence,
    EvidenceKind,
    Relation,
    edge_key,
    strength,
)
from labo.domain.justification import justified
from labo.errors import Conflict, InvalidInput

STEP: Mapping[EvidenceKind, float] = {
    EvidenceKind.MODEL: 0.0,
    EvidenceKind.OBSERVATION: 0.25,
    EvidenceKind.IMPORTED: 0.5,
    EvidenceKind.INTERVENTION: 1.5,
    EvidenceKind.HUMAN: 4.0,
}
"""Log-odds per unit of weight."""

BOUND: Mapping[EvidenceKind, float] = {
    EvidenceKind.MODEL: 0.0,
    EvidenceKind.OBSERVATION: 2.0,
    EvidenceKind.IMPORTED: 1.0,
    EvidenceKind.INTERVENTION: 6.0,
    EvidenceKind.HUMAN: 4.0,
}
"""The most log-odds that one kind of evidence may add or take in all."""

RANK: Mapping[EvidenceKind, int] = {
    EvidenceKind.MODEL: 0,
    EvidenceKind.IMPORTED: 1,
    EvidenceKind.OBSERVATION: 2,
    EvidenceKind.INTERVENTION: 3,
    EvidenceKind.HUMAN: 4,
}
"""Which kind is the stronger one when a refuted claim is raised again."""

PROPOSAL_WEIGHT = 0.25
"""Weight of a human's suggestion that is not yet a decision."""


def belief(net: Mapping[str, float]) -> float:
    """Probability that a claim is causal, from the net weight of evidence per kind.

    >>> belief({})
    0.2
    """
    odds = math.log(PRIOR_PROBABILITY / (1 - PRIOR_PROBABILITY))
    for kind, bound in BOUND.items():
        odds += max(-bound, min(bound, STEP[kind] * net.get(kind.value, 0.0)))
    return round(1 / (1 + math.exp(-odds)), 12)


def with_evidence(edge: CausalEdge, evidence: Evidence) -> CausalEdge:
    """`edge` after one more piece of evidence; the caller makes sure it is counted once only.

    Strength counts observed opportunities that nobody provoked. A model's statement changes no
    figure at all. A refuted claim comes back as proposed only by a stronger kind of evidence
    than the one that refuted it; a decided status is otherwise left alone.
    """
    weight = 0.0 if evidence.kind is EvidenceKind.MODEL else min(1.0, max(0.0, evidence.weight))
    hits, misses = edge.hits, edge.misses
    if evidence.kind is EvidenceKind.OBSERVATION and not evidence.provoked:
        hits += evidence.polarity > 0
        misses += evidence.polarity < 0
    net = dict(edge.net)
    if weight and not (evidence.kind is EvidenceKind.OBSERVATION and evidence.provoked):
        net[evidence.kind.value] = net.get(evidence.kind.value, 0.0) + evidence.polarity * weight
    status = edge.status
    if status is EdgeStatus.REFUTED and evidence.polarity > 0 and _outranks(evidence.kind, edge):
        status = EdgeStatus.PROPOSED
    return replace(
        edge,
        hits=hits,
        misses=misses,
        strength=strength(hits, misses),
        net=net,
        probability=belief(net),
        status=status,
    )


def _outranks(kind: EvidenceKind, refuted: CausalEdge) -> bool:
    by = EvidenceKind.HUMAN if refuted.decided_by else EvidenceKind.INTERVENTION
    return RANK[kind] > RANK[by]


def decided(
    edge: CausalEdge, status: EdgeStatus, *, by: str, reason: str, at: datetime
) -> CausalEdge:
    """`edge` after a human's word, which sets the status whatever the belief was.

    A later decision replaces an earlier one in the belief too. Raises InvalidInput without a
    name or a reason, and for a status that nobody can decide.
    """
    if status not in (EdgeStatus.VALIDATED, EdgeStatus.REFUTED):
        raise InvalidInput("a decision validates or refutes", where="status")
    who, why = justified(by, reason)
    sign = 1.0 if status is EdgeStatus.VALIDATED else -1.0
    net = {**edge.net, EvidenceKind.HUMAN.value: sign}
    return replace(
        edge,
        net=net,
        probability=belief(net),
        status=status,
        decided_by=who,
        decided_at=at,
        reason=why,
    )


def claim(
    cause: str,
    effect: str,
    relation: Relation,
    *,
    lag_low: float = 0.0,
    lag_high: float = 300.0,
) -> CausalEdge:
    """A new edge between two problem keys, before any evidence.

    Raises InvalidInput for a problem that would cause itself in the same place, and for a lag
    that is not an interval of seconds.
    """
    if cause == effect and relation is Relation.SAME:
        raise InvalidInput("a problem does not cause itself on the same component", where="effect")
    if not (0 <= lag_low <= lag_high and math.isfinite(lag_high)):
        raise InvalidInput("0 <= lag_low <= lag_high, in seconds", where="lag_low, lag_high")
    key = edge_key(cause, effect, relation)
    return CausalEdge(key, cause, effect, relation, lag_low=lag_low, lag_high=lag_high)


def moved(edge: CausalEdge, *, source: str, into: str) -> CausalEdge | None:
    """`edge` with problem `source` replaced by `into`; None when nothing sensible is left."""
    cause = into if edge.cause == source else edge.cause
    effect = into if edge.effect == source else edge.effect
    if cause == effect and edge.relation is Relation.SAME:
        return None
    key = edge_key(cause, effect, edge.relation)
    return replace(edge, key=key, cause=cause, effect=effect, version=0)


def combined(kept: CausalEdge, other: CausalEdge) -> CausalEdge:
    """Two records of one claim as one: counts and evidence add up, the lag covers both.

    A decided status stands; two opposite decisions cancel, and a human has to look again.
    """
    hits, misses = kept.hits + other.hits, kept.misses + other.misses
    kinds = kept.net.keys() | other.net.keys()
    net = {kind: kept.net.get(kind, 0.0) + other.net.get(kind, 0.0) for kind in sorted(kinds)}
    status, decision = _joint_status(kept, other)
    return replace(
        kept,
        lag_low=min(kept.lag_low, other.lag_low),
        lag_high=max(kept.lag_high, other.lag_high),
        hits=hits,
        misses=misses,
        strength=strength(hits, misses),
        net=net,
        probability=belief(net),
        status=status,
        decided_by=decision.decided_by if decision else None,
        decided_at=decision.decided_at if decision else None,
        reason=decision.reason if decision else None,
    )


_DECIDED = (EdgeStatus.VALIDATED, EdgeStatus.REFUTED)


def _joint_status(one: CausalEdge, two: CausalEdge) -> tuple[EdgeStatus, CausalEdge | None]:
    deciding = [edge for edge in (one, two) if edge.status in _DECIDED]
    if len({edge.status for edge in deciding}) == 1:
        return deciding[0].status, deciding[0]
    if not deciding and EdgeStatus.SUPPORTED in (one.status, two.status):
        return EdgeStatus.SUPPORTED, None
    return EdgeStatus.PROPOSED, None


def check_version(edge: CausalEdge, expected: int) -> None:
    """Raises Conflict when `edge` changed since the decider looked at version `expected`."""
    if edge.version != expected:
        raise Conflict(
            f"the edge is at version {edge.version}, not {expected}",
            where=edge.key,
            hint="look at it again before deciding",
        )
