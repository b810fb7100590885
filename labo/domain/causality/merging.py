"""What happens to claims when the problems they name are merged."""

from __future__ import annotations

from dataclasses import replace

from labo.domain.causality.belief import MOST_CHANGES, figured
from labo.domain.causality.edges import CausalEdge, EdgeStatus, Relation, edge_key
from labo.domain.causality.tallies import joint

_DECIDED = (EdgeStatus.VALIDATED, EdgeStatus.REFUTED)


def moved(edge: CausalEdge, *, source: str, into: str) -> CausalEdge | None:
    """`edge` with problem `source` replaced by `into`; None when it would cause itself.

    Between components a problem may cause itself only if a person or an experiment said so
    (ADR 0032): of a proposal that two kinds of problems suggested, nothing is left.
    """
    cause = into if edge.cause == source else edge.cause
    effect = into if edge.effect == source else edge.effect
    settled = edge.status in _DECIDED and edge.relation is not Relation.SAME
    if cause == effect and not settled:
        return None
    key = edge_key(cause, effect, edge.relation)
    return replace(edge, key=key, cause=cause, effect=effect, version=0)


def combined(kept: CausalEdge, other: CausalEdge) -> CausalEdge:
    """Two records of one claim as one: counts and evidence add up, the lag covers both.

    A decided status stands; two opposite decisions cancel, and a human has to decide again.
    """
    status, decision = _joint_status(kept, other)
    horizons = [edge.folded_until for edge in (kept, other) if edge.folded_until]
    both = replace(
        kept,
        lag_low=min(kept.lag_low, other.lag_low),
        lag_high=max(kept.lag_high, other.lag_high),
        max_lag=max(kept.max_lag, other.max_lag),
        status=status,
        confounded_by=tuple(sorted({*kept.confounded_by, *other.confounded_by})),
        explained=kept.explained and other.explained,
        decided_by=decision.decided_by if decision else None,
        decided_at=decision.decided_at if decision else None,
        reason=decision.reason if decision else None,
        tallies=joint(kept.tallies, other.tallies),
        checkpoint=joint(kept.checkpoint, other.checkpoint),
        folded_until=max(horizons) if horizons else None,
        history=tuple(sorted((*kept.history, *other.history), key=lambda c: c.at))[-MOST_CHANGES:],
    )
    return figured(both)


def _joint_status(one: CausalEdge, two: CausalEdge) -> tuple[EdgeStatus, CausalEdge | None]:
    deciding = [edge for edge in (one, two) if edge.status in _DECIDED]
    if len({edge.status for edge in deciding}) == 1:
        return deciding[0].status, deciding[0]
    if not deciding and EdgeStatus.SUPPORTED in (one.status, two.status):
        return EdgeStatus.SUPPORTED, None
    return EdgeStatus.PROPOSED, None
