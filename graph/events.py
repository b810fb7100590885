"""Events in the graph: what monitors said, as it was accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from graph.client import Graph
from graph.jobs import job_id
from graph.rows import properties
from graph.statements import load
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.keys import batch_id
from labo.domain.incidents.events import Event, EventStatus, StoredEvent
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class SignallingEvent(StoredEvent):
    """An event with the id of the occurrence it signalled."""

    occurrence: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What `source` said last about `dedup_key`; `resolution` is its last resolution's id."""

    workspace: str
    source: str
    dedup_key: str
    status: EventStatus
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


UPSERT_EVENTS = load("events/upsert_events", row=CommittedBatch)
FIND_LAST = load("events/find_last", row=Said)
EXPIRE_EVENTS = load("events/expire_events", row=int)
GET_EVENT = load("events/get_event", row=StoredEvent)
FIND_BY_OCCURRENCES = load("events/find_by_occurrences", row=SignallingEvent)


async def commit(graph: Graph, events: Sequence[NewEvent]) -> list[CommittedBatch]:
    """Keep `events` and a linking job per workspace in one transaction. Empty batches vanish."""
    ids: dict[str, list[str]] = {}
    for new in events:
        ids.setdefault(new.workspace, []).append(new.event.id)
    batches = {workspace: batch_id(members) for workspace, members in ids.items()}
    rows = [_row(new, batches[new.workspace]) for new in events]
    # Sorted, because unsorted batches lock the same nodes in different orders and deadlock.
    rows.sort(key=lambda row: (str(row["workspace"]), str(row["id"])))
    return await graph.execute(UPSERT_EVENTS, rows=rows) if rows else []


def _row(new: NewEvent, batch: str) -> dict[str, object]:
    """Times go as text: the driver takes longer to pack one than Neo4j to read it."""
    event = new.event
    values = properties(event)
    del values["starts_at"], values["ends_at"]
    return {
        "workspace": new.workspace,
        "id": event.id,
        "properties": values,
        "starts_at": event.starts_at.isoformat() if event.starts_at else None,
        "ends_at": event.ends_at.isoformat() if event.ends_at else None,
        "received_at": new.received_at.isoformat(),
        "batch": batch,
        "job": job_id(JobKind.LINK_EVENTS, batch),
    }


async def find_last(graph: Graph, keys: Iterable[tuple[str, str, str]]) -> list[Said]:
    """The last word per (workspace, source, dedup key); unknown keys are left out."""
    rows = [
        {"workspace": workspace, "source": source, "dedup_key": dedup_key}
        for workspace, source, dedup_key in sorted(keys)
    ]
    return await graph.fetch(FIND_LAST, rows=rows)


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

    async def find_by_occurrences(self, ids: Sequence[str]) -> dict[str, list[StoredEvent]]:
        """The events of each occurrence, oldest first; an unknown occurrence has none."""
        found: dict[str, list[StoredEvent]] = {occurrence: [] for occurrence in ids}
        for row in await self._graph.fetch(FIND_BY_OCCURRENCES, ids=list(found)):
            found[row.occurrence].append(row)
        return found
