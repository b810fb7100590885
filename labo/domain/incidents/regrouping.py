"""A person splits an incident, or merges several: which occurrences lie where afterwards.

Both are inverse: what was split off and is merged again is what it was. Parts of a split carry
opposite marks, so that linking never merges them; a person who merges them removes the marks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from labo.domain.entities.keys import digest
from labo.domain.entities.severity import SEVERITY_RANK
from labo.domain.incidents.acts import check_unmerged
from labo.domain.incidents.apart import marks_of, without_both
from labo.domain.incidents.incidents import OVER, Incident, IncidentStatus, Occurrence
from labo.domain.incidents.seen import is_seen
from labo.errors import Conflict, InvalidInput


@dataclass(frozen=True, slots=True)
class Group:
    """An incident with all of its occurrences, and the marks of the splits it comes from."""

    incident: Incident
    occurrences: tuple[Occurrence, ...]
    apart: frozenset[str] = frozenset()

    @property
    def ongoing(self) -> int:
        """How many reported occurrences have not ended."""
        return sum(one.ended_at is None for one in self.reported)

    @property
    def reported(self) -> tuple[Occurrence, ...]:
        """Without those that only a diagnosis observed."""
        return tuple(one for one in self.occurrences if not is_seen(one.dedup_key))


def split(group: Group, chosen: Collection[str], title: str) -> tuple[Group, Group]:
    """What remains, and a new incident called `title` with the `chosen` occurrences (ids).

    Raises InvalidInput when the incident does not include one of them or either part would have
    nothing that was reported, Conflict when the incident is closed or was merged.
    """
    _check_changeable(group.incident)
    unknown = sorted(set(chosen) - {one.id for one in group.occurrences})
    if unknown:
        message = f"the incident does not include {unknown[0]}"
        raise InvalidInput(message, where="occurrences")
    split_id = digest("split", group.incident.id, str(group.incident.version), *sorted(chosen))
    remaining, taken = marks_of(split_id)
    kept = tuple(one for one in group.occurrences if one.id not in chosen)
    gone = tuple(one for one in group.occurrences if one.id in chosen)
    new_id = digest("incident", split_id, length=24)
    parts = (
        Group(group.incident, kept, group.apart | {remaining}),
        Group(_split_off(group.incident, new_id, title), gone, group.apart | {taken}),
    )
    if not all(part.reported for part in parts):
        message = "both incidents need an occurrence that was reported"
        raise InvalidInput(message, where="occurrences", hint="choose some of them, not all")
    first, second = (_standing(part) for part in parts)
    return first, second


def merge(into: Group, others: Sequence[Group]) -> Group:
    """`into` with the occurrences of `others`.

    Raises InvalidInput for an incident of another system or `into` itself, Conflict when one of
    them is closed or was merged.
    """
    for one in (into, *others):
        _check_changeable(one.incident)
    for other in others:
        if other.incident.id == into.incident.id:
            raise InvalidInput("an incident cannot be merged into itself", where="others")
        if other.incident.system != into.incident.system:
            message = f"the incident belongs to the system {other.incident.system!r}"
            raise InvalidInput(message, where=other.incident.id)
    occurrences = {one.id: one for group in (into, *others) for one in group.occurrences}
    marks = without_both(frozenset[str]().union(into.apart, *(one.apart for one in others)))
    is_open = any(one.incident.status not in OVER for one in others)
    incident = into.incident
    if incident.status is IncidentStatus.RESOLVED and is_open:
        incident = replace(incident, status=IncidentStatus.OPEN, resolved_at=None)
    ordered = sorted(occurrences.values(), key=lambda one: (one.started_at, one.id))
    return _standing(Group(incident, tuple(ordered), marks))


def _split_off(incident: Incident, new_id: str, title: str) -> Incident:
    """A new incident at the beginning of its handling, over if `incident` is."""
    is_over = incident.status is IncidentStatus.RESOLVED
    return Incident(
        id=new_id,
        title=title,
        status=IncidentStatus.RESOLVED if is_over else IncidentStatus.OPEN,
        severity=incident.severity,
        opened_at=incident.opened_at,
        system=incident.system,
        resolved_at=incident.resolved_at,
        resolution=incident.resolution,
    )


def _check_changeable(incident: Incident) -> None:
    check_unmerged(incident)
    if incident.status is IncidentStatus.CLOSED:
        raise Conflict("a closed incident stays as it is", where=incident.id)


def _standing(group: Group) -> Group:
    """The incident's figures by its occurrences; it is over when all that was reported ended."""
    incident, reported = group.incident, group.reported
    if not reported:
        return group
    last = max(one.ended_at or one.started_at for one in reported)
    standing = replace(
        incident,
        severity=max((one.severity for one in reported), key=lambda s: SEVERITY_RANK[s]),
        opened_at=min(one.started_at for one in reported),
        last_activity_at=last,
    )
    if not group.ongoing and incident.status is not IncidentStatus.RESOLVED:
        standing = replace(standing, status=IncidentStatus.RESOLVED, resolved_at=last)
    return replace(group, incident=standing)
