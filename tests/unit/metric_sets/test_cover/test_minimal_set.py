"""The cheapest metrics that separate rival causes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.metric_sets.sets import MinimalSet, SignatureTable, State
from labo.domain.metric_sets.test_cover.cover import build_cover
from labo.domain.metric_sets.test_cover.solve import greedy_set, minimal_set

STATES = [State.HIGH, State.LOW, State.NORMAL, State.UNKNOWN]


def a_table(rows: list[list[State]], costs: list[float] | None = None) -> SignatureTable:
    width = len(rows[0]) if rows else 0
    causes = tuple(f"c{i}" for i in range(len(rows)))
    metrics = tuple(f"m{j}" for j in range(width))
    states = {c: dict(zip(metrics, row, strict=True)) for c, row in zip(causes, rows, strict=True)}
    return SignatureTable(
        causes, metrics, states, dict(zip(metrics, costs or [1.0] * width, strict=True))
    )


def is_cover(table: SignatureTable, chosen: set[str], covers: int, healthy: bool) -> bool:
    """Checked from the definition, without the code under test."""
    rows = dict(table.states)
    if healthy:
        rows["healthy"] = dict.fromkeys(table.metrics, State.NORMAL)
    for a, b in combinations(rows, 2):
        separators = {
            m
            for m in table.metrics
            if State.UNKNOWN not in (rows[a][m], rows[b][m]) and rows[a][m] != rows[b][m]
        }
        if len(separators & chosen) < min(covers, len(separators)):
            return False
    return True


def brute_force(table: SignatureTable, covers: int, healthy: bool) -> float:
    best = float("inf")
    for size in range(len(table.metrics) + 1):
        for chosen in combinations(table.metrics, size):
            if is_cover(table, set(chosen), covers, healthy):
                best = min(best, sum(table.costs[m] for m in chosen))
    return best


@st.composite
def tables(draw: st.DrawFn) -> SignatureTable:
    causes = draw(st.integers(1, 5))
    width = draw(st.integers(0, 7))
    cell = st.sampled_from(STATES)
    rows = draw(
        st.lists(st.lists(cell, min_size=width, max_size=width), min_size=causes, max_size=causes)
    )
    costs = draw(st.lists(st.integers(1, 9), min_size=width, max_size=width))
    return a_table(rows, [float(c) for c in costs])


@settings(max_examples=60, deadline=None)
@given(table=tables(), covers=st.integers(1, 3), healthy=st.booleans())
def test_the_cost_is_that_of_trying_every_subset(
    table: SignatureTable, covers: int, healthy: bool
) -> None:
    """On small tables the set is a cover, its cost is the least of all, and it says so."""
    found = minimal_set(table, covers=covers, healthy=healthy)

    assert is_cover(table, set(found.metrics), covers, healthy)
    assert found.proven
    assert found.cost == pytest.approx(brute_force(table, covers, healthy))
    assert found.lower_bound == pytest.approx(found.cost)


@settings(max_examples=60, deadline=None)
@given(table=tables(), covers=st.integers(1, 2))
def test_greedy_is_a_cover_within_its_own_bound(table: SignatureTable, covers: int) -> None:
    """The fast answer separates all that can be separated; its bound is never above the optimum."""
    found = greedy_set(table, covers=covers)
    best = minimal_set(table, covers=covers).cost

    assert is_cover(table, set(found.metrics), covers, True)
    assert found.lower_bound <= best + 1e-9 <= found.cost + 2e-9


def test_what_nothing_separates_is_named() -> None:
    """Two causes alike, and one that looks healthy, are listed as pairs."""
    n, h = State.NORMAL, State.HIGH
    found = minimal_set(a_table([[h, n], [h, n], [n, n]]))

    assert found.indistinguishable == (("c0", "c1"), ("c2", "healthy"))
    assert found.metrics == ("m0",)
    assert found.saving == pytest.approx(0.5)


def test_without_healthy_a_lone_cause_needs_no_metric() -> None:
    """One cause has no rival when healthy is left out."""
    table = a_table([[State.HIGH]])

    assert minimal_set(table, healthy=False).metrics == ()
    assert minimal_set(table).metrics == ("m0",)


def test_double_cover_lists_the_pairs_it_could_not_cover_twice() -> None:
    """A pair with one separator gets it, and is reported."""
    n, h, u = State.NORMAL, State.HIGH, State.UNKNOWN
    found = minimal_set(a_table([[h, h, u], [n, h, h]]), covers=2)

    assert set(found.metrics) == {"m0", "m1", "m2"}
    assert found.under_covered == (("c0", "c1"),)
    assert found.covers == 2


def test_a_missing_state_is_unknown_and_separates_nothing() -> None:
    """A metric that a cause's row lacks can't tell it from another."""
    table = SignatureTable(("a", "b"), ("m",), {"a": {"m": State.HIGH}}, {})

    assert minimal_set(table, healthy=False).indistinguishable == (("a", "b"),)


def test_a_cut_off_proof_still_gives_a_set_and_a_bound() -> None:
    """With next to no time the answer is a cover whose cost its bound does not exceed."""
    rng = np.random.default_rng(5)
    rows = [[STATES[k] for k in rng.choice(3, 60, p=[0.05, 0.05, 0.9])] for _ in range(24)]
    found: MinimalSet = minimal_set(a_table(rows), time_limit_s=0.001)

    assert is_cover(a_table(rows), set(found.metrics), 1, True)
    assert 0 < found.lower_bound <= found.cost


def test_the_first_metric_separates_the_most() -> None:
    """Metrics come in useful order."""
    n, h = State.NORMAL, State.HIGH
    table = a_table([[h, n, n], [h, h, n], [n, h, h], [n, n, h]])
    found = minimal_set(table)
    cover = build_cover(table)
    counts = dict(zip(table.metrics, cover.separates.sum(axis=0), strict=True))

    assert counts[found.metrics[0]] == max(counts[m] for m in found.metrics)


def test_the_exact_search_proves_what_greedy_only_bounds() -> None:
    """A random table of eight causes whose relaxation is weaker than its optimum."""
    rng = np.random.default_rng(4)
    codes = rng.choice(4, size=(8, 24), p=(0.6, 0.2, 0.1, 0.1))
    order = (State.NORMAL, State.HIGH, State.LOW, State.UNKNOWN)
    costs = [float(cost) for cost in rng.integers(1, 10, 24)]
    table = a_table([[order[code] for code in row] for row in codes], costs)
    quick, found = greedy_set(table), minimal_set(table)

    assert quick.lower_bound <= found.cost <= quick.cost
    assert (found.cost, found.proven) == (15.0, True)
