"""What an executed action says of a causal claim: an intervention without a control arm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from labo.domain.causality.edges import CausalEdge, Evidence, EvidenceKind
from labo.domain.entities.keys import digest
from labo.domain.escalation.verification_outcomes import Verification, VerificationOutcome

WEIGHTS: Mapping[VerificationOutcome, float] = {
    VerificationOutcome.WORKED: 0.3,
    VerificationOutcome.NO_EFFECT: -0.1,
}
"""Net weight of one executed action, in units of a pair of runs (1). By judgement.

When the cause was treated and the effect went: less than a third of a pair, since before and after
stand in for the arm without treatment; three incidents say as much as one pair. When the effect
stayed: a third of that, since the action may have failed to treat the cause, which says nothing of
the claim. What got worse, or is unknown, tested no claim."""


def evidence_of_action(
    execution: str,
    edge: CausalEdge,
    verification: Verification,
    *,
    system: str,
    observed_at: datetime,
) -> Evidence | None:
    """The evidence that a verified execution (id) is about a claim whose cause was treated, None
    where it tested none.

    It has no `pairs`: it moves the belief and never validates or refutes by itself. The same
    execution and claim give the same id.
    """
    weight = WEIGHTS.get(verification.outcome, 0.0)
    if not weight:
        return None
    happened = "and the effect went" if weight > 0 else "and the effect stayed"
    return Evidence(
        id=digest("executed-action", execution, edge.key),
        edge=edge.key,
        kind=EvidenceKind.INTERVENTION,
        polarity=1 if weight > 0 else -1,
        weight=round(abs(weight) * verification.confidence, 4),
        observed_at=observed_at,
        summary=f"the cause was acted on {happened}: before and after on a real system, without "
        "a control arm, beside untouched components",
        system=system,
        origin=execution,
        provoked=True,
    )
