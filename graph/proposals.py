"""Proposals of the escalation and where each incident stands on it."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.escalation.proposals import Proposal, ProposalStatus
from labo.errors import NotFound

GET_PROPOSAL = load("proposals/get_proposal", row=Proposal)
FIND_PROPOSALS = load("proposals/find_proposals", row=Proposal)
UPSERT_PROPOSAL = load("proposals/upsert_proposal", row=NoneType)
UPSERT_STATUS = load("proposals/upsert_status", row=str)
UPSERT_SUPERSEDED = load("proposals/upsert_superseded", row=NoneType)


async def get(graph: Graph, proposal_id: str) -> Proposal:
    """Raises NotFound."""
    rows = await graph.fetch(GET_PROPOSAL, id=proposal_id)
    if not rows:
        raise NotFound("there is no such proposal", where=proposal_id)
    return rows[0]


async def find_by_incidents(
    graph: Graph, incidents: Iterable[str], limit: int = 100
) -> dict[str, list[Proposal]]:
    """Per incident its `limit` newest proposals, newest first; those without any are left out."""
    by_incident: dict[str, list[Proposal]] = {}
    rows = await graph.fetch(FIND_PROPOSALS, incidents=sorted(set(incidents)), limit=limit)
    for row in rows:
        by_incident.setdefault(row.incident, []).append(row)
    return by_incident


async def save(tx: Transaction, proposal: Proposal) -> None:
    """Save it for its incident; the same one again changes nothing."""
    await tx.run(
        UPSERT_PROPOSAL,
        id=proposal.id,
        incident=proposal.incident,
        digest=proposal.digest,
        properties=properties(proposal, {"escalation_level": "rung"}),
    )


async def supersede(tx: Transaction, incident: str) -> None:
    """What was proposed before and is not decided may no longer be."""
    await tx.run(UPSERT_SUPERSEDED, incident=incident)


async def close_proposal(
    tx: Transaction, proposal_id: str, digest: str, status: ProposalStatus
) -> bool:
    """True when it was pending with exactly this digest and now has `status`."""
    rows = await tx.run(UPSERT_STATUS, id=proposal_id, digest=digest, status=status.value)
    return bool(rows)
