"""Events of one dedup key become occurrences: one per episode, whatever order they arrive in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby

from labo.domain.entities.components import Component
from labo.domain.entities.problems import Problem
from labo.domain.entities.severity import SEVERITY_RANK
from labo.domain.incidents.events import MAX_AHEAD, STATUS_ORDER, EventStatus, StoredEvent
from labo.domain.incidents.incidents import Occurrence, occurrence_id

OwnerOf = Callable[[StoredEvent], tuple[Component, Problem]]

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Between them every sum of a time and a window is a time."""


@dataclass
class Assigned:
    """The result of a batch. `fresh` and `changed` are occurrences by id and do not overlap.

    `before` holds each changed occurrence as it was known; `signals` are (event id, occurrence id);
    `owners` holds component and problem of each fresh occurrence.
    """

    fresh: dict[str, Occurrence] = field(default_factory=dict)
    changed: dict[str, Occurrence] = field(default_factory=dict)
    before: dict[str, Occurrence] = field(default_factory=dict)
    signals: list[tuple[str, str]] = field(default_factory=list)
    owners: dict[str, tuple[Component, Problem]] = field(default_factory=dict)


def thread_of(event: StoredEvent) -> str:
    """The dedup key within its source: two sources may use the same one for different things."""
    return f"{event.source}:{event.dedup_key}"


def bounded(event: StoredEvent) -> StoredEvent:
    """`event` without the times that no clock shows: before 1970, or a day or more after its
    receipt. It then counts as one whose sender gave none."""
    latest = min(event.received_at + MAX_AHEAD, LATEST) if event.received_at else LATEST
    starts_at, ends_at = (
        moment if moment is not None and EARLIEST <= moment < latest else None
        for moment in (event.starts_at, event.ends_at)
    )
    if starts_at == event.starts_at and ends_at == event.ends_at:
        return event
    return replace(event, starts_at=starts_at, ends_at=ends_at)


def moment_of(event: StoredEvent) -> datetime:
    """When the episode began as reported, else when it ended, else when the event was received."""
    return event.starts_at or event.ends_at or event.received_at or EARLIEST


def end_of(event: StoredEvent) -> datetime:
    """When a resolution's episode ended as reported, else when the event was received."""
    return event.ends_at or event.received_at or moment_of(event)


def assign(
    events: Sequence[StoredEvent],
    known: Mapping[str, Sequence[Occurrence]],
    owner_of: OwnerOf,
    over: Mapping[str, datetime],
) -> Assigned:
    """Occurrences that `events` (`bounded`) open, continue or end.

    `known` holds those of each thread near its events: the ones that began last before
    `moment_of` and, for a resolution, `end_of` each, and the one that began next. `over` tells when
    a person ended the incident of an ongoing one (id).
    """
    assigned = Assigned()
    ordered = sorted(events, key=lambda e: (thread_of(e), *_order(e)))
    for thread, events_of_thread in groupby(ordered, key=thread_of):
        episodes = list(known.get(thread, ()))
        for event in events_of_thread:
            _end_what_is_over(event, episodes, assigned, over)
            _apply(event, thread, episodes, assigned, owner_of)
    return assigned


def _order(event: StoredEvent) -> tuple[datetime, int, str]:
    return (moment_of(event), STATUS_ORDER[event.status], event.id)


def _apply(
    event: StoredEvent,
    thread: str,
    episodes: list[Occurrence],
    assigned: Assigned,
    owner_of: OwnerOf,
) -> None:
    if event.status is EventStatus.INFO:
        return
    episode = _episode(event, episodes)
    if episode is None:
        opened = _opened(event, thread, assigned, owner_of)
        if opened:
            episodes.append(opened)
        return
    assigned.signals.append((event.id, episode.id))
    _update(episode, _continued(episode, event), episodes, assigned)


def _end_what_is_over(
    event: StoredEvent,
    episodes: list[Occurrence],
    assigned: Assigned,
    over: Mapping[str, datetime],
) -> None:
    """A start that is reported later than a person ended the incident is a new one, also where the
    monitor's resolution never came; the episode before was over at that person's word."""
    if event.status is not EventStatus.FIRING or event.starts_at is None:
        return
    for episode in [e for e in episodes if e.ended_at is None and e.id in over]:
        if event.starts_at > over[episode.id]:
            ended = replace(episode, ended_at=max(over[episode.id], episode.started_at))
            _update(episode, ended, episodes, assigned)


def _update(
    episode: Occurrence, updated: Occurrence, episodes: list[Occurrence], assigned: Assigned
) -> None:
    if updated == episode:
        return
    episodes[episodes.index(episode)] = updated
    if episode.id in assigned.fresh:
        assigned.fresh[episode.id] = updated
    else:
        assigned.before.setdefault(episode.id, episode)
        assigned.changed[episode.id] = updated


def _episode(event: StoredEvent, episodes: Sequence[Occurrence]) -> Occurrence | None:
    """The episode that `event` belongs to: the one that began, or was ongoing, at its time.

    A firing older than a known episode arrived late: it belongs to that one and opens nothing.
    """
    at = moment_of(event)
    if event.status is EventStatus.RESOLVED and (ended := _ended_by(event, episodes)):
        return ended
    for episode in episodes:
        if episode.started_at == at:
            return episode
    ongoing = [e for e in episodes if e.started_at < at and (not e.ended_at or at < e.ended_at)]
    if ongoing:
        return max(ongoing, key=lambda episode: episode.started_at)
    if event.status is EventStatus.RESOLVED:
        return None
    later = [episode for episode in episodes if episode.started_at > at]
    return min(later, key=lambda episode: episode.started_at) if later else None


def _ended_by(event: StoredEvent, episodes: Sequence[Occurrence]) -> Occurrence | None:
    end = end_of(event)
    open_ones = [e for e in episodes if e.ended_at is None and e.started_at <= end]
    began_then = [e for e in open_ones if e.started_at == event.starts_at]
    return next(iter(began_then or open_ones), None)


def _continued(episode: Occurrence, event: StoredEvent) -> Occurrence:
    if event.status is EventStatus.RESOLVED and episode.ended_at is None:
        return replace(episode, ended_at=max(end_of(event), episode.started_at))
    worse = SEVERITY_RANK[event.severity] > SEVERITY_RANK[episode.severity]
    if event.status is EventStatus.FIRING and worse:
        return replace(episode, severity=event.severity)
    return episode


def _opened(
    event: StoredEvent, thread: str, assigned: Assigned, owner_of: OwnerOf
) -> Occurrence | None:
    """A new episode; a resolution opens one only if it reports when the episode began."""
    resolved = event.status is EventStatus.RESOLVED
    if event.status is EventStatus.ACKNOWLEDGED or (resolved and event.starts_at is None):
        return None
    component, problem = owner_of(event)
    started = moment_of(event)
    ended = max(end_of(event), started) if resolved else None
    opened = Occurrence(
        id=occurrence_id(thread, problem.key, component.key, started),
        problem=problem.key,
        component=component.key,
        severity=event.severity,
        started_at=started,
        dedup_key=thread,
        ended_at=ended,
    )
    assigned.fresh[opened.id] = opened
    assigned.owners[opened.id] = (component, problem)
    assigned.signals.append((event.id, opened.id))
    return opened
