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
from graph.linking_rows import EpisodeRow, UnlinkedEvent
from graph.rows import properties, to_epoch
from graph.statements import load
from labo.domain.entities.components import Component
from labo.domain.entities.diagnoses import SURE
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.problems import Problem
from labo.domain.incidents.events import StoredEvent
from labo.domain.incidents.incidents import GROUPING_WINDOW, IncidentStatus, Occurrence
from labo.domain.incidents.linking.episodes import Assigned
from labo.domain.incidents.linking.grouping import Grouped, LinkedIncident
from labo.domain.incidents.linking.included import Included
from labo.domain.incidents.linking.succession import Succession
from labo.domain.incidents.seen import SEEN_PREFIX
from labo.errors import Conflict

MOST_TOGETHER = 500
"""Events of other batches that are linked along: as many as one commit of the intake holds, so that
the fixed cost of a transaction is shared and one still takes well under a second."""

_WRITTEN_BY = "linking"


@dataclass(frozen=True, slots=True)
class Episode:
    """An occurrence and the incident that includes it, if any; `over_since` when a person ended
    that, while the occurrence has no end."""

    incident: str | None
    occurrence: Occurrence
    over_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    batch: str
    events: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Batches to link now, the one asked for first, and the one that waits next."""

    batches: tuple[str, ...]
    following: str | None = None

    @property
    def others(self) -> tuple[str, ...]:
        """What is linked along."""
        return self.batches[1:]


@dataclass(frozen=True, slots=True)
class Near:
    key: str
    neighbours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Two incidents (ids) that have components near each other."""

    later: str
    earlier: str


UPSERT_TURN = load("linking/upsert_turn", row=NoneType)
FIND_BATCHES = load("linking/find_batches", row=UnlinkedEvent)
FIND_EVENTS = load("linking/find_events", row=UnlinkedEvent)
FIND_WAITING = load("linking/find_waiting", row=WaitingBatch)
FIND_COMPONENTS_BY_NAME = load("linking/find_components_by_name", row=Component)
FIND_EPISODES = load("linking/find_episodes", row=EpisodeRow)
FIND_STARTED = load("linking/find_started", row=Included)
FIND_INCIDENTS = load("linking/find_incidents", row=LinkedIncident)
FIND_NEIGHBOURS = load("linking/find_neighbours", row=Near)
UPSERT_OCCURRENCES = load("linking/upsert_occurrences", row=NoneType)
UPSERT_COUNTS = load("linking/upsert_counts", row=NoneType)
LINK_SIGNALS = load("linking/link_signals", row=NoneType)
UPSERT_LINKED = load("linking/upsert_linked", row=NoneType)
UPSERT_INCIDENTS = load("linking/upsert_incidents", row=int)
LINK_INCLUDED = load("linking/link_included", row=NoneType)
LINK_MERGED = load("linking/link_merged", row=NoneType)
FIND_EARLIER = load("linking/find_earlier", row=Neighbours)
LINK_FOLLOWING = load("linking/link_following", row=NoneType)
LINK_OVERLAPPING = load("linking/link_overlapping", row=NoneType)
_LINK_SUCCESSION = {
    Succession.FOLLOWS: LINK_FOLLOWING,
    Succession.OVERLAPS: LINK_OVERLAPPING,
}


async def lock_linking(tx: Transaction) -> None:
    """Wait until no other linker of this workspace is at work."""
    await tx.run(UPSERT_TURN)


async def waiting(tx: Transaction, batch: str) -> Waiting:
    """`batch` and the oldest that wait besides, as many as hold `MOST_TOGETHER` events."""
    chosen, events = [batch], 0
    limit = MOST_TOGETHER + 1
    for other in await tx.run(FIND_WAITING, kind=JobKind.LINK_EVENTS.value, limit=limit):
        if other.batch == batch:
            continue
        events += other.events
        if events > MOST_TOGETHER:
            return Waiting(tuple(chosen), other.batch)
        chosen.append(other.batch)
    return Waiting(tuple(chosen))


async def events_of(tx: Transaction, batches: Sequence[str]) -> list[StoredEvent]:
    """The batches' events not linked yet, without `raw`."""
    return [row.to_domain() for row in await tx.run(FIND_BATCHES, batches=list(batches))]


async def find_events(tx: Transaction, ids: Iterable[str]) -> list[StoredEvent]:
    """The events named that are not linked yet, without `raw`; unknown ones are left out."""
    return [row.to_domain() for row in await tx.run(FIND_EVENTS, ids=sorted(ids))]


async def components_by_name(tx: Transaction, names: Iterable[str]) -> dict[str, list[Component]]:
    by_name: dict[str, list[Component]] = {}
    for component in await tx.run(FIND_COMPONENTS_BY_NAME, names=sorted(set(names))):
        by_name.setdefault(component.name, []).append(component)
    return by_name


async def episodes(tx: Transaction, moments: Iterable[tuple[str, datetime]]) -> list[Episode]:
    """Of each (thread, moment) the episodes around it: the two that began last up to it, and the
    one that began next."""
    rows = [{"thread": thread, "at": to_epoch(at)} for thread, at in sorted(set(moments))]
    found = await tx.run(FIND_EPISODES, rows=rows)
    return [Episode(row.incident, row.to_domain(), row.over_since) for row in found]


async def started(
    tx: Transaction, spans: Iterable[tuple[str, datetime, datetime]]
) -> list[Included]:
    """For each (component, first, last): the occurrence that started last before it, one within it
    and the next one after it, all within the grouping window and in incidents that are not closed.
    """
    rows = [
        {
            "component": component,
            "earliest": first - GROUPING_WINDOW,
            "first": first,
            "last": last,
            "latest": last + GROUPING_WINDOW,
        }
        for component, first, last in sorted(spans)
    ]
    return await tx.run(FIND_STARTED, rows=rows, seen_prefix=SEEN_PREFIX) if rows else []


async def neighbours(tx: Transaction, keys: Iterable[str]) -> dict[str, frozenset[str]]:
    rows = await tx.run(FIND_NEIGHBOURS, keys=sorted(set(keys)))
    return {row.key: frozenset(row.neighbours) for row in rows}


async def linked_incidents(tx: Transaction, incidents: Iterable[str]) -> list[LinkedIncident]:
    return await tx.run(FIND_INCIDENTS, ids=sorted(set(incidents)), sure=[*SURE])


async def earlier(tx: Transaction, opened: Iterable[tuple[str, str, datetime]]) -> list[Neighbours]:
    """For each (incident, component near it, time of its opening): the last other incident there
    before."""
    rows = [
        {"incident": incident, "component": component, "at": at}
        for incident, component, at in sorted(opened)
    ]
    return await tx.run(FIND_EARLIER, rows=rows, seen_prefix=SEEN_PREFIX) if rows else []


async def link_successions(
    tx: Transaction, related: Mapping[Succession, Iterable[tuple[str, str]]]
) -> None:
    """Write which incidents (later, earlier) are related, and how."""
    for kind, pairs in related.items():
        rows = [{"later": later, "earlier": before} for later, before in sorted(pairs)]
        await tx.run(_LINK_SUCCESSION[kind], rows=rows)


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
        _occurrence_row(o)
        for o in sorted({**assigned.fresh, **assigned.changed}.values(), key=lambda o: o.id)
    ]
    # Problems before occurrences, as whoever counts evidence takes their locks: the other way round
    # each would wait for the other.
    await tx.run(UPSERT_COUNTS, rows=_counts(assigned.fresh.values()))
    await tx.run(UPSERT_OCCURRENCES, rows=rows)
    signals = [{"event": event, "occurrence": o} for event, o in sorted(assigned.signals)]
    await tx.run(LINK_SIGNALS, rows=signals)


async def save_incidents(tx: Transaction, grouped: Grouped) -> None:
    """Write the incidents and ask for their diagnosis.

    Raises Conflict when one changed meanwhile.
    """
    rows = [_incident_row(one) for one in sorted(grouped.incidents, key=lambda o: o.incident.id)]
    if await tx.run(UPSERT_INCIDENTS, rows=rows) != [len(rows)]:
        raise Conflict("an incident changed while its occurrences were linked")
    included = [{"incident": i, "occurrence": o} for i, o in sorted(grouped.included)]
    if included:
        await tx.run(LINK_INCLUDED, rows=included)
    if grouped.merged:
        merged = [{"younger": y, "older": o} for y, o in grouped.merged]
        await tx.run(LINK_MERGED, rows=merged)
    incidents = (one.incident for one in grouped.incidents)
    over = [i.id for i in incidents if i.status is IncidentStatus.RESOLVED]
    await jobs.ask(tx, JobKind.COUNT_EVIDENCE, over, delay_s=COUNT_AFTER_S)
    await jobs.ask(tx, JobKind.LEARN_FROM_RESOLVED, over)
    await jobs.ask(tx, JobKind.DIAGNOSE, grouped.diagnose)


async def mark_linked(tx: Transaction, events: Iterable[str]) -> None:
    await tx.run(UPSERT_LINKED, ids=sorted(events))


def _occurrence_row(occurrence: Occurrence) -> Mapping[str, object]:
    values = properties(occurrence)
    started_at, ended_at = values.pop("started_at"), values.pop("ended_at")
    return {
        "id": occurrence.id,
        "properties": values,
        "started_at": to_epoch(started_at),
        "ended_at": to_epoch(ended_at) if ended_at else None,
    }


def _counts(fresh: Iterable[Occurrence]) -> list[Mapping[str, object]]:
    started_at: dict[str, list[datetime]] = {}
    for occurrence in fresh:
        started_at.setdefault(occurrence.problem, []).append(occurrence.started_at)
    return [
        {"key": key, "count": len(times), "first": min(times), "last": max(times)}
        for key, times in sorted(started_at.items())
    ]


def _incident_row(linked: LinkedIncident) -> Mapping[str, object]:
    incident = linked.incident
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
            "ongoing": linked.ongoing,
            "apart": sorted(linked.apart) or None,
        },
    }
