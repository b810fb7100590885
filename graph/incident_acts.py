"""What people did about incidents, and how those are handled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.incidents.acts import Handling, IncidentAct
from labo.domain.incidents.incidents import Incident
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of the splits that an incident comes from."""

    incident: str
    apart: frozenset[str]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How much of what people said about `incident` went to the one that it was merged into:
    remarks, and components and problems confirmed as its cause."""

    incident: str
    comments: int
    causes: int


FIND_ACTS = load("incident_acts/find_acts", row=IncidentAct)
UPSERT_ACT = load("incident_acts/upsert_act", row=NoneType)
FIND_HANDLING = load("incidents/find_handling", row=Handling)
UPSERT_HANDLING = load("incidents/upsert_handling", row=Incident)
UPSERT_HELD = load("incidents/upsert_held", row=Incident)
FIND_APART = load("incidents/find_apart", row=Marks)
UNLINK_INCLUDED = load("incidents/unlink_included", row=NoneType)
LINK_SPLIT = load("incidents/link_split", row=NoneType)
LINK_HANDED_OVER = load("incidents/link_handed_over", row=HandedOver)


async def save(tx: Transaction, act: IncidentAct) -> None:
    """Add `act` to its incident's timeline."""
    await tx.run(UPSERT_ACT, id=act.id, incident=act.incident, properties=properties(act))


async def save_automatic(tx: Transaction, acts: Sequence[IncidentAct]) -> None:
    """Add what no person did, but for an act of the same kind and moment that a person did."""
    if not acts:
        return
    told = await tx.run(FIND_ACTS, incidents=sorted({one.incident for one in acts}), limit=100)
    known = {(one.incident, one.kind, one.at) for one in told}
    for act in acts:
        if (act.incident, act.kind, act.at) not in known:
            await save(tx, act)


async def find_by_incidents(
    graph: Graph, incidents: Iterable[str], limit: int = 100
) -> list[IncidentAct]:
    """The `limit` newest acts about each of these incidents, per incident newest first."""
    return await graph.fetch(FIND_ACTS, incidents=sorted(set(incidents)), limit=limit)


async def find_handling(graph: Graph, ids: Iterable[str]) -> list[Handling]:
    """How these incidents are handled, in no order."""
    return await graph.fetch(FIND_HANDLING, ids=sorted(set(ids)))


async def hold(tx: Transaction, ids: Iterable[str]) -> dict[str, Incident]:
    """The incidents by id; nobody else changes them until the transaction is over.

    Raises NotFound for the first that does not exist.
    """
    wanted = sorted(set(ids))
    held = {incident.id: incident for incident in await tx.run(UPSERT_HELD, ids=wanted)}
    for one in wanted:
        if one not in held:
            raise NotFound("there is no such incident", where=one)
    return held


async def read_handling(tx: Transaction, incident: str) -> Handling:
    """How an incident is handled that the transaction holds. Raises NotFound."""
    for handling in await tx.run(FIND_HANDLING, ids=[incident]):
        return handling
    raise NotFound("there is no such incident", where=incident)


async def save_handling(tx: Transaction, incident: str, changed: Mapping[str, object]) -> Incident:
    """The incident with the `changed` properties, at its next version. Raises NotFound."""
    for after in await tx.run(UPSERT_HANDLING, id=incident, properties=dict(changed)):
        return after
    raise NotFound("there is no such incident", where=incident)


async def read_apart(tx: Transaction, ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """The marks of these incidents (`labo.domain.incidents.apart`)."""
    return {row.incident: row.apart for row in await tx.run(FIND_APART, ids=sorted(set(ids)))}


async def unlink(tx: Transaction, incident: str, occurrences: Sequence[str]) -> None:
    """The incident no longer includes these occurrences (ids)."""
    await tx.run(UNLINK_INCLUDED, incident=incident, occurrences=sorted(occurrences))


async def link_split(tx: Transaction, split: str, origin: str) -> None:
    """Say that incident `split` took occurrences of `origin` (ids)."""
    await tx.run(LINK_SPLIT, split=split, origin=origin)


async def hand_over(tx: Transaction, merged: Iterable[tuple[str, str]]) -> dict[str, HandedOver]:
    """Let each (younger, older) incident's remarks, confirmed causes and findings go to the older
    one; how much went, by the younger's id. Where both have a cause, the older one's stays."""
    rows = [{"younger": younger, "older": older} for younger, older in sorted(merged)]
    return {one.incident: one for one in await tx.run(LINK_HANDED_OVER, rows=rows)}
