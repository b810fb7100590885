"""Occurrences that belong together are one incident.

An occurrence joins an incident that is not over when it began within five minutes of one that a
monitor reported in it, on a component at most two hops away, or when it fires again an alert of the
incident. Where none lasts that it fits, its own alert reopens one that is over, but only before the
symptom had settled, and only on the component that is its cause, where a sure diagnosis named one:
whoever is affected has the same symptom in every fault. Whatever else begins later is another
incident. If an occurrence fits several, the younger ones are merged into the oldest.

Occurrences on one component that began within five minutes of each other, while an incident lasted,
are hence in one incident, so the nearest one before and after a moment says as much as all of them,
and an incident's state follows from its fields and what is new: nothing here reads an incident
whole.

Incidents that a person set apart are never merged: an occurrence joins the one in which its dedup
key occurred before, else the oldest of those that it fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from labo.domain.entities.keys import system_and_name
from labo.domain.entities.severity import SEVERITY_RANK
from labo.domain.incidents.apart import are_apart
from labo.domain.incidents.incidents import (
    OVER,
    SETTLED_AFTER,
    Incident,
    IncidentStatus,
    Occurrence,
    incident_id,
    merged_away,
)
from labo.domain.incidents.linking.candidates import Components
from labo.domain.incidents.linking.included import Included, KnownIncidents


@dataclass(frozen=True, slots=True)
class LinkedIncident:
    """An incident and how many of its reported occurrences are ongoing; `apart` are the marks of
    the splits that it comes from (`incidents.apart`), `cause` the component (key) that a sure
    diagnosis names."""

    incident: Incident
    ongoing: int
    apart: frozenset[str] = frozenset()
    cause: str | None = None

    @property
    def over_since(self) -> datetime | None:
        """None while it lasts; a person may resolve or close it before its alerts end."""
        if not self.ongoing:
            return self.incident.last_activity_at
        return self.incident.resolved_at if self.incident.status in OVER else None


@dataclass(frozen=True, slots=True)
class Change:
    """An occurrence of `incident` (id), as it was known and as it is."""

    incident: str
    before: Occurrence
    after: Occurrence


@dataclass(frozen=True, slots=True)
class Grouped:
    """`incidents` to be written, with the version that was read; `included` are (incident,
    occurrence), `merged` (younger, older), `diagnose` the incidents to be diagnosed again.
    """

    incidents: tuple[LinkedIncident, ...] = ()
    included: tuple[tuple[str, str], ...] = ()
    merged: tuple[tuple[str, str], ...] = ()
    diagnose: tuple[str, ...] = ()


@dataclass
class _Draft:
    incident: Incident
    ongoing: int
    joined: list[str] = field(default_factory=list)
    touched: bool = False
    fires: bool = False
    apart: frozenset[str] = frozenset()
    cause: str | None = None

    @property
    def is_final(self) -> bool:
        return (
            self.incident.status is IncidentStatus.CLOSED or self.incident.merged_into is not None
        )

    @property
    def over_since(self) -> datetime | None:
        """None while it lasts, or fires again."""
        return None if self.fires else LinkedIncident(self.incident, self.ongoing).over_since


def group(
    fresh: Iterable[Occurrence],
    changes: Iterable[Change],
    linked_incidents: Iterable[LinkedIncident],
    included: Iterable[Included],
    near: Components,
    describe: Callable[[Occurrence], str],
) -> Grouped:
    """Assign the `fresh` occurrences to incidents and update the incidents of `changes`.

    `near` are the components at most two hops away from each fresh occurrence's. `included` are
    those that `search_spans` asks for, and the last ones of each fresh occurrence's dedup key;
    `linked_incidents` are all that those and `changes` name. `describe` titles a new incident.
    """
    drafts = {
        one.incident.id: _Draft(one.incident, one.ongoing, apart=one.apart, cause=one.cause)
        for one in linked_incidents
    }
    for change in changes:
        _apply(change, drafts[change.incident])
    known, merged = KnownIncidents(included), dict[str, str]()
    for occurrence in sorted(fresh, key=lambda o: (o.started_at, o.id)):
        fitting = _fitting(occurrence, known, drafts, merged, near)
        draft = fitting[0] if fitting else _new(occurrence, drafts, describe)
        for younger in fitting[1:]:
            merged[younger.incident.id] = draft.incident.id
            _merge(younger, draft)
        _join(occurrence, draft)
        known.add(occurrence, draft.incident.id)
    return _result([draft for draft in drafts.values() if draft.touched], merged)


def _fitting(
    occurrence: Occurrence,
    known: KnownIncidents,
    drafts: Mapping[str, _Draft],
    merged: Mapping[str, str],
    near: Components,
) -> list[_Draft]:
    """The incidents that the occurrence belongs to, the oldest first."""
    related = {_survivor(incident, merged) for incident in known.related(occurrence, near)}
    earlier = {_survivor(incident, merged) for incident in known.earlier(occurrence)}
    during = {one for one in related if _is_during(occurrence, drafts[one])}
    again = {one for one in earlier if drafts[one].over_since is None}
    lasting = [drafts[one] for one in during | again if not drafts[one].is_final]
    own = {one for one in earlier if _may_reopen(occurrence, drafts[one])}
    reopened = [drafts[one] for one in own if not drafts[one].is_final]
    marks = frozenset[str]().union(*(draft.apart for draft in reopened))
    fitting = [draft for draft in lasting if not are_apart(draft.apart, marks)] or reopened
    again |= own
    fitting.sort(key=lambda draft: (draft.incident.opened_at, draft.incident.id))
    return _together(fitting, again)


def _together(fitting: Sequence[_Draft], again: set[str]) -> list[_Draft]:
    """Of those `fitting` the ones that nobody set apart from the one to join: where the alert fired
    before, else the oldest."""
    first = next((draft for draft in fitting if draft.incident.id in again), None)
    together: list[_Draft] = []
    marks = first.apart if first else frozenset[str]()
    for draft in fitting:
        if draft is first or not are_apart(draft.apart, marks):
            together.append(draft)
            marks |= draft.apart
    return together


def _is_during(occurrence: Occurrence, draft: _Draft) -> bool:
    """Whether there is a moment in which both lasted."""
    ended_before = occurrence.ended_at and occurrence.ended_at < draft.incident.opened_at
    over_since = draft.over_since
    return not ended_before and (over_since is None or occurrence.started_at <= over_since)


def _may_reopen(occurrence: Occurrence, draft: _Draft) -> bool:
    over_since = draft.over_since
    if over_since is None or occurrence.started_at - over_since >= SETTLED_AFTER:
        return False
    return draft.cause in (None, occurrence.component)


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
    draft = drafts[incident.id] = _Draft(incident, 0)
    return draft


def _apply(change: Change, draft: _Draft) -> None:
    draft.ongoing += (change.after.ended_at is None) - (change.before.ended_at is None)
    draft.touched = True
    draft.incident = _with(draft.incident, change.after)


def _join(occurrence: Occurrence, draft: _Draft) -> None:
    draft.ongoing += occurrence.ended_at is None
    draft.fires |= occurrence.ended_at is None
    draft.joined.append(occurrence.id)
    draft.touched = True
    draft.incident = _with(draft.incident, occurrence)


def _with(incident: Incident, occurrence: Occurrence) -> Incident:
    """The incident with the occurrence's severity and times in its own."""
    return replace(
        incident,
        severity=max(incident.severity, occurrence.severity, key=lambda s: SEVERITY_RANK[s]),
        opened_at=min(incident.opened_at, occurrence.started_at),
        last_activity_at=_latest(
            incident.last_activity_at, occurrence.started_at, occurrence.ended_at
        ),
    )


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _merge(younger: _Draft, older: _Draft) -> None:
    one, other = older.incident, younger.incident
    older.fires |= younger.fires or (younger.ongoing > 0 and other.status not in OVER)
    older.ongoing += younger.ongoing
    older.joined += younger.joined
    older.apart |= younger.apart
    older.incident = replace(
        one,
        severity=max(one.severity, other.severity, key=lambda s: SEVERITY_RANK[s]),
        last_activity_at=_latest(one.last_activity_at, other.last_activity_at),
    )
    younger.ongoing, younger.joined, younger.touched = 0, [], True
    younger.incident = replace(other, merged_into=one.id)


def _result(touched: Sequence[_Draft], merged: Mapping[str, str]) -> Grouped:
    # An incident that this batch both opened and merged was never visible to anybody.
    written = [d for d in touched if d.incident.version or not d.incident.merged_into]
    incidents = tuple(_standing(draft, merged) for draft in written)
    diagnose = tuple(
        after.id
        for draft, after in zip(written, incidents, strict=True)
        if draft.joined and after.status not in OVER
    )
    included = [(d.incident.id, o) for d in written for o in sorted(d.joined)]
    taken_over = [(i.id, i.merged_into) for i in incidents if i.merged_into]
    linked = (
        LinkedIncident(incident, draft.ongoing, draft.apart)
        for draft, incident in zip(written, incidents, strict=True)
    )
    return Grouped(tuple(linked), tuple(included), tuple(taken_over), diagnose)


def _survivor(incident: str, merged: Mapping[str, str]) -> str:
    while incident in merged:
        incident = merged[incident]
    return incident


def _standing(draft: _Draft, merged: Mapping[str, str]) -> Incident:
    """The incident's state by its occurrences: resolved when all that monitors reported ended."""
    incident = draft.incident
    if incident.merged_into:
        return merged_away(incident, _survivor(incident.id, merged))
    if incident.status is not IncidentStatus.CLOSED and not draft.ongoing:
        # All have ended, so that the last thing that happened is the last end.
        resolved_at = incident.last_activity_at
        return replace(incident, status=IncidentStatus.RESOLVED, resolved_at=resolved_at)
    if incident.status is IncidentStatus.RESOLVED and draft.fires:
        # How it ended before is in its timeline.
        return replace(incident, status=IncidentStatus.OPEN, resolved_at=None, resolution=None)
    return incident
