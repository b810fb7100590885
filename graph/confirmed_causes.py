"""Confirmed causes of incidents, and the findings they leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.escalation.proposals import Finding
from labo.domain.incidents.confirmed_causes import ConfirmedCause, NewCause


@dataclass(frozen=True, slots=True)
class Unlinked:
    """How many causes an incident had; `problems` (keys) are those that were no occurrence."""

    unlinked: int
    problems: tuple[str, ...]


LINK_CAUSE = load("confirmed_causes/link_cause", row=int)
UNLINK_CAUSES = load("confirmed_causes/unlink_causes", row=Unlinked)
UPSERT_FINDING = load("confirmed_causes/upsert_finding", row=NoneType)
FIND_CAUSES = load("confirmed_causes/find_causes", row=ConfirmedCause)


async def link(tx: Transaction, cause: NewCause) -> int:
    """How many of the nodes named were linked; 0 when the incident or all of them are gone."""
    linked = await tx.run(
        LINK_CAUSE,
        incident=cause.incident,
        occurrence=cause.occurrence,
        component=cause.component,
        problem=cause.problem,
        by=cause.confirmed_by,
        at=cause.at,
        reason=cause.reason,
    )
    return sum(linked)


async def unlink(tx: Transaction, incident: str, *, by: str) -> Unlinked | None:
    """Take back the confirmed causes of an incident with their findings; None without any."""
    rows = await tx.run(UNLINK_CAUSES, incident=incident, by=by)
    return rows[0] if rows else None


async def save_finding(tx: Transaction, finding: Finding) -> None:
    """Save `finding` about its incident, replacing the one with its id."""
    await tx.run(
        UPSERT_FINDING,
        id=finding.id,
        incident=finding.incident,
        properties=properties(finding),
    )


async def find_by_incidents(
    graph: Graph, incidents: Iterable[str], limit: int = 100
) -> list[ConfirmedCause]:
    """The `limit` latest of each of these incidents, the latest confirmed first."""
    return await graph.fetch(FIND_CAUSES, incidents=sorted(set(incidents)), limit=limit)
