"""Sets under conditions: exclusions, costs, at most so many metrics, some pairs only."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.metric_sets.sets import (
    HEALTHY,
    Demand,
    Measurement,
    MinimalSet,
    Remedy,
    RemedyKind,
    SignatureTable,
    State,
    fits,
    located,
    priced,
)
from labo.domain.metric_sets.test_cover.budget import Budget
from labo.domain.metric_sets.test_cover.cover import build_cover
from labo.domain.metric_sets.test_cover.exact import improve
from labo.domain.metric_sets.test_cover.greedy import greedy
from labo.domain.metric_sets.test_cover.solve import answer, minimal_set
from labo.errors import InvalidInput
from tests.unit.metric_sets.test_cover.test_minimal_set import a_table, is_cover, tables

N, H, L, U = State.NORMAL, State.HIGH, State.LOW, State.UNKNOWN


@settings(max_examples=40, deadline=None)
@given(table=tables(), at_most=st.integers(1, 4), covers=st.sampled_from([None, 1, 2]))
def test_no_more_metrics_than_asked_for(
    table: SignatureTable, at_most: int, covers: int | None
) -> None:
    """And what they leave together is listed; the bound never exceeds the cost."""
    found = minimal_set(table, covers=covers, at_most=at_most)
    cover = build_cover(table)
    chosen = [table.metrics.index(metric) for metric in found.metrics]
    missed = (cover.available > 0) & ~cover.separates[:, chosen].any(axis=1)

    assert len(found.metrics) <= at_most
    assert found.unseparated == tuple(
        pair for pair, left in zip(cover.pairs, missed, strict=True) if left
    )
    assert found.lower_bound <= found.cost + 1e-9
    if not found.unseparated:
        assert is_cover(table, set(found.metrics), 1, True)


@settings(max_examples=40, deadline=None)
@given(table=tables(), data=st.data())
def test_what_is_excluded_is_never_chosen(table: SignatureTable, data: st.DataObject) -> None:
    """The set covers what the remaining metrics can; remedies name real ways out."""
    excluded = frozenset(data.draw(st.sets(st.sampled_from(table.metrics or ("none",)))))
    found = answer(table, Demand(exclude=excluded), time_limit_s=1.0)

    assert excluded.isdisjoint(found.metrics)
    for remedy in found.remedies:
        assert remedy.pair in found.indistinguishable
        assert (remedy.kind is RemedyKind.ALLOW) == (not remedy.unknown_under)
        assert remedy.kind is RemedyKind.LEARN or remedy.metric in excluded


def test_an_exclusion_that_fits_no_metric_is_refused() -> None:
    """The first of the known metrics are named; where none is known nothing is refused."""
    table = a_table([[State.HIGH] * 23, [State.LOW] * 23])

    with pytest.raises(InvalidInput, match=r"matches 'mm1', 'x:\*' \(known: m0, .*, and 3 more\)"):
        answer(table, Demand(exclude=frozenset({"m1", "x:*", "mm1"})))
    assert answer(a_table([]), Demand(exclude=frozenset({"m0"}))).metrics == ()


def test_each_pair_may_be_as_often_covered_as_the_number_allows() -> None:
    """With room for four metrics all four are used, and the cover is at most threefold."""
    table = a_table([[H, H, H, H, H], [L, L, L, L, L]])

    assert minimal_set(table, covers=None, at_most=4).covers == 3
    assert len(minimal_set(table, covers=None, at_most=4).metrics) == 4
    assert minimal_set(table, covers=None, at_most=2).covers == 2


def test_fewer_but_dearer_metrics_when_their_number_is_what_counts() -> None:
    """The cheapest cover takes three metrics; one dear metric does the same."""
    table = a_table([[H, N, N, H], [N, H, N, L], [N, N, H, N]], [1.0, 1.0, 1.0, 9.0])
    free = minimal_set(table, healthy=False)
    bounded = minimal_set(table, healthy=False, at_most=1)

    assert (len(free.metrics), free.cost) == (2, 2.0)
    assert (bounded.metrics, bounded.unseparated, bounded.proven) == (("m3",), (), False)
    assert bounded.lower_bound == 2.0


def test_only_the_named_pairs_are_told_apart() -> None:
    """In either order; a pair of unknown names is nobody's question."""
    table = a_table([[H, N, N], [N, H, N], [N, N, H]])
    found = minimal_set(table, pairs={("c1", "c0"), (HEALTHY, "c0"), ("c0", "nobody")})

    assert found.metrics == ("m0",)


def test_of_equal_sets_the_clearer_one_is_chosen() -> None:
    """A reading ten times the spread apart is not mistaken, one of four may be."""
    table = SignatureTable(
        ("a", "b"),
        ("faint", "clear"),
        {"a": {"faint": H, "clear": H}, "b": {"faint": N, "clear": N}},
        {},
        {"a": {"faint": 5.0, "clear": 9.5}, "b": {"faint": 0.5, "clear": 0.0}},
    )

    assert minimal_set(table, healthy=False).metrics == ("clear",)


def test_room_for_more_metrics_goes_where_causes_are_confused_most() -> None:
    """`a` and `b` overlap on the one metric that covers all pairs; the second keeps them apart by
    how far it goes, though both are high on it."""
    table = SignatureTable(
        ("a", "b", "c"),
        ("all", "far", "same"),
        {
            "a": {"all": H, "far": H, "same": H},
            "b": {"all": N, "far": H, "same": N},
            "c": {"all": L, "far": N, "same": N},
        },
        {},
        {
            "a": {"all": 4.0, "far": 40.0, "same": 4.0},
            "b": {"all": -0.5, "far": 5.0, "same": 0.0},
            "c": {"all": -30.0, "far": 0.0, "same": 0.0},
        },
    )

    found = minimal_set(table, covers=None, healthy=False, at_most=2)

    assert set(found.metrics) == {"all", "far"}
    assert (found.covers, found.unseparated) == (1, ())


def test_an_overlapping_reading_counts_only_where_nothing_is_clearer() -> None:
    """3.2 and 2.8 are two states on paper; two clear metrics are better than one such."""
    states = {"a": {"one": H, "two": N}, "b": {"one": N, "two": H}, "c": {"one": N, "two": N}}
    sizes = {"a": {"one": 3.2, "two": 0.0}, "b": {"one": 2.8, "two": 9.0}, "c": {"one": 0.0}}
    table = SignatureTable(("a", "b", "c"), ("one", "two"), states, {}, sizes)
    cover = build_cover(table, healthy=False)

    assert cover.pairs == (("a", "b"), ("a", "c"), ("b", "c"))
    assert cover.separates.tolist() == [[False, True], [True, False], [False, True]]


def test_remedies_name_the_cheapest_first() -> None:
    """What was excluded, then what has to be learnt, told by the causes it is unknown under."""
    table = a_table([[H, U, H, U], [N, H, H, U]], [1.0, 2.0, 1.0, 1.0])
    found = answer(table, Demand(healthy=False, exclude=frozenset({"m0"})))

    assert found.indistinguishable == (("c0", "c1"),)
    assert found.remedies == (
        Remedy(("c0", "c1"), "m0", RemedyKind.ALLOW),
        Remedy(("c0", "c1"), "m1", RemedyKind.LEARN, ("c0",)),
        Remedy(("c0", "c1"), "m3", RemedyKind.LEARN, ("c0", "c1")),
    )


def test_costs_are_laid_over_by_the_most_special_pattern() -> None:
    """A role's price, then a metric's, then that of one metric on one role."""
    table = SignatureTable((), ("db:latency", "db:errors", "cache:latency"), {}, {"db:errors": 4})

    assert priced(table, {"db:*": 2.0, "latency": 3.0, "db:latency": 7.0}) == {
        "db:latency": 7.0,
        "db:errors": 2.0,
        "cache:latency": 3.0,
    }
    assert not fits("db:latency", "db") and fits("latency", "latency")


@pytest.mark.parametrize(
    "wrong",
    [
        {"covers": 0},
        {"covers": 6},
        {"covers": None},
        {"at_most": 0},
        {"costs": {"m": 0.0}},
        {"costs": {"m": float("nan")}},
    ],
)
def test_a_demand_that_means_nothing_is_refused(wrong: dict[str, int | None]) -> None:
    """With the field at fault."""
    with pytest.raises(InvalidInput):
        Demand(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_names_say_where_a_metric_is_read() -> None:
    """A role's or a component's, or nothing in a table of one's own."""
    found = MinimalSet(
        ("x",),
        1,
        True,
        1,
        (),
        (),
        1,
        0,
        measurements=(Measurement("db:q", 1, 1), Measurement("plain", 1, 0)),
    )
    by_role, by_component = located(found), located(found, {"db": "database"})

    assert [(r.role, r.component, r.metric) for r in by_role.measurements] == [
        ("db", "", "q"),
        ("", "", "plain"),
    ]
    assert [(r.role, r.component) for r in by_component.measurements] == [
        ("database", "db"),
        ("", ""),
    ]


def test_a_solver_that_is_not_back_in_time_is_not_waited_for() -> None:
    """What was known before stands."""
    table = a_table([list(row) for row in combinations([H, N, L, N, H, L], 4)])
    cover = build_cover(table)
    start = greedy(cover)

    assert Budget(0.0).finished(lambda: 1 / 1) in (None, 1.0)
    assert improve(cover, start, 1.0, Budget(0.0)) == (start, 1.0)
