"""Reading one metric after the other."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.metric_sets.plans import (
    MEASURED_STATES,
    Stop,
    next_metric,
    plan,
    plan_for,
    posterior,
)
from labo.domain.metric_sets.sets import HEALTHY, Demand, SignatureTable, State
from tests.unit.metric_sets.test_cover.test_minimal_set import a_table, tables

N, H, L, U = State.NORMAL, State.HIGH, State.LOW, State.UNKNOWN
FOUR = a_table([[H, H, U], [H, N, U], [N, H, U], [N, N, U]])


@settings(max_examples=40, deadline=None)
@given(
    table=tables(),
    depth=st.integers(1, 3),
    healthy=st.booleans(),
    prior=st.dictionaries(st.sampled_from(["c0", "c1", "healthy", "x"]), st.floats(), max_size=4),
)
def test_probabilities_sum_to_one_everywhere(
    table: SignatureTable, depth: int, healthy: bool, prior: dict[str, float]
) -> None:
    """At each node of a plan, after each possible reading, and over the ends of the plan."""
    found = plan(table, depth=depth, prior=prior, healthy=healthy)

    ends = [node for node in found.nodes if node.step is None]
    assert math.isclose(sum(node.chance for node in ends), 1.0, abs_tol=1e-9)
    for node in found.nodes:
        assert math.isclose(sum(node.probabilities.values()), 1.0, abs_tol=1e-9)
        assert len(node.measurements) <= depth
        assert (node.step is None) != (node.stop is None)
        if node.step:
            assert node.step.gain > 0
            assert math.isclose(sum(node.step.chances.values()), 1.0, abs_tol=1e-9)
            for after in node.step.posterior.values():
                assert math.isclose(sum(after.values()), 1.0, abs_tol=1e-9)


def test_a_prior_of_any_size_is_weighed_by_its_shares() -> None:
    """It need not sum to 1, nor to a number that a float holds."""
    known = posterior(FOUR, {}, prior={"c0": 1e308, "c1": 1e308, "c2": 1.0}, healthy=False)

    assert known == {"c0": 0.5, "c1": 0.5, "c2": pytest.approx(0.0), "c3": 0.0}


def test_two_readings_tell_four_causes_apart() -> None:
    """Half the causes go with each reading, and never the metric that nobody knows about."""
    found = plan(FOUR, depth=2, healthy=False)

    assert {node.step.metric for node in found.nodes if node.step} == {"m0", "m1"}
    [both_high] = [n for n in found.nodes if set(n.measurements) == {("m0", H), ("m1", H)}]
    assert both_high.probabilities["c0"] > 0.85
    assert both_high.stop is Stop.DEPTH
    assert found.expected_cost == pytest.approx(2.0)


def test_the_gain_is_that_of_information_theory() -> None:
    """A reading of reliability 0.9 over two causes: one bit less what the noise takes."""
    table = a_table([[H], [N]])
    step = next_metric(table, healthy=False)
    noise = -(0.9 * math.log2(0.9) + 2 * 0.05 * math.log2(0.05))
    mixed = [0.475, 0.475, 0.05]

    assert step is not None
    assert step.gain == pytest.approx(-sum(p * math.log2(p) for p in mixed) - noise)
    assert [step.chances[state] for state in MEASURED_STATES] == pytest.approx([0.475, 0.05, 0.475])


def test_a_cheaper_metric_may_come_first() -> None:
    """Bits per cost decide."""
    table = a_table([[H, H], [N, H], [L, N]], [10.0, 1.0])
    step = next_metric(table, healthy=False)

    assert step is not None
    assert (step.metric, step.cost) == ("m1", 1.0)


def test_it_ends_when_one_cause_is_sure_or_nothing_helps() -> None:
    """What was read is not read again."""
    assert next_metric(FOUR, prior={"c0": 0.95, "c1": 0.05}, healthy=False) is None
    assert next_metric(FOUR, read={"m0": H, "m1": H}, healthy=False) is None
    assert next_metric(a_table([[U], [U]]), healthy=False) is None
    step = next_metric(FOUR, read={"m0": H, "unheard": H}, healthy=False)
    assert step is not None and step.metric == "m1"


def test_readings_change_the_odds_by_bayes() -> None:
    """An unknown reading changes nothing."""
    after = posterior(FOUR, {"m0": H, "m1": U}, healthy=False)

    assert after["c0"] == pytest.approx(0.9 / 1.9)
    assert posterior(FOUR, {}, prior={"c1": 2, HEALTHY: 2})[HEALTHY] == 0.5


def test_a_plan_leaves_out_what_cannot_be_collected() -> None:
    """At the prices asked for."""
    found = plan_for(FOUR, Demand(exclude=frozenset({"m0"}), costs={"m1": 3.0}, healthy=False))

    assert [node.step.metric for node in found.nodes if node.step] == ["m1"]
    assert found.expected_cost == 3.0


def test_no_rival_is_no_question() -> None:
    """Empty tables have a plan that ends at once."""
    empty = SignatureTable((), (), {}, {})

    assert [node.stop for node in plan(empty, healthy=False).nodes] == [Stop.NOTHING_HELPS]
    assert [node.stop for node in plan(empty).nodes] == [Stop.SURE]
