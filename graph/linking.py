"""What the linker reads and writes, within one transaction per batch.

Linkers of one workspace take turns by a lock node, so that two batches that belong together never
open an incident each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import NoneType

from graph import components, jobs, problems
from graph.client import Transaction
from graph.evidence import COUNT_AFTER_S
from graph.incidents import FIND_INCIDENTS_BY_IDS
from graph.occurrences import FIND_BY_INCIDENTS
from graph.rows import properties
from graph.statements import load
from labo.domain.entities.components import Component
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.problems import Problem
from labo.domain.incidents.events import StoredEvent
from labo.domain.incidents.incidents import Incident, IncidentStatus, Occurrence
from labo.domain.incidents.linking.episodes import Assigned
from labo.domain.incidents.linking.grouping import Grouped, LinkedIncident
from labo.errors import Conflict

MOST_TOGETHER = 200
"""Events of other batches that are linked along, so that many small ones cost little more."""

_WRITTEN_BY = "linking"


@dataclass(frozen=True, slots=True)
class Episode:
    """An occurrence and the incident that includes it, if any."""

    incident: str | None
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    batch: str
    events: int


@dataclass(frozen=True, slots=True)
class StartedIncident:
    incident: str
    component: str


@dataclass(frozen=True, slots=True)
class Near:
    key: str
    neighbours: tuple[str, ...]


UPSERT_TURN = load("linking/upsert_turn", row=NoneType)
FIND_BATCHES = load("linking/find_batches", row=StoredEvent)
FIND_WAITING = load("linking/find_waiting", row=WaitingBatch)
FIND_COMPONENTS_BY_NAME = load("linking/find_components_by_name", row=Component)
FIND_EPISODES = load("linking/find_episodes", row=Episode)
FIND_STARTED = load("linking/find_started", row=StartedIncident)
FIND_NEIGHBOURS = load("linking/find_neighbours", row=Near)
UPSERT_OCCURRENCES = load("linking/upsert_occurrences", row=NoneType)
UPSERT_COUNTS = load("linking/upsert_counts", row=NoneType)
LINK_SIGNALS = load("linking/link_signals", row=NoneType)
UPSERT_LINKED = load("linking/upsert_linked", row=NoneType)
UPSERT_INCIDENTS = load("linking/upsert_incidents", row=int)
LINK_INCLUDED = load("linking/link_included", row=NoneType)
LINK_MERGED = load("linking/link_merged", row=NoneType)


async def lock_linking(tx: Transaction) -> None:
    """Wait until no other linker of this workspace is at work."""
    await tx.run(UPSERT_TURN)


async def waiting_batches(tx: Transaction) -> list[str]:
    """Batches that wait, the oldest first, as many as hold `MOST_TOGETHER` events."""
    chosen, events = [], 0
    for waiting in await tx.run(FIND_WAITING, kind=JobKind.LINK_EVENTS.value, limit=MOST_TOGETHER):
        events += waiting.events
        if events > MOST_TOGETHER:
            break
        chosen.append(waiting.batch)
    return chosen


async def next_waiting(tx: Transaction, batch: str) -> str | None:
    """The oldest batch that waits besides `batch`, which is being linked."""
    rows = await tx.run(FIND_WAITING, kind=JobKind.LINK_EVENTS.value, limit=2)
    return next((row.batch for row in rows if row.batch != batch), None)


async def events_of(tx: Transaction, batches: Sequence[str]) -> list[StoredEvent]:
    """The batches' events not linked yet, without `raw`."""
    return await tx.run(FIND_BATCHES, batches=list(batches))


async def components_by_name(tx: Transaction, names: Iterable[str]) -> dict[str, list[Component]]:
    by_name: dict[str, list[Component]] = {}
    for component in await tx.run(FIND_COMPONENTS_BY_NAME, names=sorted(set(names))):
        by_name.setdefault(component.name, []).append(component)
    return by_name


async def episodes(tx: Transaction, threads: Iterable[str]) -> list[Episode]:
    """The latest 20 episodes of each thread."""
    return await tx.run(FIND_EPISODES, threads=sorted(set(threads)))


async def started(
    tx: Transaction, windows: Sequence[tuple[datetime, datetime]]
) -> list[StartedIncident]:
    """Incidents, not closed, with an occurrence that started within a window, bounds included."""
    return await tx.run(FIND_STARTED, windows=[list(window) for window in windows])


async def neighbours(tx: Transaction, keys: Iterable[str]) -> dict[str, frozenset[str]]:
    rows = await tx.run(FIND_NEIGHBOURS, keys=sorted(set(keys)))
    return {row.key: frozenset(row.neighbours) for row in rows}


async def linked_incidents(tx: Transaction, incidents: Iterable[str]) -> list[LinkedIncident]:
    """The incidents named with all that they include."""
    ids = sorted(set(incidents))
    held: dict[str, list[Occurrence]] = {incident: [] for incident in ids}
    for row in await tx.run(FIND_BY_INCIDENTS, ids=ids):
        held[row.incident].append(row.occurrence)
    rows = await tx.run(FIND_INCIDENTS_BY_IDS, ids=ids)
    return [LinkedIncident(incident, tuple(held[incident.id])) for incident in rows]


async def save_occurrences(
    tx: Transaction,
    assigned: Assigned,
    new_components: Iterable[Component],
    new_problems: Iterable[Problem],
) -> None:
    """Write the occurrences, what they are of and on as far as it is new, and the signals."""
    await components.upsert(tx, new_components, written_by=_WRITTEN_BY)
    await problems.upsert(tx, new_problems, written_by=_WRITTEN_BY)
    rows = [
        {"id": o.id, "properties": properties(o)}
        for o in sorted({**assigned.fresh, **assigned.changed}.values(), key=lambda o: o.id)
    ]
    await tx.run(UPSERT_OCCURRENCES, rows=rows)
    await tx.run(UPSERT_COUNTS, rows=_counts(assigned.fresh.values()))
    signals = [{"event": event, "occurrence": o} for event, o in sorted(assigned.signals)]
    await tx.run(LINK_SIGNALS, rows=signals)


async def save_incidents(tx: Transaction, grouped: Grouped) -> list[str]:
    """Write the incidents and ask for their diagnosis; returns those to send a message for.

    Raises Conflict when one changed meanwhile.
    """
    rows = [_incident_row(i) for i in sorted(grouped.incidents, key=lambda i: i.id)]
    if await tx.run(UPSERT_INCIDENTS, rows=rows) != [len(rows)]:
        raise Conflict("an incident changed while its occurrences were linked")
    included = [{"incident": i, "occurrence": o} for i, o in sorted(grouped.included)]
    await tx.run(LINK_INCLUDED, rows=included)
    merged = [{"younger": y, "older": o} for y, o in grouped.merged]
    await tx.run(LINK_MERGED, rows=merged)
    over = [i.id for i in grouped.incidents if i.status is IncidentStatus.RESOLVED]
    await jobs.add(tx, JobKind.COUNT_EVIDENCE, over, delay_s=COUNT_AFTER_S)
    return await jobs.add(tx, JobKind.DIAGNOSE, grouped.diagnose)


async def mark_linked(tx: Transaction, events: Iterable[str]) -> None:
    await tx.run(UPSERT_LINKED, ids=sorted(events))


def _counts(fresh: Iterable[Occurrence]) -> list[Mapping[str, object]]:
    started_at: dict[str, list[datetime]] = {}
    for occurrence in fresh:
        started_at.setdefault(occurrence.problem, []).append(occurrence.started_at)
    return [
        {"key": key, "count": len(times), "first": min(times), "last": max(times)}
        for key, times in sorted(started_at.items())
    ]


def _incident_row(incident: Incident) -> Mapping[str, object]:
    return {
        "id": incident.id,
        "version": incident.version,
        "properties": {
            "title": incident.title,
            "status": incident.status.value,
            "severity": incident.severity.value,
            "opened_at": incident.opened_at,
            "system": incident.system,
            "resolved_at": incident.resolved_at,
            "last_activity_at": incident.last_activity_at,
            "resolution": incident.resolution,
            "merged_into": incident.merged_into,
        },
    }
