"""Occurrences (a problem on a component, from start to end) and the incidents they form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from labo.domain.entities.keys import digest
from labo.domain.entities.severity import Severity


class IncidentStatus(StrEnum):
    OPEN = "open"
    DIAGNOSED = "diagnosed"
    AWAITING_DECISION = "awaiting_decision"
    ACTING = "acting"
    RESOLVED = "resolved"
    CLOSED = "closed"


TRANSITIONS: Mapping[IncidentStatus, frozenset[IncidentStatus]] = {
    IncidentStatus.OPEN: frozenset(
        {
            IncidentStatus.DIAGNOSED,
            IncidentStatus.AWAITING_DECISION,
            IncidentStatus.ACTING,
            IncidentStatus.RESOLVED,
        }
    ),
    IncidentStatus.DIAGNOSED: frozenset(
        {
            IncidentStatus.OPEN,
            IncidentStatus.AWAITING_DECISION,
            IncidentStatus.ACTING,
            IncidentStatus.RESOLVED,
        }
    ),
    IncidentStatus.AWAITING_DECISION: frozenset(
        {IncidentStatus.DIAGNOSED, IncidentStatus.ACTING, IncidentStatus.RESOLVED}
    ),
    IncidentStatus.ACTING: frozenset({IncidentStatus.AWAITING_DECISION, IncidentStatus.RESOLVED}),
    IncidentStatus.RESOLVED: frozenset({IncidentStatus.OPEN, IncidentStatus.CLOSED}),
    IncidentStatus.CLOSED: frozenset(),
}
"""The status changes that a person or a service may make; a closed incident stays closed. Linking
closes an incident that was merged into another from any status."""

OVER = (IncidentStatus.RESOLVED, IncidentStatus.CLOSED)
"""In which nothing is left to do."""

GROUPING_WINDOW = timedelta(minutes=5)
"""How close in time two occurrences begin that may be one incident. By judgement: alerts on one
cause arrive within minutes; a causal claim's max lag is the same by default."""
SETTLED_AFTER = timedelta(minutes=5)
"""How long a symptom must have been normal to be over: an alert that fires again sooner reopens its
incident. By judgement: the usual pause of a monitor between two messages about a group, and five
values of a series that comes each minute."""
FOLLOWING_WINDOW = timedelta(minutes=30)
"""How long after the end of one incident another in its neighbourhood is said to follow it. By
judgement: as long as a remedy takes to show what else it touched."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`problem` (key) on `component` (key); `ended_at` is None while it is ongoing. `provoked`:
    somebody caused it on purpose."""

    id: str
    problem: str
    component: str
    severity: Severity
    started_at: datetime
    dedup_key: str
    ended_at: datetime | None = None
    provoked: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """Occurrences that belong together. `escalation_level` is how far it was escalated.

    `last_activity_at` is the latest start or end within it; `resolution` is how it ended;
    `merged_into` is the older incident that its occurrences were moved to.
    """

    id: str
    title: str
    status: IncidentStatus
    severity: Severity
    opened_at: datetime
    system: str = "default"
    resolved_at: datetime | None = None
    ticket: str | None = None
    escalation_level: str = "memory"
    version: int = 0
    last_activity_at: datetime | None = None
    resolution: str | None = None
    merged_into: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it needs no more work, or only the incident that it was merged into does."""
        return self.status in OVER or self.merged_into is not None


def merged_away(incident: Incident, into: str) -> Incident:
    """The incident whose occurrences went to the incident `into` (id)."""
    return replace(
        incident,
        status=IncidentStatus.CLOSED,
        merged_into=into,
        resolution=f"merged into {into}",
    )


def occurrence_id(dedup_key: str, problem: str, component: str, started_at: datetime) -> str:
    """One occurrence per episode of a dedup key."""
    return digest("occurrence", dedup_key, problem, component, started_at.isoformat())


def incident_id(first_occurrence: str) -> str:
    """The id derives from the occurrence that opened it, so linking again yields the same."""
    return digest("incident", first_occurrence, length=24)
