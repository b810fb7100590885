"""Occurrences that belong together are one incident.

An occurrence joins an incident when it began within five minutes of one of its occurrences, on a
component at most two hops away, or when it fires again an alert of the incident while that is open
or within 30 minutes of its resolution. If it fits several, the younger ones are merged into the
oldest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from labo.domain.entities.keys import system_and_name
from labo.domain.entities.severity import SEVERITY_RANK
from labo.domain.incidents.incidents import (
    GROUPING_WINDOW,
    REOPEN_WINDOW,
    Incident,
    IncidentStatus,
    Occurrence,
    incident_id,
)
from labo.domain.incidents.seen import is_seen

Neighbours = Mapping[str, frozenset[str]]
"""The components that call or are called by each component, by key."""

_OVER = (IncidentStatus.RESOLVED, IncidentStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class LinkedIncident:
    """An incident with all of its occurrences."""

    incident: Incident
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """`incidents` to be written, with the version that was read; `included` are (incident,
    occurrence), `merged` (younger, older), `diagnose` the incidents to be diagnosed again.
    """

    incidents: tuple[Incident, ...]
    included: tuple[tuple[str, str], ...]
    merged: tuple[tuple[str, str], ...]
    diagnose: tuple[str, ...]


@dataclass
class _Draft:
    incident: Incident
    occurrences: dict[str, Occurrence]
    joined: set[str] = field(default_factory=set)
    touched: bool = False


def within_two_hops(one: str, other: str, neighbours: Neighbours) -> bool:
    """Whether `other` is `one`, next to it, or next to a neighbour of it; direction is ignored."""
    near = neighbours.get(one, frozenset())
    return one == other or other in near or not near.isdisjoint(neighbours.get(other, frozenset()))


def group(
    fresh: Iterable[Occurrence],
    changed: Iterable[Occurrence],
    linked_incidents: Iterable[LinkedIncident],
    neighbours: Neighbours,
    describe: Callable[[Occurrence], str],
) -> Grouped:
    """Assign the `fresh` occurrences to incidents and update the incidents of `changed` ones.

    `linked_incidents` are those of every changed occurrence, of earlier episodes of fresh ones, and
    of occurrences within the grouping window of a fresh one. `describe` titles a new incident.
    """
    drafts = {
        s.incident.id: _Draft(s.incident, {o.id: o for o in s.occurrences})
        for s in linked_incidents
    }
    for occurrence in changed:
        for draft in drafts.values():
            if occurrence.id in draft.occurrences:
                draft.occurrences[occurrence.id] = occurrence
                draft.touched = True
    merged: dict[str, str] = {}
    for occurrence in sorted(fresh, key=lambda o: (o.started_at, o.id)):
        fitting = sorted((d for d in drafts.values() if _fits(occurrence, d, neighbours)), key=_age)
        draft = fitting[0] if fitting else _new(occurrence, drafts, describe)
        for younger in fitting[1:]:
            merged[younger.incident.id] = draft.incident.id
            _merge(younger, draft)
        draft.occurrences[occurrence.id] = occurrence
        draft.joined.add(occurrence.id)
        draft.touched = True
    return _result([d for d in drafts.values() if d.touched], merged)


def _age(draft: _Draft) -> tuple[object, str]:
    return (draft.incident.opened_at, draft.incident.id)


def _fits(occurrence: Occurrence, draft: _Draft, neighbours: Neighbours) -> bool:
    incident = draft.incident
    if incident.status is IncidentStatus.CLOSED or incident.merged_into:
        return False
    return any(
        _related(occurrence, other, neighbours) or _fires_again(occurrence, other, incident)
        for other in draft.occurrences.values()
    )


def _related(one: Occurrence, other: Occurrence, neighbours: Neighbours) -> bool:
    return abs(one.started_at - other.started_at) <= GROUPING_WINDOW and within_two_hops(
        one.component, other.component, neighbours
    )


def _fires_again(one: Occurrence, other: Occurrence, incident: Incident) -> bool:
    if one.dedup_key != other.dedup_key or one.started_at < other.started_at:
        return False
    return incident.resolved_at is None or one.started_at - incident.resolved_at <= REOPEN_WINDOW


def _new(
    first: Occurrence, drafts: dict[str, _Draft], describe: Callable[[Occurrence], str]
) -> _Draft:
    incident = Incident(
        id=incident_id(first.id),
        title=describe(first),
        status=IncidentStatus.OPEN,
        severity=first.severity,
        opened_at=first.started_at,
        system=system_and_name(first.component)[0],
    )
    draft = drafts[incident.id] = _Draft(incident, {})
    return draft


def _merge(younger: _Draft, older: _Draft) -> None:
    older.occurrences.update(younger.occurrences)
    older.joined.update(younger.joined)
    younger.occurrences = {}
    younger.joined = set()
    younger.touched = True
    younger.incident = replace(younger.incident, merged_into=older.incident.id)


def _result(touched: Sequence[_Draft], merged: Mapping[str, str]) -> Grouped:
    # An incident that this batch both opened and merged was never visible to anybody.
    written = [d for d in touched if d.incident.version or not d.incident.merged_into]
    incidents = tuple(_standing(draft, merged) for draft in written)
    diagnose = tuple(
        after.id
        for draft, after in zip(written, incidents, strict=True)
        if draft.joined and after.status not in _OVER
    )
    included = [(d.incident.id, o) for d in written for o in sorted(d.joined)]
    taken_over = [(i.id, i.merged_into) for i in incidents if i.merged_into]
    return Grouped(incidents, tuple(included), tuple(taken_over), diagnose)


def _survivor(incident: str, merged: Mapping[str, str]) -> str:
    while incident in merged:
        incident = merged[incident]
    return incident


def _standing(draft: _Draft, merged: Mapping[str, str]) -> Incident:
    """The incident's state by its occurrences: resolved when all that monitors reported ended."""
    incident = draft.incident
    if incident.merged_into:
        survivor = _survivor(incident.id, merged)
        return replace(
            incident,
            status=IncidentStatus.CLOSED,
            merged_into=survivor,
            resolution=f"merged into {survivor}",
        )
    reported = [o for o in draft.occurrences.values() if not is_seen(o.dedup_key)]
    ends = [o.ended_at for o in reported if o.ended_at]
    fires = any(draft.occurrences[o].ended_at is None for o in draft.joined)
    status, resolved_at = incident.status, incident.resolved_at
    if status is not IncidentStatus.CLOSED and len(ends) == len(reported):
        status, resolved_at = IncidentStatus.RESOLVED, max(ends)
    elif status is IncidentStatus.RESOLVED and fires:
        status, resolved_at = IncidentStatus.OPEN, None
    return replace(
        incident,
        status=status,
        resolved_at=resolved_at,
        severity=max((o.severity for o in reported), key=lambda s: SEVERITY_RANK[s]),
        opened_at=min(o.started_at for o in reported),
        last_activity_at=max([o.started_at for o in reported] + ends),
    )
