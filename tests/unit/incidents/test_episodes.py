"""Events of one dedup key become occurrences, whatever order they arrive in."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.components import Component
from labo.domain.entities.problems import Problem
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import (
    MAX_AHEAD,
    Event,
    EventStatus,
    StoredEvent,
    episode_id,
)
from labo.domain.incidents.incidents import Occurrence
from labo.domain.incidents.linking.component_names import component_name
from labo.domain.incidents.linking.episodes import Assigned, assign, bounded
from labo.domain.incidents.linking.identity import locate, problem_of
from tests.builders.events import T0, an_alert


def stored(event: Event, received: float = 0) -> StoredEvent:
    values = {f.name: getattr(event, f.name) for f in fields(event)}
    return StoredEvent(**values, received_at=T0 + timedelta(minutes=received))


def firing(minute: float, **more: object) -> StoredEvent:
    return stored(an_alert(minute=minute, **more), minute)  # type: ignore[arg-type]


def resolved(minute: float, ends: float) -> StoredEvent:
    return stored(an_alert(status=EventStatus.RESOLVED, minute=minute, ends=ends), ends)


def untimed(status: EventStatus, received: float) -> StoredEvent:
    event = replace(
        an_alert(status=status),
        starts_at=None,
        source_event_id=episode_id("checkout/HighLatency", None, status, None) + str(received),
    )
    return stored(event, received)


def place(event: StoredEvent) -> tuple[Component, Problem]:
    component = locate(event, component_name(event), {})
    return component, problem_of(event, component.role)


def spans(*occurrences: Occurrence) -> list[tuple[float, float | None]]:
    """(start, end) in minutes, in order."""
    return sorted(
        (
            (o.started_at - T0).total_seconds() / 60,
            None if o.ended_at is None else (o.ended_at - T0).total_seconds() / 60,
        )
        for o in occurrences
    )


def linked(
    *events: StoredEvent, known: tuple[Occurrence, ...] = (), over: float | None = None
) -> Assigned:
    """`over` is the minute at which a person ended the incident of those known."""
    thread = "alertmanager:checkout/HighLatency"
    ended = {} if over is None else {one.id: T0 + timedelta(minutes=over) for one in known}
    return assign(events, {thread: known} if known else {}, place, ended)


def one_by_one(events: list[StoredEvent]) -> list[Occurrence]:
    """Each event in a batch of its own, the graph keeping what came out."""
    kept: dict[str, Occurrence] = {}
    for event in events:
        result = linked(event, known=tuple(kept.values()))
        kept |= result.fresh | result.changed
    return list(kept.values())


def test_a_firing_and_its_resolution_are_one_occurrence() -> None:
    """Both signal it."""
    result = linked(firing(0), resolved(0, 4))

    assert spans(*result.fresh.values()) == [(0, 4)]
    assert len(result.signals) == 2


def test_a_repeated_firing_while_open_changes_nothing() -> None:
    """Monitors repeat themselves every few hours, some with a new start."""
    first = linked(firing(0))
    again = linked(firing(3), known=tuple(first.fresh.values()))

    assert (again.fresh, again.changed) == ({}, {})
    assert len(again.signals) == 1


def test_a_firing_after_the_end_is_a_new_episode() -> None:
    """Same dedup key, later start."""
    result = linked(firing(0), resolved(0, 4), firing(10))

    assert spans(*result.fresh.values()) == [(0, 4), (10, None)]


def test_a_later_start_than_a_persons_end_is_a_new_episode() -> None:
    """Though no resolution came; the one before was over when that person ended its incident."""
    known = tuple(linked(firing(0)).fresh.values())
    later = linked(firing(20), resolved(20, 24), known=known, over=10)

    assert spans(*later.changed.values()) == [(0, 10)]
    assert spans(*later.fresh.values()) == [(20, 24)]


def test_what_began_before_a_persons_end_is_no_new_episode() -> None:
    """A repetition of the same start, a late one of an earlier start, one without a start."""
    known = tuple(linked(firing(0)).fresh.values())
    repeated = linked(
        stored(an_alert(), received=20),
        firing(8),
        untimed(EventStatus.FIRING, 20),
        known=known,
        over=10,
    )

    assert (repeated.fresh, repeated.changed) == ({}, {})


def test_a_late_firing_never_reopens() -> None:
    """It came after the resolution of the episode that it speaks of, or before any known one."""
    closed = linked(firing(5), resolved(5, 9))
    late = linked(firing(5), firing(2), known=tuple(closed.fresh.values()))

    assert (late.fresh, late.changed) == ({}, {})


def test_a_resolution_that_overtook_its_firing_still_ends_it() -> None:
    """The episode is known closed; the firing only signals it."""
    assert spans(*one_by_one([resolved(0, 4), firing(0)])) == [(0, 4)]


def test_a_resolution_of_nothing_known_without_times_says_nothing() -> None:
    """Neither does an acknowledgement."""
    result = linked(untimed(EventStatus.RESOLVED, 1), untimed(EventStatus.ACKNOWLEDGED, 2))

    assert (result.fresh, result.signals) == ({}, [])


def test_senders_without_times_are_ordered_by_arrival() -> None:
    """Two episodes, told apart by the resolution between them."""
    said = [
        untimed(EventStatus.FIRING, 0),
        untimed(EventStatus.ACKNOWLEDGED, 1),
        untimed(EventStatus.RESOLVED, 2),
        untimed(EventStatus.FIRING, 3),
    ]

    assert spans(*linked(*said).fresh.values()) == [(0, 2), (3, None)]
    assert spans(*one_by_one(said)) == [(0, 2), (3, None)]


def test_information_is_no_problem() -> None:
    """A deployment's message opens nothing."""
    result = linked(firing(0, status=EventStatus.INFO))

    assert (result.fresh, result.signals) == ({}, [])


def test_the_worst_severity_stays() -> None:
    """An alert may be raised, and is not lowered while it lasts."""
    result = linked(
        firing(0, severity=Severity.WARNING),
        stored(an_alert(minute=0, severity=Severity.CRITICAL)),
    )

    assert [o.severity for o in result.fresh.values()] == [Severity.CRITICAL]


episodes = st.lists(st.integers(1, 30), min_size=1, max_size=4).map(
    lambda lengths: [
        event
        for position, length in enumerate(lengths)
        for event in (firing(position * 100), resolved(position * 100, position * 100 + length))
    ]
)


@given(events=episodes, swaps=st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_resolution_may_overtake_its_firing(events: list[StoredEvent], swaps: list[bool]) -> None:
    """Within each episode either may come first; the episodes come out the same."""
    pairs = [events[n : n + 2] for n in range(0, len(events), 2)]
    arrived = [
        event
        for pair, swap in zip(pairs, swaps, strict=False)
        for event in (reversed(pair) if swap else pair)
    ]

    assert spans(*one_by_one(arrived)) == spans(*linked(*events).fresh.values())


@given(events=episodes, data=st.data())
def test_nothing_stays_open_whatever_the_order(
    events: list[StoredEvent], data: st.DataObject
) -> None:
    """Episodes may flow together when a later one overtakes, but each resolution ends one."""
    shuffled = data.draw(st.permutations(events))

    assert all(o.ended_at is not None for o in one_by_one(shuffled))


@given(events=episodes)
def test_linking_again_changes_nothing(events: list[StoredEvent]) -> None:
    """The same batch against what it made."""
    first = linked(*events)
    again = linked(*events, known=tuple(first.fresh.values()))

    assert (again.fresh, again.changed) == ({}, {})
    assert sorted(again.signals) == sorted(first.signals)


@pytest.mark.parametrize(
    "moment",
    [datetime(9999, 12, 31, 23, 59, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), T0 + MAX_AHEAD],
)
def test_a_time_that_no_clock_shows_counts_as_none(moment: datetime) -> None:
    """The receipt stands in for it, so that every window around it is a time."""
    event = bounded(replace(firing(3), starts_at=moment, ends_at=moment, received_at=T0))

    assert (event.starts_at, event.ends_at) == (None, None)
    assert spans(*linked(event).fresh.values()) == [(0, None)]
    assert bounded(firing(3)) == firing(3)


def test_of_overlapping_episodes_an_event_belongs_to_the_younger() -> None:
    """Whatever order they are known in."""
    outer, inner = resolved(0, 30), resolved(10, 20)
    known = tuple(one_by_one([inner, outer]))
    signalled = {
        linked(firing(15), known=episodes).signals[0][1] for episodes in (known, known[::-1])
    }

    assert signalled == {o.id for o in known if spans(o) == [(10, 20)]}
