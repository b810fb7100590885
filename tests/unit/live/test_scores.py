"""What a person was shown while a fault lasted, scored."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.live.moments import Incident, Look, State, moments, shown
from benchmarks.live.scores import Score, Times, false_incidents, flips, open_at_end, score

BEGAN = 1_000.0
TIMES = Times(BEGAN, BEGAN + 60)
NONE_BEFORE = Look(BEGAN - 3, ())
TRUTH = frozenset({"payments"})


def incident(key: str = "i1", **values: object) -> Incident:
    usual: dict[str, object] = {"title": "slow", "status": "OPEN", "active_at": BEGAN + 5}
    return Incident(key=key, **(usual | values))  # type: ignore[arg-type]


def suspecting(name: str, verdict: str = "LIKELY", **values: object) -> Incident:
    return incident(verdict=verdict, suspect=name, probability=0.7, **values)


def looks(*incidents: Incident | None) -> list[Look]:
    """One look every three seconds since the fault began."""
    return [Look(BEGAN + 3 * n, (one,) if one else ()) for n, one in enumerate(incidents)]


def scored(seen: list[Look], before: Look = NONE_BEFORE, window_s: float = 300) -> Score:
    return score(moments(seen, before, BEGAN, TRUTH), seen, before, TIMES, window_s)


def test_times_to_open_and_to_the_first_right_answer_count_from_the_faults_begin() -> None:
    """Nothing, an incident, a wrong answer, the right one."""
    found = scored(looks(None, incident(), suspecting("orders"), suspecting("payments")))

    assert (found.opened_s, found.right_s) == (3, 9)
    assert (found.flips, found.wrong_share, found.moments) == (1, 0.25, 4)
    assert found.answer == "LIKELY payments 70%"


def test_the_share_of_right_answers_is_of_the_window_after_the_first() -> None:
    """What came before it and what comes after the window counts for nothing."""
    right, wrong = suspecting("payments"), suspecting("orders")
    seen = looks(wrong, right, right, wrong, right, wrong, wrong)

    assert scored(seen, window_s=9).right_share == 0.75


def test_an_answer_that_was_never_right_has_no_share_of_any_window() -> None:
    """Not even of an empty one."""
    found = scored(looks(None, suspecting("orders")))

    assert (found.right_s, found.right_share, found.is_right_soon) == (None, 0.0, False)


def test_a_wrong_answer_that_is_not_sure_is_no_sure_mistake() -> None:
    """INCONCLUSIVE is a legal answer."""
    [moment] = moments(looks(suspecting("orders", "INCONCLUSIVE")), NONE_BEFORE, BEGAN, TRUTH)

    assert moment.state is State.UNSURE


def test_an_older_incident_is_shown_only_once_something_was_added_to_it() -> None:
    """Until then it says nothing of this fault, right as its answer may be by chance."""
    older = suspecting("payments", active_at=BEGAN - 100)
    before = Look(BEGAN - 3, (older,))
    added = replace(older, active_at=BEGAN + 10)
    seen = [Look(BEGAN, (older,)), Look(BEGAN + 12, (added,))]

    assert [one.state for one in moments(seen, before, BEGAN, TRUTH)] == [
        State.NOTHING,
        State.RIGHT,
    ]
    found = scored(seen, before)
    assert (found.opened_s, found.incidents, found.joined, found.joined_over) == (12, 1, 1, 0)


def test_an_incident_that_had_been_resolved_counts_as_joined_to_a_resolved_one() -> None:
    """As an old title over a new fault does."""
    older = suspecting("orders", status="RESOLVED", active_at=BEGAN - 100)
    seen = [Look(BEGAN + 9, (replace(older, status="DIAGNOSED", active_at=BEGAN + 6),))]

    assert scored(seen, Look(BEGAN - 3, (older,))).joined_over == 1


def test_the_newest_open_incident_is_shown_and_one_that_is_over_only_without_it() -> None:
    """As in the list that a person reads from the top."""
    newest, older = incident("new"), incident("old")
    over = replace(newest, status="RESOLVED")

    assert shown(Look(BEGAN, (newest, older)), NONE_BEFORE, BEGAN) == newest
    assert shown(Look(BEGAN, (over, older)), NONE_BEFORE, BEGAN) == older
    assert shown(Look(BEGAN, (over,)), NONE_BEFORE, BEGAN) == over


def test_a_merged_incident_is_not_shown_and_not_counted() -> None:
    """It is a part of another."""
    merged = replace(incident("gone"), merged_into="i1")
    seen = [Look(BEGAN + 3, (merged, incident()))]

    assert (scored(seen).incidents, scored(seen).opened_s) == (1, 3)


def test_resolved_means_that_all_are_over_and_stay_over() -> None:
    """Counted from the fault's end."""
    open_, over = incident(), incident(status="RESOLVED")
    late = [Look(BEGAN + 60 + 3 * n, (one,)) for n, one in enumerate((open_, over, open_, over))]

    assert scored(late).resolved_s == 9
    assert scored(late[:3]).resolved_s is None


def test_what_is_open_at_the_end_is_counted_for_the_fault_that_it_belongs_to() -> None:
    """Not the incident of the next fault, and not one that is over or was merged."""
    seen = [
        Look(BEGAN + 3, (incident("a"), incident("b"), incident("c"))),
        Look(
            BEGAN + 90,
            (
                incident("next"),
                incident("a"),
                incident("b", status="RESOLVED"),
                incident("c", merged_into="a"),
            ),
        ),
    ]

    assert open_at_end(seen, NONE_BEFORE, BEGAN, until=BEGAN + 60) == 1
    assert open_at_end([], NONE_BEFORE, BEGAN, until=BEGAN + 60) == 0


def test_occurrences_of_two_systems_make_an_incident_a_mixed_one() -> None:
    """Two applications on one stack have nothing to do with each other."""
    mixed = incident(components=frozenset({"shop/payments", "travel/fares"}))
    clean = incident(components=frozenset({"shop/payments", "shop/orders"}))

    assert (scored(looks(mixed)).mixed, scored(looks(clean)).mixed) == (1, 0)


def test_problems_are_counted_by_the_component_that_has_most() -> None:
    """One slow service is to be one problem of one component."""
    pairs = {("shop/payments", "p1"), ("shop/payments", "p2"), ("shop/orders", "p1")}

    assert scored(looks(incident(problems=frozenset(pairs)))).problems == 2


def test_an_incident_first_seen_in_normal_time_is_a_false_one() -> None:
    """Once, however long it stays."""
    seen = [Look(t, (incident("a", title="false alarm"),)) for t in (100.0, 103.0)]
    seen.append(Look(300.0, (incident("b"), incident("a"))))

    assert false_incidents(seen, [(0.0, 200.0), (250.0, 290.0)]) == ["false alarm"]


NAMES = st.sampled_from(["", "payments", "orders", "storefront"])
VERDICTS = st.sampled_from(["", "LIKELY", "CONFIRMED", "INCONCLUSIVE", "NO_PROBLEM"])


@given(st.lists(st.none() | st.builds(suspecting, NAMES, VERDICTS), max_size=30))
def test_every_figure_stays_within_its_bounds(incidents: list[Incident | None]) -> None:
    """Whatever is shown in whatever order."""
    seen = looks(*incidents)
    found = scored(seen)
    shown_moments = moments(seen, NONE_BEFORE, BEGAN, TRUTH)

    assert 0 <= found.right_share <= 1
    assert 0 <= found.wrong_share <= 1
    assert found.flips == flips(shown_moments) <= max(0, found.moments - 1)
    assert (found.right_s is None) == all(one.state is not State.RIGHT for one in shown_moments)
    if found.right_s is not None:
        assert found.opened_s is not None and found.opened_s <= found.right_s
        assert found.right_share > 0


@pytest.mark.parametrize("diagnosis", [None, {"verdict": "NO_PROBLEM", "suspects": []}])
def test_an_incident_without_a_suspect_has_no_answer(diagnosis: object) -> None:
    """As GraphQL gives it before its first diagnosis, and after one that found nothing."""
    node = {
        "key": "i1",
        "title": "slow",
        "status": "OPEN",
        "openedAt": "2026-11-30T12:00:00+00:00",
        "resolvedAt": None,
        "lastActivityAt": None,
        "mergedInto": None,
        "occurrences": [{"componentKey": "shop/orders", "problemKey": "p1"}],
        "diagnosis": diagnosis,
    }
    found = Incident.from_node(node)

    assert (found.suspect, found.active_at) == ("", 1_796_040_000.0)
    assert found.problems == {("shop/orders", "p1")}
