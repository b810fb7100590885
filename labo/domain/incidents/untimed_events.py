"""Distinguishing the episodes of senders that provide neither times nor delivery ids."""

from __future__ import annotations

from dataclasses import dataclass, replace

from labo.domain.entities.keys import digest
from labo.domain.incidents.events import Event, EventStatus, episode_id


@dataclass(frozen=True, slots=True)
class LastEvent:
    """A sender's last event about one dedup key; `resolution` is the id of its last resolution."""

    status: EventStatus
    resolution: str | None = None


def is_untimed(event: Event) -> bool:
    """Whether only (dedup key, status) identify `event`, so that its episode has to be found."""
    return (
        event.starts_at is None
        and event.ends_at is None
        and event.status is not EventStatus.INFO
        and event.source_event_id == episode_id(event.dedup_key, None, event.status, None)
    )


def in_episode(event: Event, last: LastEvent | None) -> Event | None:
    """An untimed `event` under the identity it has in the open episode: one per status.

    A resolution ends the episode, so the next firing is another event. None when `event` repeats
    the resolution that ended the last one.
    """
    if last is None or last.resolution is None:
        return event
    if event.status is EventStatus.RESOLVED and last.status is EventStatus.RESOLVED:
        return None
    return replace(event, source_event_id=digest(event.source_event_id, last.resolution))


def after(event: Event, last: LastEvent | None) -> LastEvent | None:
    """The last event once `event` is saved."""
    if event.status is EventStatus.INFO:
        return last
    if event.status is EventStatus.RESOLVED:
        return LastEvent(event.status, event.id)
    return LastEvent(event.status, last.resolution if last else None)
