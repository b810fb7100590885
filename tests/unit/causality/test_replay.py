"""Figures follow from what was recorded, in whatever order, and however much was folded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from labo.domain.causality import fading
from labo.domain.causality.belief import claim, decided, folded, replayed, with_evidence
from labo.domain.causality.edges import (
    CausalEdge,
    EdgeStatus,
    Evidence,
    EvidenceKind,
    Outcome,
    Relation,
)
from labo.domain.causality.inference import inference_weight
from labo.domain.causality.tallies import gap_bucket
from tests.builders.knowledge import NOON, an_evidence

EDGE = claim("a", "b", Relation.CALLEE)
ANY = st.floats(allow_nan=True, allow_infinity=True)
PIECES = st.lists(
    st.builds(
        Evidence,
        id=st.uuids().map(str),
        edge=st.just(EDGE.key),
        kind=st.sampled_from(EvidenceKind),
        polarity=st.sampled_from([1, -1]),
        weight=ANY,
        observed_at=st.integers(-800, 400).map(
            lambda days: NOON + timedelta(days=days, seconds=days)
        ),
        summary=st.just(""),
        system=st.sampled_from(["shop", "bank"]),
        provoked=st.booleans(),
        outcome=st.one_of(st.none(), st.sampled_from(Outcome)),
        gap=st.one_of(st.none(), ANY),
        order=st.sampled_from([-1, 0, 1]),
        exposure=ANY,
        onsets=st.integers(-1, 3),
        company=st.lists(st.sampled_from(["c", "d"]), unique=True).map(tuple),
        pairs=st.integers(0, 40),
        effect=ANY,
        effect_squares=ANY,
    ),
    max_size=14,
    unique_by=lambda piece: piece.id,
)


def figures(edge: CausalEdge) -> CausalEdge:
    """All but what tells how it came about."""
    return replace(edge, checkpoint={}, folded_until=None, history=(), version=0)


@given(PIECES, st.randoms(), st.integers(0, 13), st.integers(1, 5))
def test_a_replay_gives_the_identical_figures(
    pieces: list[Evidence], shuffler: object, cut: int, step: int
) -> None:
    """Any order, any batches, duplicates, folded at any point on the way: not one bit differs."""
    whole = with_evidence(EDGE, *pieces)
    horizon = pieces[cut % len(pieces)].observed_at if pieces else NOON
    early = [p for p in pieces if p.observed_at <= horizon]
    late = [p for p in pieces if p.observed_at > horizon]
    shuffler.shuffle(early)  # type: ignore[attr-defined]
    shuffler.shuffle(late)  # type: ignore[attr-defined]
    edge = EDGE
    for start in range(0, len(early), step):
        edge = with_evidence(edge, *early[start : start + step])
    edge = folded(edge, early, horizon)
    for piece in late:
        edge = with_evidence(edge, piece)
    observed = [p for p in early if p.kind is EvidenceKind.OBSERVATION]
    edge = with_evidence(edge, *observed)
    kept = [p for p in early if p.kind is not EvidenceKind.OBSERVATION] + late

    assert figures(edge) == figures(whole)
    assert figures(replayed(edge, [*kept, *kept])) == figures(whole)


@given(PIECES)
def test_figures_keep_their_bounds(pieces: list[Evidence]) -> None:
    """Whatever the evidence holds."""
    edge = with_evidence(EDGE, *pieces)

    assert 0 < edge.probability < 1
    assert 0 <= edge.strength_low <= edge.strength <= edge.strength_high <= 1
    assert 0 <= edge.leak <= edge.leak_high <= 1
    assert 0 <= edge.lag_low <= edge.lag_high <= edge.max_lag
    assert edge.e_value > 0
    assert 0 <= inference_weight(edge) <= edge.probability


def test_observations_fade_by_half_in_ninety_days() -> None:
    """By event time; experiments and people's words don't."""
    old = replace(an_evidence(polarity=-1), observed_at=NOON - timedelta(days=90))
    edge = with_evidence(EDGE, old, an_evidence())

    assert (edge.hits, edge.misses) == (1, 1)
    assert edge.strength == (1 + 1) / (2 + 1 + 0.5)
    assert edge.as_of == NOON
    assert fading.faded(fading.weight(90), 0) == 2
    assert fading.weight(-100_000) == 1


def test_the_lag_is_learnt_from_ordered_hits() -> None:
    """From five on; before that it is what was claimed."""
    hits = [replace(an_evidence(), gap=gap) for gap in (40.0, 45, 50, 60, 62)]
    four, five = with_evidence(EDGE, *hits[:4]), with_evidence(EDGE, *hits)

    assert (four.lag_low, four.lag_high) == (0, 300)
    assert 30 < five.lag_low <= 40 and 62 <= five.lag_high < 70
    assert [gap_bucket(s) for s in (0.2, 1, 2, 2.1)] == ["0", "0", "2", "3"]


def test_a_refuted_claim_weighs_nothing_in_inference() -> None:
    """Nor does one in the system where it was refuted."""
    edge = with_evidence(EDGE, an_evidence(), an_evidence())
    gone = decided(edge, EdgeStatus.REFUTED, by="ann", reason="no", at=NOON)

    assert inference_weight(edge) > 0 == inference_weight(gone)
    assert inference_weight(replace(edge, refuted_in=("shop",)), "shop") == 0
    assert inference_weight(replace(edge, refuted_in=("shop",)), "bank") > 0
    assert inference_weight(replace(edge, leak=1.0)) == 0
