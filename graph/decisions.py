"""Decisions on proposals."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType

from graph import audit
from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.escalation.proposals import Decision, decision_id
from labo.domain.governance.audit import AuditKind, audit_event

GET_DECISION = load("decisions/get_decision", row=Decision)
FIND_DECISIONS = load("decisions/find_decisions", row=Decision)
UPSERT_DECISION = load("decisions/upsert_decision", row=NoneType)


async def find_by_proposal(graph: Graph, proposal_id: str) -> Decision | None:
    """The decision on a proposal; None while there is none."""
    rows = await graph.fetch(GET_DECISION, id=decision_id(proposal_id))
    return rows[0] if rows else None


async def find_by_proposals(graph: Graph, proposals: Iterable[str]) -> dict[str, Decision]:
    """Decisions by proposal; an undecided one is absent."""
    ids = sorted({decision_id(proposal) for proposal in proposals})
    return {row.proposal: row for row in await graph.fetch(FIND_DECISIONS, ids=ids)}


async def save(tx: Transaction, decision: Decision) -> None:
    """Save it on its proposal, once."""
    await tx.run(
        UPSERT_DECISION,
        id=decision.id,
        proposal=decision.proposal,
        properties=properties(decision),
    )
    event = audit_event(
        AuditKind.DECISION,
        at=decision.decided_at,
        actor=decision.decided_by,
        subject=decision.proposal,
        verdict=decision.verdict.value,
        action_digest=decision.proposal_digest,
        reason=decision.reason,
    )
    audit.append(tx, event)
