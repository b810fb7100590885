"""Splitting and merging incidents by a person's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.severity import SEVERITY_RANK, Severity
from labo.domain.incidents.apart import are_apart
from labo.domain.incidents.incidents import IncidentStatus, Occurrence, merged_away
from labo.domain.incidents.regrouping import Group, merge, split
from labo.domain.incidents.seen import seen_key
from labo.errors import Conflict, InvalidInput
from tests.builders.incidents import NOON, an_incident, an_occurrence

LASTING = replace(an_occurrence(1), severity=Severity.WARNING)
ENDED = replace(
    an_occurrence(2, component="db"), ended_at=NOON + timedelta(minutes=3), severity=Severity.ERROR
)
GROUP = Group(an_incident(1, opened_at=LASTING.started_at), (LASTING, ENDED))


def test_either_part_stands_by_its_own_occurrences() -> None:
    """What ended is resolved then; what goes on stays open from its own begin."""
    remaining, taken = split(GROUP, {ENDED.id}, "slow on db")

    assert remaining.incident.status is IncidentStatus.OPEN
    assert remaining.incident.severity is Severity.WARNING
    assert (taken.incident.title, taken.incident.status) == ("slow on db", IncidentStatus.RESOLVED)
    assert taken.incident.resolved_at == ENDED.ended_at
    assert taken.incident.opened_at == ENDED.started_at
    assert taken.incident.id != remaining.incident.id
    assert are_apart(remaining.apart, taken.apart)


def test_a_split_needs_something_reported_on_either_side() -> None:
    """An incident without it can't be diagnosed."""
    seen = replace(an_occurrence(3), dedup_key=seen_key("shop/db", "latency:high"))
    group = replace(GROUP, occurrences=(*GROUP.occurrences, seen))

    for chosen in ({LASTING.id, ENDED.id}, {seen.id}, set[str]()):
        with pytest.raises(InvalidInput, match="both incidents"):
            split(group, chosen, "title")
    with pytest.raises(InvalidInput, match="does not include elsewhere"):
        split(group, {"elsewhere"}, "title")


def test_what_is_closed_or_merged_is_not_regrouped() -> None:
    """Its story is told."""
    closed = replace(GROUP, incident=replace(GROUP.incident, status=IncidentStatus.CLOSED))
    away = replace(GROUP, incident=merged_away(GROUP.incident, "older"))
    other = Group(an_incident(2), (an_occurrence(4),))

    for group in (closed, away):
        with pytest.raises(Conflict):
            split(group, {ENDED.id}, "title")
        with pytest.raises(Conflict):
            merge(group, [other])
        with pytest.raises(Conflict):
            merge(other, [group])


def test_only_incidents_of_one_system_are_merged() -> None:
    """A diagnosis looks at one system; and an incident is not merged into itself."""
    elsewhere = replace(an_incident(2), system="farm")
    with pytest.raises(InvalidInput, match="'farm'"):
        merge(GROUP, [Group(elsewhere, (an_occurrence(4),))])
    with pytest.raises(InvalidInput, match="into itself"):
        merge(GROUP, [GROUP])


def test_an_open_incident_opens_the_resolved_one_that_it_is_merged_into() -> None:
    """It goes on, whatever a person said of the other."""
    resolved = replace(
        GROUP.incident, status=IncidentStatus.RESOLVED, resolved_at=NOON + timedelta(minutes=5)
    )
    merged = merge(replace(GROUP, incident=resolved), [Group(an_incident(2), (an_occurrence(4),))])

    assert (merged.incident.status, merged.incident.resolved_at) == (IncidentStatus.OPEN, None)


MINUTES = st.integers(0, 60).map(lambda minutes: NOON + timedelta(minutes=minutes))


@st.composite
def occurrences(draw: st.DrawFn) -> Occurrence:
    started: datetime = draw(MINUTES)
    lasts = draw(st.none() | st.integers(0, 30).map(lambda minutes: timedelta(minutes=minutes)))
    number = draw(st.integers(0, 10_000))
    return replace(
        an_occurrence(number),
        started_at=started,
        ended_at=None if lasts is None else started + lasts,
        severity=draw(st.sampled_from(sorted(Severity))),
    )


@given(
    included=st.lists(occurrences(), min_size=2, max_size=12, unique_by=lambda one: one.id),
    data=st.data(),
)
def test_what_was_split_and_is_merged_again_is_what_it_was(
    included: list[Occurrence], data: st.DataObject
) -> None:
    """No occurrence is lost or doubled, in any number of splits, and no mark is left."""
    whole = merge(
        Group(an_incident(1), tuple(included[:1])), [Group(an_incident(2), tuple(included[1:]))]
    )
    parts = [whole]
    for number in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(parts) - 1))
        ids = [one.id for one in parts[at].occurrences]
        if len(ids) < 2:
            continue
        chosen = data.draw(st.sets(st.sampled_from(ids), min_size=1, max_size=len(ids) - 1))
        versioned = replace(parts[at].incident, version=number)
        parts[at : at + 1] = split(replace(parts[at], incident=versioned), chosen, "part")
    together = [one.id for part in parts for one in part.occurrences]
    again = merge(parts[0], parts[1:])

    assert sorted(together) == sorted(one.id for one in included)
    assert again.occurrences == whole.occurrences
    assert again.apart == frozenset()
    assert again.ongoing == whole.ongoing == sum(part.ongoing for part in parts)
    for field in ("opened_at", "severity", "last_activity_at"):
        assert getattr(again.incident, field) == getattr(whole.incident, field)
    assert all(
        are_apart(one.apart, other.apart) for n, one in enumerate(parts) for other in parts[:n]
    )
    assert SEVERITY_RANK[again.incident.severity] == max(
        SEVERITY_RANK[one.severity] for one in included
    )
