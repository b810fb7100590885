"""Occurrences that belong together become one incident."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from labo.domain.entities.severity import Severity
from labo.domain.incidents.incidents import (
    Incident,
    IncidentStatus,
    Occurrence,
    incident_id,
)
from labo.domain.incidents.linking.candidates import Components, near_components
from labo.domain.incidents.linking.grouping import Change, Grouped, LinkedIncident, group
from labo.domain.incidents.linking.included import Included
from tests.builders.events import T0

CHAIN: Components = {
    "s/a": frozenset({"s/b"}),
    "s/b": frozenset({"s/a", "s/c"}),
    "s/c": frozenset({"s/b", "s/d"}),
    "s/d": frozenset({"s/c"}),
}


def an_occurrence(
    component: str, minute: float, *, ends: float | None = None, key: str | None = None
) -> Occurrence:
    return Occurrence(
        id=f"{component}@{minute}",
        problem="p",
        component=component,
        severity=Severity.ERROR,
        started_at=T0 + timedelta(minutes=minute),
        dedup_key=key or component,
        ended_at=None if ends is None else T0 + timedelta(minutes=ends),
    )


@dataclass(frozen=True)
class Known:
    """An incident of the graph with its occurrences."""

    incident: Incident
    occurrences: tuple[Occurrence, ...]
    cause: str | None = None

    @property
    def linked(self) -> LinkedIncident:
        ongoing = sum(o.ended_at is None for o in self.occurrences)
        return LinkedIncident(self.incident, ongoing, cause=self.cause)


def grouped(
    *fresh: Occurrence, known: tuple[Known, ...] = (), changed: tuple[Occurrence, ...] = ()
) -> Grouped:
    """`changed` are occurrences of `known` incidents as they are now."""
    before = {o.id: (one.incident.id, o) for one in known for o in one.occurrences}
    return group(
        fresh,
        [Change(*before[after.id], after) for after in changed],
        [one.linked for one in known],
        [
            Included(one.incident.id, o.component, o.dedup_key, o.started_at)
            for one in known
            for o in one.occurrences
        ],
        near_components({o.component for o in fresh}, CHAIN),
        lambda o: f"trouble on {o.component}",
    )


def a_linked_incident(*occurrences: Occurrence, **more: object) -> Known:
    """The incident that these occurrences made, as the graph would hand it back."""
    (made,) = incidents_of(grouped(*occurrences))
    return Known(replace(made, version=1, **more), occurrences)  # type: ignore[arg-type]


def incidents_of(result: Grouped) -> list[Incident]:
    return [one.incident for one in result.incidents]


def membership(result: Grouped) -> set[frozenset[str]]:
    members: dict[str, set[str]] = {}
    for incident, occurrence in result.included:
        members.setdefault(incident, set()).add(occurrence)
    return {frozenset(group) for group in members.values()}


def test_two_hops_are_near_and_three_are_not() -> None:
    """Direction is ignored: trouble travels against the calls."""
    near = near_components(["s/a", "s/c", "s/x"], CHAIN)

    assert near["s/a"] == {"s/a", "s/b", "s/c"}
    assert near["s/c"] == set(CHAIN)
    assert near["s/x"] == {"s/x"}


def test_what_begins_near_in_place_and_time_is_one_incident() -> None:
    """Its title is the first occurrence's, its severity the worst."""
    result = grouped(an_occurrence("s/c", 4), an_occurrence("s/a", 0))

    assert membership(result) == {frozenset({"s/a@0", "s/c@4"})}
    (incident,) = incidents_of(result)
    assert (incident.id, incident.title) == (incident_id("s/a@0"), "trouble on s/a")
    assert (incident.status, incident.opened_at) == (IncidentStatus.OPEN, T0)
    assert result.diagnose == (incident.id,)


def test_five_minutes_are_included_and_more_are_not() -> None:
    """The window is between two beginnings."""
    assert len(grouped(an_occurrence("s/a", 0), an_occurrence("s/a", 5, key="k")).incidents) == 1
    assert len(grouped(an_occurrence("s/a", 0), an_occurrence("s/a", 5.1, key="k")).incidents) == 2


def test_what_is_three_hops_away_is_another_incident() -> None:
    """Even at the same time."""
    assert len(grouped(an_occurrence("s/a", 0), an_occurrence("s/d", 0)).incidents) == 2


def test_an_occurrence_joins_the_incident_that_the_graph_has() -> None:
    """The version read is written back, for the check."""
    linked_incident = a_linked_incident(an_occurrence("s/a", 0))
    result = grouped(an_occurrence("s/b", 3), known=(linked_incident,))

    assert [(i.id, i.version) for i in incidents_of(result)] == [(linked_incident.incident.id, 1)]
    assert result.included == ((linked_incident.incident.id, "s/b@3"),)


def test_a_bridge_merges_the_younger_incident_into_the_older() -> None:
    """The younger is closed and names the older; the older is diagnosed again."""
    older, younger = (
        a_linked_incident(an_occurrence("s/a", 0)),
        a_linked_incident(an_occurrence("s/d", 1)),
    )
    result = grouped(an_occurrence("s/b", 2), known=(younger, older))
    by_id = {incident.id: incident for incident in incidents_of(result)}

    assert result.merged == ((younger.incident.id, older.incident.id),)
    assert by_id[younger.incident.id].status is IncidentStatus.CLOSED
    assert by_id[younger.incident.id].merged_into == older.incident.id
    assert result.diagnose == (older.incident.id,)


def test_merges_in_a_row_end_at_one_survivor() -> None:
    """Three incidents joined by two bridges in one batch, one of them new."""
    one, two = (
        a_linked_incident(an_occurrence("s/a", 4)),
        a_linked_incident(an_occurrence("s/d", 3)),
    )
    bridges = (an_occurrence("s/c", 0), an_occurrence("s/b", 4.5))
    result = grouped(*bridges, known=(one, two))
    survivors = {older for _, older in result.merged}

    assert len(survivors) == 1
    assert {i.merged_into for i in incidents_of(result) if i.merged_into} <= survivors
    assert membership(result) == {frozenset({"s/c@0", "s/b@4.5"})}


def test_an_incident_is_resolved_when_all_that_was_reported_has_ended() -> None:
    """By counting what is ongoing, not by reading it all."""
    first, second = an_occurrence("s/a", 0), an_occurrence("s/b", 1)
    linked_incident = a_linked_incident(first, second)
    half = grouped(known=(linked_incident,), changed=(replace(first, ended_at=T0),))
    ends = tuple(replace(o, ended_at=T0 + timedelta(minutes=9)) for o in (first, second))
    whole = grouped(known=(linked_incident,), changed=ends)

    assert [i.status for i in incidents_of(half)] == [IncidentStatus.OPEN]
    assert [i.status for i in incidents_of(whole)] == [IncidentStatus.RESOLVED]
    assert [i.resolved_at for i in incidents_of(whole)] == [T0 + timedelta(minutes=9)]
    assert whole.diagnose == ()


def test_firing_again_before_the_symptom_settled_reopens() -> None:
    """After five normal minutes, it is a new incident."""
    over = a_linked_incident(an_occurrence("s/a", 0, ends=4))
    soon = grouped(an_occurrence("s/a", 8.9), known=(over,))
    late = grouped(an_occurrence("s/a", 9), known=(over,))

    assert [(i.id, i.status, i.resolved_at) for i in incidents_of(soon)] == [
        (over.incident.id, IncidentStatus.OPEN, None)
    ]
    assert [i.id for i in incidents_of(late)] == [incident_id("s/a@9")]


def test_who_is_affected_again_does_not_reopen() -> None:
    """Whoever calls is slow in every fault: only the component that was the cause comes back."""
    over = a_linked_incident(an_occurrence("s/a", 0, ends=4), an_occurrence("s/b", 0, ends=4))
    diagnosed = replace(over, cause="s/b")
    affected = grouped(an_occurrence("s/a", 6), known=(diagnosed,))
    cause = grouped(an_occurrence("s/b", 6), known=(diagnosed,))

    assert [i.id for i in incidents_of(affected)] == [incident_id("s/a@6")]
    assert [i.id for i in incidents_of(cause)] == [over.incident.id]


def test_what_fits_an_incident_that_lasts_reopens_none() -> None:
    """It belongs to what is there, not to what was there before."""
    over = a_linked_incident(an_occurrence("s/a", 0, ends=2))
    lasting = a_linked_incident(an_occurrence("s/b", 4))
    (joined,) = incidents_of(grouped(an_occurrence("s/a", 5), known=(over, lasting)))

    assert joined.id == lasting.incident.id


def test_what_begins_after_the_end_of_an_incident_is_another() -> None:
    """However near it is, on the same component too; what began before its end belongs to it."""
    over = a_linked_incident(an_occurrence("s/a", 0, ends=2))
    for component in ("s/a", "s/b"):
        later = grouped(an_occurrence(component, 2.1, key="other"), known=(over,))
        late = grouped(an_occurrence(component, 2, key="other"), known=(over,))

        assert [i.id for i in incidents_of(later)] == [incident_id(f"{component}@2.1")]
        assert [i.id for i in incidents_of(late)] == [over.incident.id]


def test_what_a_person_resolved_is_not_joined() -> None:
    """Although its alert is still firing."""
    resolved = a_linked_incident(
        an_occurrence("s/a", 0),
        status=IncidentStatus.RESOLVED,
        resolved_at=T0 + timedelta(minutes=1),
    )
    result = grouped(an_occurrence("s/b", 2), known=(resolved,))

    assert [i.id for i in incidents_of(result)] == [incident_id("s/b@2")]


def test_what_ended_before_an_incident_began_does_not_belong_to_it() -> None:
    """An alert that comes late is no reason to join what came after it."""
    younger = a_linked_incident(an_occurrence("s/a", 3))
    result = grouped(an_occurrence("s/b", 1, ends=2), known=(younger,))

    assert [i.id for i in incidents_of(result)] == [incident_id("s/b@1")]


def test_a_closed_or_merged_incident_takes_nothing_in() -> None:
    """Closing is final."""
    closed = a_linked_incident(an_occurrence("s/a", 0), status=IncidentStatus.CLOSED)
    merged = a_linked_incident(an_occurrence("s/a", 0), merged_into="another")
    for linked_incident in (closed, merged):
        result = grouped(an_occurrence("s/b", 1), known=(linked_incident,))

        assert [i.id for i in incidents_of(result)] == [incident_id("s/b@1")]


def test_an_incident_keeps_its_stage_when_another_occurrence_joins() -> None:
    """It is diagnosed again, but a decision that is awaited stays awaited."""
    linked_incident = a_linked_incident(
        an_occurrence("s/a", 0), status=IncidentStatus.AWAITING_DECISION
    )
    result = grouped(an_occurrence("s/b", 1), known=(linked_incident,))

    assert [i.status for i in incidents_of(result)] == [IncidentStatus.AWAITING_DECISION]
    assert result.diagnose == (linked_incident.incident.id,)


def test_batches_and_single_events_agree_on_when_an_alert_fires_again() -> None:
    """In one batch, too, a recurrence long after the end is a new incident."""
    first, soon = an_occurrence("s/a", 0, ends=4), an_occurrence("s/a", 8.9)
    late = an_occurrence("s/a", 9)

    assert len(incidents_of(grouped(first, soon))) == 1
    assert len(incidents_of(grouped(first, late))) == 2


def test_an_incident_that_takes_over_a_lasting_one_is_open() -> None:
    """However the bridge between them has ended."""
    over = a_linked_incident(an_occurrence("s/a", 0, ends=2))
    lasting = a_linked_incident(an_occurrence("s/d", 1))
    result = grouped(an_occurrence("s/b", 2, ends=3), known=(over, lasting))
    by_id = {incident.id: incident for incident in incidents_of(result)}

    assert by_id[over.incident.id].status is IncidentStatus.OPEN
    assert {one.incident.id: one.ongoing for one in result.incidents} == {
        over.incident.id: 1,
        lasting.incident.id: 0,
    }
