"""Incidents in the graph: one by id, many by ids, and pages by keyset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import NoneType

from graph.client import Graph, Transaction
from graph.statements import load
from labo.domain.incidents.incidents import Incident, IncidentStatus
from labo.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Before:
    """Two incidents (ids), one of which opened `later`."""

    later: str
    earlier: str


GET_INCIDENT = load("incidents/get_incident", row=Incident)
FIND_INCIDENTS = load("incidents/find_incidents", row=Incident)
FIND_INCIDENTS_BY_COMPONENT = load("incidents/find_incidents_by_component", row=Incident)
FIND_INCIDENTS_BY_IDS = load("incidents/find_incidents_by_ids", row=Incident)
FIND_BEFORE = load("incidents/find_before", row=Before)
UPSERT_STATUS = load("incidents/upsert_status", row=Incident)
UPSERT_TITLE = load("incidents/upsert_title", row=NoneType)

_BEGINNING_OF_TIME = datetime(1, 1, 1, tzinfo=UTC)
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


async def get(graph: Graph, incident_id: str) -> Incident:
    """Raises NotFound."""
    rows = await graph.fetch(GET_INCIDENT, id=incident_id)
    if not rows:
        raise NotFound("there is no such incident", where=incident_id)
    return rows[0]


async def find_by_ids(graph: Graph, ids: Sequence[str]) -> list[Incident]:
    """Those that exist, in no order."""
    return await graph.fetch(FIND_INCIDENTS_BY_IDS, ids=list(ids))


async def find_before(
    graph: Graph, opened: Iterable[tuple[str, str, datetime]], limit: int
) -> list[Before]:
    """For each (incident, component key, time): the `limit` newest others that opened before then
    and had an occurrence on the component."""
    rows = [
        {"incident": incident, "component": component, "at": at}
        for incident, component, at in sorted(opened)
    ]
    return await graph.fetch(FIND_BEFORE, rows=rows, limit=limit) if rows else []


async def find_page(
    graph: Graph,
    *,
    limit: int,
    after: tuple[datetime, str] | None = None,
    statuses: Sequence[IncidentStatus] | None = None,
    system: str | None = None,
    component: str | None = None,
    since: datetime | None = None,
) -> list[Incident]:
    """At most `limit` incidents, newest first, strictly behind the key (opened_at, id).

    `statuses` None is all of them, an empty sequence none. `component` is the key or the name of
    one that had an occurrence in it; `since` leaves out what opened earlier.
    """
    before, before_id = after or (_END_OF_TIME, "")
    page = {
        "limit": limit,
        "before": before,
        "before_id": before_id,
        "since": since or _BEGINNING_OF_TIME,
        "statuses": None if statuses is None else [status.value for status in statuses],
        "system": system,
    }
    if component is None:
        return await graph.fetch(FIND_INCIDENTS, **page)
    return await graph.fetch(FIND_INCIDENTS_BY_COMPONENT, component=component, **page)


async def set_title(
    tx: Transaction, incident: str, title: str | None, *, confirmed: bool = False
) -> None:
    """Title the incident by its cause, with None by its symptom; `confirmed` by a person.

    A title that a person gave stays, and that of a confirmed cause until another is confirmed.
    """
    await tx.run(UPSERT_TITLE, id=incident, title=title, confirmed=confirmed)


async def set_status(
    tx: Transaction,
    incident: Incident,
    status: IncidentStatus,
    *,
    at: datetime,
    by: str | None = None,
    resolution: str | None = None,
) -> Incident:
    """Move it from the version that was read. Raises Conflict when it changed since."""
    rows = await tx.run(
        UPSERT_STATUS,
        id=incident.id,
        expected=incident.version,
        status=status.value,
        at=at,
        by=by,
        resolution=resolution,
    )
    if not rows:
        raise Conflict("the incident changed meanwhile", where=incident.id, hint="read it again")
    return rows[0]
