"""Proposals of the escalation and where each incident stands on it."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.escalation.facts import EscalationState, Outcome
from labo.domain.escalation.proposals import Proposal, ProposalStatus
from labo.errors import NotFound

GET_PROPOSAL = load("proposals/get_proposal", row=Proposal)
FIND_PROPOSALS = load("proposals/find_proposals", row=Proposal)
UPSERT_PROPOSAL = load("proposals/upsert_proposal", row=NoneType)
UPSERT_STATUS = load("proposals/upsert_status", row=str)
UPSERT_SUPERSEDED = load("proposals/upsert_superseded", row=NoneType)
GET_ESCALATION = load("proposals/get_escalation", row=EscalationState)
UPSERT_ESCALATION = load("proposals/upsert_escalation", row=str)


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


async def get_escalation(graph: Graph, incident_id: str) -> EscalationState:
    """Raises NotFound."""
    rows = await graph.fetch(GET_ESCALATION, id=incident_id)
    if not rows:
        raise NotFound("there is no such incident", where=incident_id)
    return rows[0]


async def save_outcome(tx: Transaction, incident: str, diagnosis: str, outcome: Outcome) -> bool:
    """Save one escalation with its proposals. False, and nothing stored, when it was stored
    before."""
    pending = any(p.status is ProposalStatus.PENDING for p in outcome.proposals)
    kept = await tx.run(
        UPSERT_ESCALATION,
        id=incident,
        diagnosis=diagnosis,
        escalation_level=outcome.escalation_level.value,
        verdict=outcome.verdict.value,
        note=outcome.note,
        awaiting=pending,
    )
    if not kept:
        return False
    await tx.run(UPSERT_SUPERSEDED, incident=incident, diagnosis=diagnosis)
    for proposal in outcome.proposals:
        await tx.run(
            UPSERT_PROPOSAL,
            id=proposal.id,
            incident=incident,
            digest=proposal.digest,
            properties=properties(proposal, {"escalation_level": "rung"}),
        )
    return True


async def close_proposal(
    tx: Transaction, proposal_id: str, digest: str, status: ProposalStatus
) -> bool:
    """True when it was pending with exactly this digest and now has `status`."""
    rows = await tx.run(UPSERT_STATUS, id=proposal_id, digest=digest, status=status.value)
    return bool(rows)
