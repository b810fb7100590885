"""Which evidence is counted, and between which problems."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from labo.domain.causality.belief import claim, folded, with_evidence
from labo.domain.causality.edges import CausalEdge, Relation, edge_key
from labo.domain.causality.recording import canonical_claim, counted, uncounted
from tests.builders.knowledge import NOON, an_evidence


def the_claim(relation: Relation = Relation.CALLEE) -> CausalEdge:
    return claim("a", "b", relation)


@pytest.mark.parametrize(
    ("canonical", "ends"),
    [
        ({}, ("a", "b")),
        ({"a": "a", "b": "b"}, ("a", "b")),
        ({"a": "x"}, ("x", "b")),
        ({"a": "x", "b": "y"}, ("x", "y")),
    ],
)
def test_a_claim_is_between_what_its_ends_stand_for(
    canonical: dict[str, str], ends: tuple[str, str]
) -> None:
    """Its key follows from them."""
    now = canonical_claim(the_claim(), canonical)

    assert now is not None
    assert (now.cause, now.effect) == ends
    assert now.key == edge_key(*ends, Relation.CALLEE)


@pytest.mark.parametrize("relation", Relation)
def test_a_claim_whose_ends_became_one_problem_is_none(relation: Relation) -> None:
    """Nothing causes itself in the same place, and elsewhere nobody claimed that it does."""
    assert canonical_claim(the_claim(relation), {"b": "a"}) is None


def test_evidence_counts_once_and_under_the_key_of_its_claim() -> None:
    """Repeated, known and folded pieces are left out."""
    edge = replace(the_claim(), folded_until=NOON)
    old = an_evidence(id_="old")
    new, again = an_evidence("elsewhere", id_="new"), an_evidence("elsewhere", id_="new")
    known = an_evidence(id_="known")
    later = timedelta(minutes=1)
    fresh = [replace(piece, observed_at=NOON + later) for piece in (new, again, known)]

    [kept] = uncounted(edge, [old, *fresh], {"known"})

    assert (kept.id, kept.edge) == ("new", edge.key)


def test_a_new_claim_begins_with_its_evidence() -> None:
    """Without any, it is a claim all the same; a kept one without news is the same object."""
    piece = an_evidence(id_="one")
    first, pieces = counted(None, the_claim(), [piece])
    alone, none = counted(None, the_claim(), [])
    kept = replace(first, version=1)

    assert (first.hits, first.version, [p.id for p in pieces]) == (1, 0, ["one"])
    assert (alone.key, none) == (the_claim().key, ())
    assert counted(kept, the_claim(), [piece], {"one"}) == (kept, ())
    assert counted(kept, the_claim(), [piece], {"one"})[0] is kept


def test_counting_after_folding_is_counting_at_all() -> None:
    """A checkpoint and later evidence say what all of the evidence says."""
    early, late = an_evidence(id_="early"), an_evidence(id_="late")
    late = replace(late, observed_at=early.observed_at + timedelta(hours=1))
    whole = with_evidence(the_claim(), early, late)
    half = folded(with_evidence(the_claim(), early), [early], early.observed_at)

    after, pieces = counted(half, the_claim(), [early, late])

    assert [piece.id for piece in pieces] == ["late"]
    assert (after.hits, after.probability) == (whole.hits, whole.probability)
