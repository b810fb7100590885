"""How evidence changes a causal edge: figures, belief, status. Pure, order-independent.

Belief is computed in log-odds (design/causality.md, section 2). Each kind of evidence moves it by a
step per unit of weight, up to a bound in total: no amount of mere observation makes a claim
certain. As the contributions are sums over recorded evidence, replaying the same evidence in any
order gives the same figures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from labo.domain.causality.counting import as_of_day, faded, log_evidence, tallied, with_rates
from labo.domain.causality.edges import (
    MAX_LAG_S,
    PRIOR_PROBABILITY,
    CausalEdge,
    EdgeStatus,
    Evidence,
    EvidenceKind,
    Relation,
    StatusChange,
    edge_key,
)
from labo.domain.causality.eprocess import log_e_value
from labo.domain.causality.interventions import verdicts
from labo.domain.causality.opportunities import width
from labo.domain.causality.tallies import MICRO, Tally, joint, moment
from labo.domain.entities.justification import justified
from labo.errors import Conflict, InvalidInput

STEP: Mapping[EvidenceKind, float] = {
    EvidenceKind.MODEL: 0.0,
    EvidenceKind.OBSERVATION: 0.25,
    EvidenceKind.IMPORTED: 0.5,
    EvidenceKind.INTERVENTION: 1.5,
    EvidenceKind.HUMAN: 4.0,
}
"""Log-odds per unit of weight; of observed opportunities, per unit of their log e-value.

By judgement, ordered by how well the evidence excludes a common cause: observation moves a claim by
a quarter of what its e-value would, a pair of runs that differs by odds of 4.5 to 1, and a person's
decision by 55 to 1."""

BOUND: Mapping[EvidenceKind, float] = {
    EvidenceKind.MODEL: 0.0,
    EvidenceKind.OBSERVATION: 2.0,
    EvidenceKind.IMPORTED: 1.0,
    EvidenceKind.INTERVENTION: 6.0,
    EvidenceKind.HUMAN: 4.0,
}
"""The most log-odds that one kind of evidence may add or subtract in total.

By judgement: from the prior of 0.2, observation alone ends at 0.65, imports at 0.40, a decision at
0.93 and experiments at 0.99."""

PROPOSAL_WEIGHT = 0.25
"""Weight of a human's suggestion that is not yet a decision: log-odds of 1, and 0.40 from the
prior."""

MOST_CHANGES = 20
"""The latest status changes that an edge's history retains; it bounds the record's size."""


def belief(net: Mapping[str, float]) -> float:
    """Probability that a claim is causal, from the net weight of evidence per kind.

    >>> belief({})
    0.2
    """
    log_odds = math.log(PRIOR_PROBABILITY / (1 - PRIOR_PROBABILITY))
    for kind, bound in BOUND.items():
        log_odds += max(-bound, min(bound, STEP[kind] * net.get(kind.value, 0.0)))
    return round(1 / (1 + math.exp(-log_odds)), 12)


def net_weight(edge: CausalEdge) -> dict[str, float]:
    """Weight of the evidence for the claim less that against it, per kind of evidence."""
    tallies = [tally for _, tally in sorted(edge.tallies.items())]
    human = sum(tally.said for tally in tallies) / MICRO
    if edge.decided_by is not None:
        human = 1.0 if edge.status is EdgeStatus.VALIDATED else -1.0
    return {
        EvidenceKind.OBSERVATION.value: -math.inf if edge.explained else _observed(edge),
        EvidenceKind.IMPORTED.value: sum(tally.imported for tally in tallies) / MICRO,
        EvidenceKind.INTERVENTION.value: sum(tally.tried for tally in tallies) / MICRO,
        EvidenceKind.HUMAN.value: human,
    }


def _observed(edge: CausalEdge) -> float:
    """Log evidence of recent (faded) opportunities, plus the net weight of co-occurrences."""
    day = as_of_day(edge.tallies)
    figures = [faded(tally, day) for _, tally in sorted(edge.tallies.items())]
    max_lag = width(edge.max_lag)
    return math.fsum(
        f.seen + log_e_value(f.hits, f.misses, f.onsets, f.exposure, max_lag) for f in figures
    )


def figured(edge: CausalEdge) -> CausalEdge:
    """`edge` with every figure and the status recomputed from its tallies and its decision."""
    rated = with_rates(edge)
    _, refuting = verdicts(edge.tallies)
    standing = replace(
        rated,
        e_value=math.exp(log_evidence(edge)),
        refuted_in=refuting,
        status=_status(edge),
    )
    after = replace(standing, probability=belief(net_weight(standing)))
    if after.status is edge.status:
        return after
    why = f"paired runs in {', '.join(_settling(edge)) or 'no system any more'}"
    at = rated.as_of or moment(0)
    return changed(edge, after, by="experiments", why=why, at=at)


def _settling(edge: CausalEdge) -> tuple[str, ...]:
    validating, refuting = verdicts(edge.tallies)
    return validating or refuting


def _status(edge: CausalEdge) -> EdgeStatus:
    """A human's decision takes precedence over experiments, and these over the review.

    A refutation holds everywhere when two systems agree and none contradicts. A suggestion made
    after it reopens the claim: a person outranks an experiment.
    """
    if edge.decided_by is not None:
        return edge.status
    validating, refuting = verdicts(edge.tallies)
    if validating:
        return EdgeStatus.VALIDATED
    tried = max((tally.tried_ms for tally in edge.tallies.values()), default=0)
    confirmed_ms = max((tally.said_ms for tally in edge.tallies.values()), default=0)
    if len(refuting) >= 2 and confirmed_ms <= tried:
        return EdgeStatus.REFUTED
    return EdgeStatus.SUPPORTED if edge.status is EdgeStatus.SUPPORTED else EdgeStatus.PROPOSED


def with_evidence(edge: CausalEdge, *pieces: Evidence) -> CausalEdge:
    """`edge` after more evidence; the caller makes sure that each id is counted once only.

    A model's statement changes no figure. A claim that a human refuted stays refuted under any
    evidence but another human decision. An observation from before the folding horizon is left out,
    as the checkpoint may contain it.
    """
    horizon = edge.folded_until
    new = [p for p in pieces if horizon is None or not is_folded(p, horizon)]
    return figured(replace(edge, tallies=joint(edge.tallies, tallied(new))))


def is_folded(piece: Evidence, horizon: datetime) -> bool:
    """Whether a checkpoint up to `horizon` includes this piece; it includes observations only."""
    return piece.kind is EvidenceKind.OBSERVATION and piece.observed_at <= horizon


def folded(edge: CausalEdge, old: Iterable[Evidence], horizon: datetime) -> CausalEdge:
    """`edge` with `old`, all stored observations up to `horizon`, folded into its checkpoint.

    No figure changes; `old` may be deleted afterwards.
    """
    checkpoint = joint(edge.checkpoint, tallied(p for p in old if is_folded(p, horizon)))
    known = edge.folded_until
    until = horizon if known is None else max(known, horizon)
    return replace(edge, checkpoint=checkpoint, folded_until=until)


def replayed(edge: CausalEdge, pieces: Iterable[Evidence]) -> CausalEdge:
    """`edge` recomputed from its checkpoint and the stored evidence, in any order."""
    return figured(replace(edge, tallies=joint(edge.checkpoint, tallied(pieces))))


def starting_with(edge: CausalEdge, tallies: Mapping[str, Tally]) -> CausalEdge:
    """A new claim with counts that no stored evidence backs: they become its checkpoint."""
    return figured(replace(edge, tallies=dict(tallies), checkpoint=dict(tallies)))


def changed(
    before: CausalEdge, after: CausalEdge, *, by: str, why: str, at: datetime
) -> CausalEdge:
    """`after` with the change of status in its history."""
    change = StatusChange(at, by, before.status, after.status, why)
    return replace(after, history=(*before.history, change)[-MOST_CHANGES:])


def reviewed(
    edge: CausalEdge,
    *,
    supported: bool,
    confounded_by: tuple[str, ...],
    explained: bool,
    at: datetime,
) -> CausalEdge:
    """`edge` after the review of all candidates; a decided or settled one is unchanged."""
    if edge.status not in (EdgeStatus.PROPOSED, EdgeStatus.SUPPORTED):
        return edge
    status = EdgeStatus.SUPPORTED if supported else EdgeStatus.PROPOSED
    after = figured(replace(edge, status=status, confounded_by=confounded_by, explained=explained))
    if after.status is edge.status:
        return after
    if supported:
        order = f"order right in {after.in_order} of {after.order_comparisons}"
        why = f"e-value {after.e_value:.3g}, {order}"
    elif confounded_by:
        why = "a known common cause may explain it"
    else:
        why = f"e-value {after.e_value:.3g}: no longer enough among all candidates"
    return changed(edge, after, by="review", why=why, at=at)


def decided(
    edge: CausalEdge, status: EdgeStatus, *, by: str, reason: str, at: datetime
) -> CausalEdge:
    """`edge` after a human decision, which sets the status whatever the belief was.

    A later decision replaces an earlier one in the belief too. Raises InvalidInput without a
    name or a reason, and for a status that cannot be decided.
    """
    if status not in (EdgeStatus.VALIDATED, EdgeStatus.REFUTED):
        raise InvalidInput("a decision validates or refutes", where="status")
    who, why = justified(by, reason)
    after = figured(replace(edge, status=status, decided_by=who, decided_at=at, reason=why))
    return changed(edge, after, by=who, why=why, at=at)


def claim(
    cause: str,
    effect: str,
    relation: Relation,
    *,
    lag_low: float = 0.0,
    lag_high: float = MAX_LAG_S,
) -> CausalEdge:
    """A new edge between two problem keys, before any evidence; its max lag is `lag_high` seconds.

    Raises InvalidInput for a problem that would cause itself on the same component, and for a lag
    that is not an interval of seconds.
    """
    if cause == effect and relation is Relation.SAME:
        raise InvalidInput("a problem does not cause itself on the same component", where="effect")
    if not (0 <= lag_low <= lag_high and math.isfinite(lag_high)):
        raise InvalidInput("0 <= lag_low <= lag_high, in seconds", where="lag_low, lag_high")
    key = edge_key(cause, effect, relation)
    return CausalEdge(
        key, cause, effect, relation, lag_low=lag_low, lag_high=lag_high, max_lag=lag_high
    )


def check_version(edge: CausalEdge, expected: int) -> None:
    """Raises Conflict when `edge` changed since the decider read version `expected`."""
    if edge.version != expected:
        raise Conflict(
            f"the edge is at version {edge.version}, not {expected}",
            where=edge.key,
            hint="read it again before deciding",
        )
