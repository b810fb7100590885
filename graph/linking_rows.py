"""What the linker reads by the hundred, with times as numbers: the driver needs some fifty
microseconds for a time and none for a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import EventStatus, StoredEvent
from labo.domain.incidents.incidents import Occurrence

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class UnlinkedEvent:
    """An event without links and `raw`. Times are microseconds since 1970."""

    source: str
    source_event_id: str
    dedup_key: str
    status: EventStatus
    severity: Severity
    title: str
    description: str
    labels: Mapping[str, str]
    resource: Mapping[str, str]
    starts_us: int | None
    ends_us: int | None
    received_us: int

    def to_domain(self) -> StoredEvent:
        return StoredEvent(
            source=self.source,
            source_event_id=self.source_event_id,
            dedup_key=self.dedup_key,
            status=self.status,
            severity=self.severity,
            title=self.title,
            description=self.description,
            starts_at=_moment(self.starts_us),
            ends_at=_moment(self.ends_us),
            labels=self.labels,
            resource=self.resource,
            received_at=_moment(self.received_us),
        )


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """An occurrence and the incident that includes it; since when that is over though the
    occurrence has no end. Times are microseconds since 1970."""

    incident: str | None
    id: str
    problem: str
    component: str
    severity: Severity
    dedup_key: str
    provoked: bool
    started_us: int
    ended_us: int | None
    over_us: int | None

    @property
    def over_since(self) -> datetime | None:
        return _moment(self.over_us)

    def to_domain(self) -> Occurrence:
        return Occurrence(
            id=self.id,
            problem=self.problem,
            component=self.component,
            severity=self.severity,
            started_at=_EPOCH + timedelta(microseconds=self.started_us),
            dedup_key=self.dedup_key,
            ended_at=_moment(self.ended_us),
            provoked=self.provoked,
        )


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
