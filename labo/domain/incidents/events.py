"""The canonical event: what any monitor reported, in one form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from labo.domain.entities.keys import digest
from labo.domain.entities.severity import Severity


class EventStatus(StrEnum):
    FIRING = "firing"
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    INFO = "info"


STATUS_ORDER: Mapping[EventStatus, int] = {
    EventStatus.INFO: 0,
    EventStatus.FIRING: 1,
    EventStatus.ACKNOWLEDGED: 2,
    EventStatus.RESOLVED: 3,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One message of one source. Times are aware UTC; `raw` is the redacted JSON text.

    `source_event_id` is the sender's delivery id where it has one, else
    `episode_id(dedup_key, starts_at, status, ends_at)`: a resolution and its firing are different
    events, and a repeated delivery is the same event.
    """

    source: str
    source_event_id: str
    dedup_key: str
    status: EventStatus
    severity: Severity
    title: str
    description: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    resource: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    raw: str = "{}"

    @property
    def id(self) -> str:
        """Key of the event's node: digest of the source and its own id."""
        return digest("event", self.source, self.source_event_id)


@dataclass(frozen=True, slots=True)
class StoredEvent(Event):
    """An event as stored in the graph. `received_at` orders messages without times."""

    received_at: datetime | None = None
    linked_at: datetime | None = None


MAX_AHEAD = timedelta(days=1)
"""How far a time may be ahead of our clock: local time that is sent as UTC is 14 hours ahead, and a
clock that is further off says nothing."""
EARLIEST_YEAR = 2000
"""A monitor's clock that was never set is in 1970, or in 1980 as PCs begin."""


def implausible_time(event: Event, now: datetime) -> str | None:
    """What is wrong with the event's times, if anything: `starts_at 9999-… is ahead of …`.

    They order episodes and windows, so one that cannot be true must never be stored.
    """
    for name, moment in (("starts_at", event.starts_at), ("ends_at", event.ends_at)):
        if moment is None:
            continue
        if moment.year < EARLIEST_YEAR:
            return f"{name} {moment.isoformat()} is before {EARLIEST_YEAR}"
        if moment - now > MAX_AHEAD:
            return f"{name} {moment.isoformat()} is more than a day ahead of our clock"
    return None


def episode_id(
    dedup_key: str, starts_at: datetime | None, status: EventStatus, ends_at: datetime | None
) -> str:
    """Identity of a message from a sender without delivery ids (design/runtime.md, Identity)."""
    return digest(
        "episode",
        dedup_key,
        starts_at.isoformat() if starts_at else "",
        status.value,
        ends_at.isoformat() if ends_at else "",
    )
