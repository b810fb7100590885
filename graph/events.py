"""Events in the graph: the monitors' messages, as accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType
from typing import Any

from graph.client import Graph, Transaction
from graph.jobs import job_id
from graph.rows import as_json, to_epoch
from graph.statements import load
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.keys import batch_id
from labo.domain.incidents.events import Event, EventStatus, StoredEvent
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class SignallingEvent(StoredEvent):
    """An event, less its `raw`, with the id of the occurrence it signalled."""

    occurrence: str = ""


@dataclass(frozen=True, slots=True)
class RawEvent:
    """What was received as the event `id`: redacted JSON text."""

    id: str
    raw: str


@dataclass(frozen=True, slots=True)
class LastEventRow:
    """The last event of `source` with `dedup_key`, and when it was received; `resolution` is its
    last resolution's id."""

    workspace: str
    source: str
    dedup_key: str
    status: EventStatus
    received_at: datetime
    resolution: str | None


@dataclass(frozen=True, slots=True)
class CommittedBatch:
    """`duplicates` are the ids that the graph had already."""

    workspace: str
    batch: str
    duplicates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One row of a commit; rows of several workspaces share a transaction."""

    workspace: str
    event: Event
    received_at: datetime
    id: str = field(init=False)
    """The event's, computed once."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", self.event.id)


UPSERT_TURN = load("events/upsert_turn", row=NoneType)
UPSERT_EVENTS = load("events/upsert_events", row=CommittedBatch)
FIND_LAST = load("events/find_last", row=LastEventRow)
EXPIRE_EVENTS = load("events/expire_events", row=int)
GET_EVENT = load("events/get_event", row=StoredEvent)
FIND_BY_OCCURRENCES = load("events/find_by_occurrences", row=SignallingEvent)
FIND_RAW = load("events/find_raw", row=RawEvent)


async def lock_episodes(tx: Transaction, workspaces: Iterable[str]) -> None:
    """Wait until no other process assigns episodes in these workspaces."""
    await tx.run(UPSERT_TURN, workspaces=sorted(set(workspaces)))


async def add(tx: Transaction, events: Sequence[NewEvent]) -> list[CommittedBatch]:
    """Save `events`, and a linking job per workspace that has a new one."""
    members: dict[str, list[NewEvent]] = {}
    for new in events:
        members.setdefault(new.workspace, []).append(new)
    # Sorted, because unsorted batches lock the same nodes in different orders and deadlock.
    batches = [batch_of(workspace, members[workspace]) for workspace in sorted(members)]
    return await tx.run(UPSERT_EVENTS, batches=batches) if batches else []


def batch_of(workspace: str, events: Iterable[NewEvent]) -> dict[str, Any]:
    """One workspace's events as the statement takes them, sorted by their ids."""
    rows = sorted(events, key=lambda new: new.id)
    batch = batch_id(new.id for new in rows)
    return {
        "workspace": workspace,
        "id": batch,
        "job": job_id(JobKind.LINK_EVENTS, batch),
        "events": [_row(new) for new in rows],
    }


def _row(new: NewEvent) -> dict[str, Any]:
    """One event as the statement takes it; written out, since this is the hottest path there is."""
    event = new.event
    return {
        "id": new.id,
        "properties": {
            "source": event.source,
            "source_event_id": event.source_event_id,
            "dedup_key": event.dedup_key,
            "status": event.status.value,
            "severity": event.severity.value,
            "title": event.title,
            "description": event.description,
            "labels": as_json(event.labels),
            "resource": as_json(event.resource),
            "links": list(event.links),
            "raw": event.raw,
        },
        "starts_at": _epoch(event.starts_at),
        "ends_at": _epoch(event.ends_at),
        "received_at": _epoch(new.received_at),
    }


def _epoch(moment: datetime | None) -> tuple[int, int] | None:
    return None if moment is None else to_epoch(moment)


async def find_last(tx: Transaction, keys: Iterable[tuple[str, str, str]]) -> list[LastEventRow]:
    """The last event per (workspace, source, dedup key); unknown keys are left out."""
    rows = [
        {"workspace": workspace, "source": source, "dedup_key": dedup_key}
        for workspace, source, dedup_key in sorted(keys)
    ]
    return await tx.run(FIND_LAST, rows=rows)


async def expire(graph: Graph, before: datetime, *, limit: int = 5_000) -> int:
    """Delete events received before `before`, in every workspace. How many; at most `limit`."""
    return (await graph.execute(EXPIRE_EVENTS, before=before, limit=limit))[0]


class Events:
    """Reads over one workspace's events."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def get(self, event_id: str) -> StoredEvent:
        """Raises NotFound."""
        rows = await self._graph.fetch(GET_EVENT, id=event_id)
        if not rows:
            raise NotFound("there is no such event", where=event_id)
        return rows[0]

    async def find_by_occurrences(self, ids: Sequence[str], limit: int) -> list[SignallingEvent]:
        """The `limit` oldest events of each occurrence, in that order; see `find_raw`."""
        return await self._graph.fetch(FIND_BY_OCCURRENCES, ids=list(ids), limit=limit)

    async def find_raw(self, ids: Sequence[str]) -> dict[str, str]:
        """What was received, as redacted JSON text, by the event's id."""
        return {row.id: row.raw for row in await self._graph.fetch(FIND_RAW, ids=list(ids))}
