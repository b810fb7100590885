"""From counted episodes to the table of rival causes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.conditions import Direction, condition_key
from labo.domain.knowledge.experiences import Z_SCORE_GRID
from labo.domain.knowledge.signatures import (
    Signature,
    expected_state,
    signature,
    signature_table,
)
from labo.domain.metric_sets.sets import State


def shown(
    problem: str = "p",
    metric: str = "latency",
    direction: Direction = Direction.HIGH,
    **counts: int,
) -> Signature:
    return Signature(problem, f"{metric}-{direction}", metric, direction, "db", **counts)


@pytest.mark.parametrize(
    ("signatures", "state"),
    [
        ([], State.UNKNOWN),
        ([shown()], State.UNKNOWN),
        ([shown(hits=1)], State.HIGH),
        ([shown(hits=4, misses=1)], State.HIGH),
        ([shown(hits=3, misses=1)], State.UNKNOWN),
        ([shown(direction=Direction.LOW, hits=5)], State.LOW),
        ([shown(hits=1, misses=4)], State.NORMAL),
        (
            [shown(hits=1, misses=9), shown(direction=Direction.LOW, hits=3, misses=7)],
            State.UNKNOWN,
        ),
        ([shown(direction=Direction.FLAT, hits=9)], State.UNKNOWN),
    ],
)
def test_a_state_is_known_from_four_out_of_five(signatures: list[Signature], state: State) -> None:
    """Missing data is unknown, never normal."""
    assert expected_state(signatures) is state


def test_columns_are_metrics_on_roles_with_their_cost() -> None:
    """Columns that tell nothing about any cause are left out."""
    table = signature_table(
        ["a", "b", "a"],
        [shown("a", hits=3), shown("b", "errors", hits=3), shown("b", "queue", hits=1, misses=1)],
        {"latency": 5.0},
        {},
    )

    assert table.causes == ("a", "b")
    assert table.metrics == ("db:errors", "db:latency")
    assert table.costs == {"db:errors": 1.0, "db:latency": 5.0}
    assert table.states == {"a": {"db:latency": State.HIGH}, "b": {"db:errors": State.HIGH}}


def test_a_metric_known_to_stay_quiet_reads_normal_under_other_causes() -> None:
    """Unless the cause brings about a problem that shows it."""
    kept = [shown("a", hits=3, quiets=8, false_hits=1), shown("b", "errors", hits=3)]

    apart = signature_table(["a", "b"], kept, {}, {})
    linked = signature_table(["a", "b"], kept, {}, {"b": ["a", "web"]})

    assert apart.states["b"] == {"db:errors": State.HIGH, "db:latency": State.NORMAL}
    assert linked.states["b"] == {"db:errors": State.HIGH}


def test_a_noisy_metric_stays_unknown_under_other_causes() -> None:
    """False alarms make it worthless as a sign of health."""
    kept = [shown("a", hits=3, quiets=5, false_hits=5)]

    assert signature_table(["a", "b"], kept, {}, {}).states["b"] == {}


COUNT = st.integers(0, 10**6)
SIZE = st.integers(-(10**9), 10**9).map(lambda steps: steps / Z_SCORE_GRID)
"""As readings are kept; their sums, and their squares' (on the squared grid), are exact."""
SQUARE = st.integers(0, 10**12).map(lambda steps: steps / Z_SCORE_GRID**2)
COUNTED = st.tuples(COUNT, COUNT, COUNT, COUNT, SIZE, SQUARE).map(
    lambda counts: signature("p", "db", "latency", Direction.HIGH, counts)
)


@given(COUNTED, COUNTED, COUNTED)
def test_signatures_add_up_in_any_order_and_grouping(
    a: Signature, b: Signature, c: Signature
) -> None:
    """So that what is known does not depend on who was asked first."""
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)


@given(COUNTED)
def test_the_empty_signature_adds_nothing(a: Signature) -> None:
    """It has the same identity, and has counted nothing."""
    assert a + a.empty == a.empty + a == a
    assert a.empty == signature("p", "db", "latency", Direction.HIGH)


@pytest.mark.parametrize(
    "other",
    [
        signature("q", "db", "latency", Direction.HIGH),
        signature("p", "db", "latency", Direction.LOW),
        signature("p", "cache", "latency", Direction.HIGH),
    ],
)
def test_signatures_of_different_things_do_not_add_up(other: Signature) -> None:
    """Their sum would be a figure about nothing."""
    one = signature("p", "db", "latency", Direction.HIGH)

    with pytest.raises(ValueError, match="not the same signature"):
        one + other


def test_a_signature_is_of_the_condition_that_it_names() -> None:
    """The same predicate has the same key wherever it is met."""
    one = signature("p", "db", "latency", Direction.HIGH, (5, 1, 2, 30, 31.5, 200.0))

    assert one.condition == condition_key("db", "latency", Direction.HIGH)
    assert one.counts == (5, 1, 2, 30, 31.5, 200.0)
    assert one + replace(one.empty, hits=1) == replace(one, hits=6)
