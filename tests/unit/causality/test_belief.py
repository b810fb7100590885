"""How evidence changes a causal edge."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.causality.belief import belief, check_version, claim, decided, with_evidence
from labo.domain.causality.edges import (
    PRIOR_PROBABILITY,
    CausalEdge,
    EdgeStatus,
    Evidence,
    EvidenceKind,
    Relation,
)
from labo.domain.causality.merging import combined, moved
from labo.errors import Conflict, InvalidInput
from tests.builders.knowledge import NOON, an_evidence

KINDS = st.sampled_from(EvidenceKind)
PIECES = st.builds(
    an_evidence,
    kind=KINDS,
    polarity=st.sampled_from([1, -1]),
    weight=st.sampled_from([0.25, 0.5, 1.0]),
    provoked=st.booleans(),
)


def after(*evidence: Evidence, edge: CausalEdge | None = None) -> CausalEdge:
    result = edge or claim("a", "b", Relation.CALLEE)
    for piece in evidence:
        result = with_evidence(result, piece)
    return result


def refuted() -> CausalEdge:
    edge = claim("a", "b", Relation.CALLEE)
    return decided(edge, EdgeStatus.REFUTED, by="ann", reason="no", at=NOON)


def no_effect(system: str) -> Evidence:
    """Fifty paired runs in which the effect never differed."""
    runs = an_evidence(kind=EvidenceKind.INTERVENTION, polarity=-1)
    return replace(runs, system=system, pairs=50)


def test_nothing_known_is_the_prior() -> None:
    """Belief starts at 0.2."""
    assert belief({}) == PRIOR_PROBABILITY


@given(st.lists(PIECES, max_size=12), st.randoms())
def test_the_order_of_evidence_does_not_matter(pieces: list[Evidence], shuffler: object) -> None:
    """So a replay gives the identical figures."""
    other = list(pieces)
    shuffler.shuffle(other)  # type: ignore[attr-defined]
    one, two = after(*pieces), after(*other)

    assert (one.hits, one.misses, one.strength) == (two.hits, two.misses, two.strength)
    assert math.isclose(one.probability, two.probability, abs_tol=1e-9)


@given(st.integers(0, 10_000))
def test_observation_alone_never_makes_a_claim_likely(times: int) -> None:
    """However often: its whole contribution is bounded, and each one's too."""
    at = belief({"observation": float(times)})
    one_more = belief({"observation": float(times + 1)})

    assert at <= 0.65
    assert 0 <= one_more - at <= 0.0625  # a quarter of the step, at even odds


@given(st.lists(PIECES, max_size=20))
def test_probability_and_strength_stay_shares(pieces: list[Evidence]) -> None:
    """And strength is the Beta mean of the counts."""
    edge = after(*pieces)

    assert 0 < edge.probability < 1
    assert edge.strength == (1 + edge.hits) / (2 + edge.hits + edge.misses)


def test_provoked_episodes_never_count_in_observed_strength() -> None:
    """A fault that somebody injected says nothing about how often it happens by itself."""
    edge = after(an_evidence(provoked=True))

    assert (edge.hits, edge.strength, edge.probability) == (0, 0.5, PRIOR_PROBABILITY)


def test_a_model_moves_no_figure() -> None:
    """Whatever weight it claims."""
    before = claim("a", "b", Relation.CALLEE)

    assert after(an_evidence(kind=EvidenceKind.MODEL, weight=1.0)) == before


def test_an_intervention_moves_belief_more_than_an_observation() -> None:
    """And both ways."""
    seen = after(an_evidence()).probability
    done = after(an_evidence(kind=EvidenceKind.INTERVENTION)).probability
    undone = after(an_evidence(kind=EvidenceKind.INTERVENTION, polarity=-1)).probability

    assert undone < PRIOR_PROBABILITY < seen < done


def test_a_weight_outside_0_to_1_is_clipped() -> None:
    """A caller cannot shout."""
    assert after(an_evidence(weight=50.0)) == after(an_evidence(weight=1.0))
    assert after(an_evidence(kind=EvidenceKind.IMPORTED, weight=-3.0)).tallies == {}


@pytest.mark.parametrize("kind", [k for k in EvidenceKind if k is not EvidenceKind.HUMAN])
def test_what_a_human_refuted_no_weaker_evidence_brings_back(kind: EvidenceKind) -> None:
    """The claim is not proposed again."""
    assert after(an_evidence(kind=kind), edge=refuted()).status is EdgeStatus.REFUTED


def test_a_person_raises_again_what_experiments_refuted() -> None:
    """A suggestion that comes after them does; what speaks against the claim does not."""
    runs = [replace(no_effect(system), id=system) for system in ("shop", "bank")]
    later = replace(an_evidence(kind=EvidenceKind.HUMAN), observed_at=NOON + timedelta(days=1))
    against = replace(later, id="against", polarity=-1)
    gone = after(*runs)

    assert gone.status is EdgeStatus.REFUTED
    assert after(later, edge=gone).status is EdgeStatus.PROPOSED
    assert after(against, edge=gone).status is EdgeStatus.REFUTED


def test_a_decision_sets_the_status_whatever_the_belief() -> None:
    """The last decision is the one that counts, in the belief too."""
    edge = claim("a", "b", Relation.CALLEE)
    yes = decided(edge, EdgeStatus.VALIDATED, by=" ann ", reason=" tried ", at=NOON)
    no = decided(yes, EdgeStatus.REFUTED, by="bob", reason="coincidence", at=NOON)

    assert (yes.status, yes.decided_by, yes.reason) == (EdgeStatus.VALIDATED, "ann", "tried")
    assert yes.probability > 0.9
    assert (no.status, no.decided_by) == (EdgeStatus.REFUTED, "bob")
    assert no.probability < 0.01


@pytest.mark.parametrize(
    ("status", "by", "reason"),
    [
        (EdgeStatus.SUPPORTED, "ann", "r"),
        (EdgeStatus.VALIDATED, " ", "r"),
        (EdgeStatus.VALIDATED, "ann", ""),
        (EdgeStatus.REFUTED, "ann", "x" * 2_001),
    ],
)
def test_a_decision_needs_a_name_a_reason_and_a_verdict(
    status: EdgeStatus, by: str, reason: str
) -> None:
    """Support is computed, never decided; a reason is a text and not a book."""
    with pytest.raises(InvalidInput):
        decided(claim("a", "b", Relation.CALLEE), status, by=by, reason=reason, at=NOON)


@pytest.mark.parametrize(("low", "high"), [(-1, 5), (5, 1), (0, math.inf), (0, math.nan)])
def test_a_lag_is_an_interval_of_seconds(low: float, high: float) -> None:
    """From 0 on and finite."""
    with pytest.raises(InvalidInput):
        claim("a", "b", Relation.CALLEE, lag_low=low, lag_high=high)


def test_a_problem_may_cause_itself_elsewhere_only() -> None:
    """Latency of a callee causes latency of its caller."""
    assert claim("slow", "slow", Relation.CALLEE).effect == "slow"
    with pytest.raises(InvalidInput):
        claim("slow", "slow", Relation.SAME)


def test_moving_a_claim_renames_its_ends_and_key() -> None:
    """And drops what would say that a problem causes itself, unless that was decided."""
    edge = claim("old", "web", Relation.SAME)
    there = moved(edge, source="old", into="new")

    assert there == claim("new", "web", Relation.SAME)
    assert moved(edge, source="old", into="web") is None
    callee = claim("web", "old", Relation.CALLEE)
    assert moved(callee, source="old", into="web") is None
    validated = replace(callee, status=EdgeStatus.VALIDATED)
    there = moved(validated, source="old", into="web")
    assert there == replace(claim("web", "web", Relation.CALLEE), status=EdgeStatus.VALIDATED)


@given(st.lists(PIECES, max_size=6), st.lists(PIECES, max_size=6))
def test_combining_adds_up_what_both_saw(left: list[Evidence], right: list[Evidence]) -> None:
    """As if one edge had seen all of it."""
    both = combined(after(*left), after(*right))
    whole = after(*left, *right)

    assert (both.hits, both.misses, both.strength) == (whole.hits, whole.misses, whole.strength)
    assert math.isclose(both.probability, whole.probability, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("one", "two", "joint"),
    [
        (EdgeStatus.VALIDATED, EdgeStatus.PROPOSED, EdgeStatus.VALIDATED),
        (EdgeStatus.PROPOSED, EdgeStatus.REFUTED, EdgeStatus.REFUTED),
        (EdgeStatus.VALIDATED, EdgeStatus.REFUTED, EdgeStatus.PROPOSED),
        (EdgeStatus.SUPPORTED, EdgeStatus.PROPOSED, EdgeStatus.SUPPORTED),
        (EdgeStatus.PROPOSED, EdgeStatus.PROPOSED, EdgeStatus.PROPOSED),
    ],
)
def test_a_decision_survives_combining_unless_contradicted(
    one: EdgeStatus, two: EdgeStatus, joint: EdgeStatus
) -> None:
    """Two opposite decisions leave the question to a human."""
    base = replace(claim("a", "b", Relation.CALLEE), decided_by="ann", decided_at=datetime.now(UTC))
    result = combined(replace(base, status=one), replace(base, status=two))

    assert result.status is joint
    assert (result.decided_by is None) == (joint not in (EdgeStatus.VALIDATED, EdgeStatus.REFUTED))


def test_an_old_version_is_a_conflict_that_names_the_new_one() -> None:
    """The decider looks again."""
    edge = replace(claim("a", "b", Relation.CALLEE), version=4)
    check_version(edge, 4)

    with pytest.raises(Conflict, match="version 4"):
        check_version(edge, 3)
