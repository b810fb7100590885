"""From paired runs to what is known of the tested edge."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.causality.edges import Relation
from labo.domain.causality.interventions import evidence_of
from labo.domain.entities.conditions import Direction
from labo.domain.entities.scale import LARGEST_DEVIATION
from labo.domain.lab.claims import (
    Trials,
    as_intervention,
    deviation_of,
    effect_of,
    shows,
    trials,
    trials_by_edge,
)
from labo.domain.lab.paired_runs import ExperimentVerdict, Measurement, Observation
from labo.domain.lab.results import result_of, watched
from labo.domain.lab.scenarios import EdgeUnderTest, Fault, Scenario, Success, Symptom
from labo.errors import InvalidInput

ANY = st.floats(allow_nan=True, allow_infinity=True)
CAUSE = Symptom("db", "database", "latency", Direction.HIGH)
EFFECT = Symptom("web", "service", "ok", Direction.LOW)
TESTED = EdgeUnderTest(CAUSE, EFFECT, Relation.CALLEE)
SCENARIO = Scenario(
    "slow", "slow", "shop", Fault("latency", "db", at=60), (Success("web:ok", Direction.HIGH),),
    tests=TESTED, seconds=120,
)  # fmt: skip
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_run(seed: int, *, cause: bool = False, effect: bool = False) -> Observation:
    slow, ok = 9.0 if cause else 1.0, 0.2 if effect else 1.0 - seed / 1_000
    return Observation(
        seed,
        {CAUSE.name: Measurement(slow, 1.0, slow, 0.5), EFFECT.name: Measurement(ok, 1.0, ok, 0.1)},
    )


@given(value=ANY, before=ANY, during=ANY, spread=ANY)
def test_a_deviation_is_bounded_or_unknown(
    value: float, before: float, during: float, spread: float
) -> None:
    """Whatever the engine says; with a scale of nothing it is not known how far, and is ten."""
    found = deviation_of(Measurement(value, before, during, spread))

    assert math.isnan(found) or abs(found) <= LARGEST_DEVIATION
    assert deviation_of(Measurement(0, 1, 0.5, 0)) == -10
    assert deviation_of(Measurement(0, 1, 1, 0)) == 0


def test_a_pair_counts_when_the_cause_came_in_arm_a_alone() -> None:
    """A fault too weak to bring the cause about tests nothing; an unread metric says nothing."""
    a = [a_run(i, cause=i != 3, effect=i != 2) for i in range(1, 5)]
    b = [a_run(i, effect=i == 4) for i in range(1, 5)]
    unread = Observation(5, {})
    pairs = [*zip(a, b, strict=True), (unread, a_run(5))]
    found = trials(pairs, TESTED, clamped=False)

    assert found == Trials((1.0, 0.0, 0.0), unmanipulated=1)
    assert shows(unread, CAUSE) is None
    assert shows(Observation(6, {CAUSE.name: Measurement(1, math.nan, 1, 1)}), CAUSE) is None


def test_under_a_clamp_an_effect_that_comes_anyway_says_nothing() -> None:
    """It has another cause in both arms; without a clamp it is one that came by itself."""
    pairs = [(a_run(1, cause=True, effect=True), a_run(1, effect=True))]

    assert trials(pairs, TESTED, clamped=True) == Trials((), unmanipulated=1)
    assert trials(pairs, TESTED, clamped=False) == Trials((0.0,))


def test_a_claim_at_several_places_is_one_trial_a_pair() -> None:
    """Half of them felt it: half an effect, in each of the pairs that brought the cause about."""
    other = EdgeUnderTest(CAUSE, Symptom("api", "service", "ok", Direction.LOW), Relation.CALLEE)
    calm = {"api:ok": Measurement(1.0, 1.0, 1.0, 0.1)}
    ill = [a_run(i, cause=i != 2, effect=True) for i in (1, 2)]
    a = [Observation(one.seed, {**one.measurements, **calm}) for one in ill]
    b = [Observation(i, {**a_run(i).measurements, **calm}) for i in (1, 2)]
    found = trials_by_edge([*zip(a, b, strict=True)], (TESTED, other), clamped=False)

    assert found == {TESTED.edge: (TESTED, Trials((0.5,), unmanipulated=1))}


def test_one_problem_shows_by_any_of_its_symptoms() -> None:
    """Traffic that rises and traffic that falls are one problem: a whole effect, and not half."""
    rises, falls = (
        EdgeUnderTest(CAUSE, Symptom("web", "service", "rate", way), Relation.CALLEE)
        for way in (Direction.HIGH, Direction.LOW)
    )
    more = {"web:rate": Measurement(9.0, 1.0, 9.0, 0.5)}
    same = {"web:rate": Measurement(1.0, 1.0, 1.0, 0.5)}
    a = Observation(1, {**a_run(1, cause=True).measurements, **more})
    b = Observation(1, {**a_run(1).measurements, **same})
    found = trials_by_edge([(a, b)], (rises, falls), clamped=False)

    assert found == {rises.edge: (rises, Trials((1.0,)))}
    assert rises.edge == falls.edge


def test_the_evidence_is_the_same_however_often_it_is_made() -> None:
    """Its id follows from the experiment's; without a trial there is none."""
    found = Trials((1.0,) * 8)
    runs = as_intervention("x-1", "shop", TESTED, found, ended_at=NOON)
    again = as_intervention("x-1", "shop", TESTED, found, ended_at=NOON)
    assert runs and again
    [(_, piece)] = evidence_of(runs)
    [(_, same)] = evidence_of(again)

    assert (piece.id, piece.edge) == (same.id, TESTED.edge)
    assert (piece.pairs, piece.effect, piece.origin) == (8, 8.0, "x-1")
    assert effect_of(found).low > 0.1
    assert as_intervention("x-2", "shop", TESTED, Trials((), 4), ended_at=NOON) is None


def test_a_result_holds_effect_verdict_and_the_edges_test() -> None:
    """The sequential stop looks at the edge where there is one, else at the primary success."""
    a = [a_run(i, cause=True, effect=True) for i in range(1, 9)]
    b = [a_run(i) for i in range(1, 9)]
    result, found = result_of(SCENARIO, a, b, planned=12)
    [(tested, tried)] = found.values()

    assert watched(SCENARIO, a, b).up == 8 and watched(SCENARIO, a, b).settled
    assert (result.pairs, result.stopped_early) == (8, True)
    assert result.verdict is ExperimentVerdict.BETTER
    assert result.success[0].effect == pytest.approx(0.8 - 0.0045)
    assert result.edge and result.edge.effect.pairs == len(tried.differences) == 8
    assert (tested, result.also) == (TESTED, ())
    assert [one.metric for one in result.side_effects] == [CAUSE.name]


def test_a_success_metric_that_nothing_measures_is_named() -> None:
    """With what there is to choose from."""
    empty = Observation(1, {"web:other": Measurement(1, 1, 1, 1)})
    with pytest.raises(InvalidInput, match=r"success: web:ok.*measured: web:other"):
        result_of(SCENARIO, [empty], [empty], planned=1)
