"""Judging all candidates together, with what is known of common causes and experiments."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.causality.belief import claim, reviewed, with_evidence
from labo.domain.causality.confounding import common_causes, no_lift_under
from labo.domain.causality.edges import CausalEdge, EdgeStatus, EvidenceKind, Outcome, Relation
from labo.domain.causality.interventions import (
    Effect,
    Experiment,
    edges_leaving,
    evidence_of,
    paired_effect,
    verdicts,
)
from labo.domain.causality.review import Candidate, judged, needs_review, supported
from labo.domain.causality.tallies import Tally
from labo.errors import InvalidInput
from tests.builders.knowledge import NOON, an_evidence


def an_edge(
    cause: str, effect: str, *, alone: int = 0, near: int = 0, company: str = "k", misses: int = 0
) -> CausalEdge:
    """`alone` hits, `near` ones with `company` at hand, and `misses` without it."""
    hit = replace(an_evidence(), company=())
    pieces = [replace(hit, id=f"{cause}{effect}a{i}") for i in range(alone)]
    pieces += [replace(hit, id=f"{cause}{effect}n{i}", company=(company,)) for i in range(near)]
    missed = replace(an_evidence(polarity=-1), gap=None)
    pieces += [replace(missed, id=f"{cause}{effect}m{i}") for i in range(misses)]
    return with_evidence(claim(cause, effect, Relation.SAME), *pieces)


def a_candidate(key: str = "x", **figures: object) -> Candidate:
    return replace(Candidate(key, 10.0, 9, 9, 0.9, 0.1), **figures)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("candidate", "rises"),
    [
        (a_candidate(), True),
        (a_candidate(log_e=math.log(19)), False),
        (a_candidate(in_order=7), False),
        (a_candidate(in_order=2, order_comparisons=2), False),
        (a_candidate(strength=0.05), False),
        (a_candidate(confounded=True), False),
        (a_candidate(log_e=math.log(11), supported=True), True),
        (a_candidate(log_e=math.log(11)), False),
        (a_candidate(log_e=math.log(9), supported=True), False),
        (a_candidate(in_order=8, order_comparisons=10, supported=True), True),
        (a_candidate(in_order=7, order_comparisons=10, supported=True), False),
        (a_candidate(strength=0.05, supported=True), False),
    ],
)
def test_a_claim_rises_by_the_strict_rule_and_falls_by_a_looser_one(
    candidate: Candidate, *, rises: bool
) -> None:
    """Evidence, order and a lift that is still there; never a confounded one."""
    assert (candidate.key in supported([candidate])) is rises


def test_many_candidates_ask_for_more_evidence() -> None:
    """Of a hundred claims one needs an e-value of two thousand."""
    crowd = [a_candidate(f"n{i}", log_e=0.0) for i in range(99)]

    assert supported([a_candidate(log_e=math.log(1_999)), *crowd]) == frozenset()
    assert supported([a_candidate(log_e=math.log(2_001)), *crowd]) == {"x"}
    assert needs_review(a_candidate()) and not needs_review(crowd[0])


def test_a_pair_with_a_known_common_cause_is_not_believed_even_at_once() -> None:
    """A follows K, B follows K, A before B: all three rise together, and only two stay."""
    edges = [an_edge("k", "a", near=12), an_edge("k", "b", near=12), an_edge("a", "b", near=12)]
    found = judged(edges, [], [])
    pair = found[edges[2].key]

    assert [found[e.key].supported for e in edges] == [True, True, False]
    assert pair.confounded_by == ("k",)
    after = reviewed(edges[2], supported=False, confounded_by=("k",), explained=False, at=NOON)
    assert (after.status, after.confounded_by) == (EdgeStatus.PROPOSED, ("k",))


def test_a_claim_that_holds_without_the_common_cause_is_believed() -> None:
    """K → A → B: A comes without K too, and B follows."""
    edges = [an_edge("k", "a", near=12), an_edge("k", "b", near=12)]
    edges.append(an_edge("a", "b", near=12, alone=12))

    found = judged(edges, [], [])

    assert all(verdict.supported for verdict in found.values())
    assert found[edges[2].key].confounded_by == ()


def test_no_lift_under_the_common_cause_drops_the_claim() -> None:
    """Under K, B comes as often without A as with it; the belief goes down with it."""
    pair = an_edge("a", "b", near=12)
    other = an_edge("k", "b", near=10, alone=10, company="a")
    rarely = an_edge("k", "b", near=10, misses=30, company="a")
    known = [replace(e, status=EdgeStatus.SUPPORTED) for e in (an_edge("k", "a", near=12), other)]
    found = judged([pair], known, [])[pair.key]
    dropped = reviewed(pair, supported=False, confounded_by=("k",), explained=True, at=NOON)

    assert no_lift_under(pair, "k", other) and found.explained
    assert not no_lift_under(pair, "k", rarely)
    assert not no_lift_under(pair, "k", an_edge("k", "b", near=10, company="a"))
    assert dropped.probability < 0.05 < pair.probability


def test_only_supported_and_validated_edges_make_a_common_cause_and_none_causes_itself() -> None:
    """Cycles: A and B that cause each other are no common cause of themselves."""
    k_a, k_b, b_a = an_edge("k", "a"), an_edge("k", "b"), an_edge("b", "a")
    known = [replace(e, status=EdgeStatus.VALIDATED) for e in (k_a, k_b, b_a)]
    into = {"a": [known[0], known[2]], "b": [known[1]]}

    assert set(common_causes("a", "b", into)) == {"k"}
    assert common_causes("a", "b", {"a": [k_a], "b": [k_b]}) == {}


def test_a_review_says_why_it_moved_a_status_and_leaves_decisions_alone() -> None:
    """Up, and down again; what somebody validated stays."""
    edge = an_edge("a", "b", alone=6)
    up = reviewed(edge, supported=True, confounded_by=(), explained=False, at=NOON)
    down = reviewed(up, supported=False, confounded_by=(), explained=False, at=NOON)
    fixed = replace(edge, status=EdgeStatus.VALIDATED, decided_by="ann")

    assert [c.after for c in down.history] == [EdgeStatus.SUPPORTED, EdgeStatus.PROPOSED]
    assert "e-value" in up.history[0].why
    assert reviewed(up, supported=True, confounded_by=(), explained=False, at=NOON) == up
    assert reviewed(fixed, supported=False, confounded_by=(), explained=False, at=NOON) is fixed


@given(st.integers(-5, 500), st.floats(), st.floats())
def test_a_paired_effect_is_an_interval_of_differences(
    pairs: int, total: float, squares: float
) -> None:
    """Between -1 and 1, whatever comes in."""
    found = paired_effect(pairs, total, squares)

    assert -1 <= found.low <= found.mean <= found.high <= 1


def test_a_few_equal_runs_are_no_proof() -> None:
    """Three pairs that all differ don't validate, four do; no effect takes forty to refute."""
    assert paired_effect(3, 3, 3).low < 0.1 < paired_effect(4, 4, 4).low
    assert paired_effect(30, 0, 0).high > 0.05 > paired_effect(40, 0, 0).high


def test_two_systems_refute_everywhere_and_one_that_validates_outweighs_them() -> None:
    """Alone a refutation holds where it was made."""
    none, full = Tally(pairs=50), Tally(pairs=50, effect=50_000_000, effect_squares=50_000_000)
    runs = [
        replace(an_evidence(kind=EvidenceKind.INTERVENTION), system=s, pairs=50, effect=e * 50.0,
                effect_squares=e * 50.0, polarity=1 if e else -1)
        for s, e in (("a", 0), ("b", 0), ("c", 1))
    ]  # fmt: skip
    edge = claim("x", "y", Relation.SAME)

    assert verdicts({"a": none, "c": full}) == (("c",), ("a",))
    one, two, three = (with_evidence(edge, *runs[:n]) for n in (1, 2, 3))
    assert (one.status, one.refuted_in) == (EdgeStatus.PROPOSED, ("a",))
    assert (two.status, two.probability < 0.01) == (EdgeStatus.REFUTED, True)
    assert (three.status, three.refuted_in) == (EdgeStatus.VALIDATED, ("a", "b"))


def test_a_run_speaks_only_for_edges_that_leave_what_was_manipulated() -> None:
    """Of A → B → C, provoking A says nothing about B → C."""
    reviewed = tuple(Effect(name, Relation.SAME, (1.0, 0.5)) for name in ("b", "c"))
    experiment = Experiment("run", "lab", "a", reviewed, NOON)
    edges = [claim(*ends, Relation.SAME) for ends in (("a", "b"), ("b", "c"), ("a", "c"))]
    pieces = [piece for _, piece in evidence_of(experiment)]

    assert edges_leaving(experiment, edges) == [edges[0], edges[2]]
    assert [(p.edge, p.pairs, p.effect) for p in pieces] == [
        (edges[0].key, 2, 1.5),
        (edges[2].key, 2, 1.5),
    ]
    assert pieces[0].outcome is not Outcome.HIT and pieces[0].provoked
    for wrong in ((), (math.nan,), (1.5,)):
        with pytest.raises(InvalidInput):
            evidence_of(replace(experiment, effects=(Effect("b", Relation.SAME, wrong),)))
