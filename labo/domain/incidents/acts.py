"""What is done about an incident: who did what when, and what that changes.

Nothing here moves an incident through its life cycle by itself: `incidents.TRANSITIONS` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from labo.domain.entities.keys import digest
from labo.domain.incidents.incidents import Incident
from labo.errors import Conflict

AUTOMATIC = "labo"
"""Who did what no person did."""
ENDED_BY_ITSELF = "all its occurrences are over"
"""How an incident ended that no person resolved."""


class ActKind(StrEnum):
    """What a person did, or `AUTOMATIC`: a resolved incident is reopened, which had ended before,
    and the escalation moves on. `text` of an act is what was said, or to whom or what it was done.
    """

    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    COMMENTED = "commented"
    RENAMED = "renamed"
    CAUSE_CONFIRMED = "cause_confirmed"
    CAUSE_WITHDRAWN = "cause_withdrawn"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    SPLIT = "split"
    MERGED = "merged"
    ESCALATED = "escalated"
    SOLUTION_CORRECTED = "solution_corrected"
    SOLUTION_FORGOTTEN = "solution_forgotten"


@dataclass(frozen=True, slots=True)
class IncidentAct:
    """One entry of an incident's timeline. Never changed.

    `stage`, `level` and `tokens` are of ESCALATED: where the escalation went, the level it had
    reached, and what models were paid for to come there.
    """

    id: str
    incident: str
    kind: ActKind
    by: str
    at: datetime
    text: str = ""
    stage: str = ""
    level: str = ""
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Handling:
    """How an incident (id) is handled. Its moments are stored once and never moved.

    `detected_at` is when Labo first knew of it. `symptom` is the title that it had before one named
    the cause; `titled_by` the person who gave the title. `split_from` is the incident whose
    occurrences it took; `follows` is the newest one that had ended when it began, and `overlaps`
    are those of the same time.
    """

    incident: str
    detected_at: datetime
    symptom: str
    titled_by: str | None = None
    assignee: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    split_from: str | None = None
    follows: str | None = None
    overlaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What an act changes: `properties` by their stored names; none where it changes nothing."""

    kind: ActKind
    text: str = ""
    properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds: from the symptom's begin to its detection, from there to the acknowledgement, from
    the begin to the end. None until it happened."""

    time_to_detect_s: float
    time_to_acknowledge_s: float | None
    time_to_resolve_s: float | None


def an_act(incident: str, kind: ActKind, by: str, at: datetime, text: str = "") -> IncidentAct:
    """The same act of the same moment is one."""
    named = digest("act", incident, kind.value, by, at.isoformat(), text)
    return IncidentAct(named, incident, kind, by, at, text)


def figures(incident: Incident, handling: Handling) -> Figures:
    """From stored moments alone. A sender's clock may be ahead of ours: nothing is negative."""
    acknowledged, resolved = handling.acknowledged_at, incident.resolved_at
    return Figures(
        _seconds(incident.opened_at, handling.detected_at),
        None if acknowledged is None else _seconds(handling.detected_at, acknowledged),
        None if resolved is None else _seconds(incident.opened_at, resolved),
    )


def _seconds(first: datetime, last: datetime) -> float:
    return max(0.0, (last - first).total_seconds())


def acknowledged(incident: Incident, handling: Handling, *, by: str, at: datetime) -> Decided:
    """Who takes notice first; later ones change nothing. Raises Conflict when it is over."""
    check_unmerged(incident)
    if handling.acknowledged_at is not None:
        return Decided(ActKind.ACKNOWLEDGED)
    if incident.is_over:
        raise Conflict(
            f"an incident that is {incident.status} needs no acknowledgement", where=incident.id
        )
    properties = {"acknowledged_at": at, "acknowledged_by": by}
    return Decided(ActKind.ACKNOWLEDGED, properties=properties)


def assigned(incident: Incident, handling: Handling, to: str | None) -> Decided:
    """`to` handles it from now on, None is nobody. Raises Conflict when it was merged."""
    check_unmerged(incident)
    kind = ActKind.UNASSIGNED if to is None else ActKind.ASSIGNED
    if to == handling.assignee:
        return Decided(kind)
    return Decided(kind, to or handling.assignee or "", {"assignee": to})


def renamed(incident: Incident, handling: Handling, title: str, *, by: str) -> Decided:
    """A person's title, which stays. Raises Conflict when the incident was merged."""
    check_unmerged(incident)
    if handling.titled_by is not None and incident.title == title:
        return Decided(ActKind.RENAMED)
    properties = {"title": title, "titled_by": by, "symptom": handling.symptom}
    return Decided(ActKind.RENAMED, title, properties)


def check_unmerged(incident: Incident) -> None:
    """Raises Conflict when only the incident that it was merged into is handled."""
    if incident.merged_into is not None:
        raise Conflict(
            f"the incident was merged into {incident.merged_into}",
            where=incident.id,
            hint="name that one",
        )


def check_version(incident: Incident, version: int | None) -> None:
    """Raises Conflict unless the incident is at `version`; None is any."""
    if version is not None and incident.version != version:
        raise Conflict("the incident changed meanwhile", where=incident.id, hint="read it again")
