"""What a verified action says of a causal claim."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labo.domain.causality.belief import claim, with_evidence
from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.escalation.action_evidence import evidence_of_action
from labo.domain.escalation.verification_outcomes import Verification, VerificationOutcome

AT = datetime(2026, 5, 4, tzinfo=UTC)
EDGE = claim("pool exhausted", "slow", Relation.CALLEE)


@pytest.mark.parametrize(
    ("outcome", "probability"),
    [(VerificationOutcome.WORKED, 0.2816), (VerificationOutcome.NO_EFFECT, 0.1771)],
)
def test_an_action_moves_the_belief_by_less_than_a_pair_of_runs(
    outcome: VerificationOutcome, probability: float
) -> None:
    found = Verification(outcome, 1.0, ("why",))
    piece = evidence_of_action("execution-1", EDGE, found, system="shop", observed_at=AT)
    assert piece is not None
    after = with_evidence(EDGE, piece)
    assert after.probability == pytest.approx(probability, abs=1e-4)
    assert after.status is EdgeStatus.PROPOSED


@pytest.mark.parametrize(
    "outcome",
    [VerificationOutcome.UNKNOWN, VerificationOutcome.WORSE, VerificationOutcome.NOT_YET],
)
def test_what_is_not_decided_or_broke_something_tests_no_claim(
    outcome: VerificationOutcome,
) -> None:
    found = Verification(outcome, 0.9, ("why",))
    assert evidence_of_action("execution-1", EDGE, found, system="shop", observed_at=AT) is None
