"""Which experiment is chosen next, and what is expected of it."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.causality.belief import claim, decided, with_evidence
from labo.domain.causality.edges import CausalEdge, EdgeStatus, Evidence, EvidenceKind, Relation
from labo.domain.lab.design import (
    Aim,
    Candidate,
    Likes,
    Past,
    chosen,
    draw,
    gain,
    prior,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = "shop"
SHARES = st.floats(0.0, 1.0)
PAIRS = st.integers(0, 12)
AIMS = st.lists(st.builds(Aim, st.sampled_from("abcdef")), min_size=1, max_size=6).map(tuple)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.sampled_from(["latency", "errors"]),
        st.sampled_from(["db", "web", "auth"]),
        AIMS,
        st.integers(1, 6),
        st.integers(1, 24),
    ),
    max_size=8,
)


def an_edge(*differences: float, effect: str = "b", system: str = SHOP) -> CausalEdge:
    """A claim after one experiment with these differences."""
    edge = claim("a", effect, Relation.CALLEE)
    if not differences:
        return edge
    piece = Evidence(
        id=f"x-{len(differences)}", edge=edge.key, kind=EvidenceKind.INTERVENTION, polarity=1,
        weight=1.0, observed_at=NOON, summary="", system=system, pairs=len(differences),
        effect=sum(differences), effect_squares=sum(d * d for d in differences),
    )  # fmt: skip
    return with_evidence(edge, piece)


def one_of(*edges: str, fault: str = "latency", target: str = "db", runs: int = 8) -> Candidate:
    return Candidate(fault, target, tuple(Aim(edge) for edge in edges), 4, runs)


@given(probability=SHARES, shown=PAIRS, absent=PAIRS)
def test_a_draw_tells_at_most_what_is_not_known(
    probability: float, shown: int, absent: int
) -> None:
    """Between 0 and 1 bit; each place that showed the effect makes the next one likelier."""
    told, shows = draw(probability, shown, shown + absent)

    assert 0.0 <= told <= 1.0
    assert 0.0 <= shows < 1.0
    assert draw(probability, shown + 1, shown + absent + 1)[1] >= shows - 1e-9


def test_a_claim_that_is_sure_or_nonsense_yields_nothing() -> None:
    """Neither do counts that can't be; each place without the effect leaves less to be told."""
    assert draw(0.0, 0, 0)[0] == draw(1.0, 0, 0)[0] == 0.0
    assert draw(0.5, 3, 2) == draw(float("nan"), 0, 0) == draw(0.5, 0, float("inf")) == (0.0, 0.0)
    assert draw(0.2, 0, 0)[0] > draw(0.2, 0, 1)[0] > draw(0.2, 0, 5)[0] > 0.0


@pytest.mark.parametrize(
    "settled",
    [
        an_edge(*[1.0] * 4),
        an_edge(*[0.0] * 40),
        decided(an_edge(), EdgeStatus.VALIDATED, by="ann", reason="seen it", at=NOON),
        decided(an_edge(), EdgeStatus.REFUTED, by="ann", reason="seen it", at=NOON),
    ],
)
def test_what_is_validated_or_refuted_is_not_tried_again(settled: CausalEdge) -> None:
    """By runs in this system, or by a person."""
    edges = {settled.key: settled}

    assert gain(settled, SHOP, 4) == 0.0
    assert chosen([one_of(settled.key)], edges, Past(), system=SHOP, budget=100) is None


def test_a_refutation_elsewhere_leaves_the_claim_open_here() -> None:
    """A claim is refuted in the system in which the runs were made."""
    assert gain(an_edge(*[0.0] * 40, system="bank"), SHOP, 4) > 0.0


def test_runs_count_once_and_other_evidence_as_the_prior() -> None:
    """The belief holds the runs already; the gain takes them from the tallies."""
    assert prior(an_edge(1.0, 1.0)) == an_edge().probability
    assert gain(None, SHOP, 4) == gain(an_edge(), SHOP, 4)
    assert gain(an_edge(0.0, 0.0, 0.0, 0.0), SHOP, 4) < gain(an_edge(), SHOP, 4)


def test_a_draw_that_would_settle_the_claim_is_worth_more() -> None:
    """Four pairs that agree validate, three do not; readers of the graph see the status alone."""
    assert gain(None, SHOP, 4) > 2 * gain(None, SHOP, 3)
    assert gain(an_edge(1.0, 1.0, 1.0), SHOP, 1) > draw(0.2, 3.0, 3.0)[0]


def test_likes_lend_their_prior() -> None:
    """Claims of the same pattern that were shown make one likelier, those that were not less."""
    shown, absent = Likes(5, 5.0), Likes(5, 0.0)
    own = an_edge(0.0, 0.0)

    assert gain(None, SHOP, 4, [shown]) > gain(None, SHOP, 4) > gain(None, SHOP, 4, [absent])
    assert gain(own, SHOP, 4, [Likes(1, 0.0)]) == gain(own, SHOP, 4)


def test_what_other_roles_showed_decides_between_new_claims() -> None:
    """Of two untried claims, the one whose likes were validated is tried first."""
    likely, unlikely = an_edge(*[1.0] * 4, effect="c"), an_edge(*[0.0] * 8, effect="d")
    edges = {likely.key: likely, unlikely.key: unlikely}
    one = Candidate("errors", "db", (Aim("new", ("p",)), Aim(likely.key, ("p",))), 4, 8)
    other = Candidate("errors", "web", (Aim("newer", ("q",)), Aim(unlikely.key, ("q",))), 4, 8)
    found = chosen([other, one], edges, Past(), system=SHOP, budget=8)

    assert found and found.candidate is one


@given(candidates=CANDIDATES, budget=st.integers(-1, 30), seed=st.integers(0, 5))
def test_the_choice_does_not_depend_on_the_order_and_keeps_the_budget(
    candidates: list[Candidate], budget: int, seed: int
) -> None:
    """The same seed breaks ties alike."""
    mixed = candidates[::-1]
    found = chosen(candidates, {}, Past(), system=SHOP, budget=budget, seed=seed)
    again = chosen(mixed, {}, Past(), system=SHOP, budget=budget, seed=seed)

    fitting = [one for one in candidates if one.runs <= budget]
    assert (found is None) == (not fitting)
    if found and again:
        best = found.gain / found.candidate.runs
        assert found.candidate in fitting
        assert again.gain / again.candidate.runs == pytest.approx(best)


def test_more_open_claims_for_fewer_runs_come_first() -> None:
    """Bits per run; the same claim named twice counts once."""
    few, many = one_of("a"), one_of("a", "b", "c", target="web")
    dear, double = one_of("a", "b", "c", target="auth", runs=32), one_of("a", "a", target="x")
    found = chosen([few, many, dear, double], {}, Past(), system=SHOP, budget=32)
    alone = chosen([few], {}, Past(), system=SHOP, budget=32)
    twice = chosen([double], {}, Past(), system=SHOP, budget=32)

    assert found and alone and twice
    assert found.candidate is many
    assert found.gain == pytest.approx(3 * alone.gain)
    assert twice.gain == pytest.approx(alone.gain)


def test_ties_are_broken_by_the_seed() -> None:
    """Different seeds reach different candidates that promise the same."""
    alike = [one_of("a", target=str(number)) for number in range(6)]
    found = {
        choice.candidate.target
        for seed in range(20)
        if (choice := chosen(alike, {}, Past(), system=SHOP, budget=8, seed=seed))
    }
    assert len(found) > 2


def test_a_manipulation_that_failed_is_left_for_one_that_works() -> None:
    """The chance falls with each failed pair, on this target most; many pairs on one target say
    no more of the fault than few."""
    failed = Past().noted("latency", "db", {}, 4)
    often = Past().noted("latency", "db", {}, 400)
    one, other = one_of("a"), one_of("a", target="web")
    found = chosen([one, other], {}, failed, system=SHOP, budget=8)

    assert found and found.candidate is other
    assert 0.0 < failed.chance("latency", "db") < failed.chance("latency", "web") < 0.5
    assert failed.chance("latency", "web") == often.chance("latency", "web")
    assert failed.chance("errors", "db") == 0.5


@given(worked=PAIRS, bad=PAIRS)
def test_a_chance_is_a_probability_that_successes_raise(worked: int, bad: int) -> None:
    """And failures lower."""
    past = Past().noted("latency", "db", {"a": [1.0] * worked}, worked + bad)
    here = past.chance("latency", "db")

    assert 0.0 < here < 1.0
    assert past.noted("latency", "db", {"a": [0.0]}, 1).chance("latency", "db") >= here
    assert past.noted("latency", "db", {}, 1).chance("latency", "db") <= here


def test_a_place_is_expected_to_show_the_same_again() -> None:
    """Where the effect stayed away nothing is left to be learnt, another place may show it; where
    it came, a few pairs more may settle the status."""
    absent, came = an_edge(*[0.0] * 4), an_edge(*[1.0] * 3)
    past = Past().noted("latency", "db", {absent.key: [0.0] * 4}, 4)
    here = Candidate("latency", "db", (Aim(absent.key),), 4, 8)
    there = Candidate("latency", "web", (Aim(absent.key),), 4, 8)
    found = chosen([here, there], {absent.key: absent}, past, system=SHOP, budget=8)

    assert found and found.candidate is there
    assert gain(absent, SHOP, 4, here=(4, 0.0)) == 0.0
    assert gain(came, SHOP, 4, here=(3, 3.0)) == pytest.approx(-math.log2(prior(came)))


def test_an_edge_that_contradicts_its_claim_counts_no_negative_hits() -> None:
    """An effect that came without the cause is no pair in which it came with it."""
    against, absent = an_edge(-1.0, -1.0), an_edge(0.0, 0.0)

    assert draw(0.2, 0.0, 0.5)[0] <= gain(against, SHOP, 4) <= gain(absent, SHOP, 4)
    assert gain(replace(against, tallies={}), SHOP, 4) == gain(None, SHOP, 4)
