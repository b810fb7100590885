"""Decisions on proposals, and where they lead an incident."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.escalation.proposals import Decision, EscalationLevel, decision_id
from labo.domain.incidents.incidents import IncidentStatus
from labo.errors import Conflict

GET_DECISION = load("decisions/get_decision", row=Decision)
FIND_DECISIONS = load("decisions/find_decisions", row=Decision)
UPSERT_DECISION = load("decisions/upsert_decision", row=str)


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where a decision leads the incident; `again` lets the escalation run once more."""

    status: IncidentStatus
    escalation_level: EscalationLevel
    note: str
    again: bool = False


async def find_by_proposal(graph: Graph, proposal_id: str) -> Decision | None:
    """The decision on a proposal; None while there is none."""
    rows = await graph.fetch(GET_DECISION, id=decision_id(proposal_id))
    return rows[0] if rows else None


async def find_by_proposals(graph: Graph, proposals: Iterable[str]) -> dict[str, Decision]:
    """Decisions by proposal; an undecided one is absent."""
    ids = sorted({decision_id(proposal) for proposal in proposals})
    return {row.proposal: row for row in await graph.fetch(FIND_DECISIONS, ids=ids)}


async def save(tx: Transaction, decision: Decision, step: NextStep) -> None:
    """Save `decision` and advance its incident. Raises Conflict when that is over by now."""
    moved = await tx.run(
        UPSERT_DECISION,
        id=decision.id,
        proposal=decision.proposal,
        properties=properties(decision),
        status=step.status.value,
        escalation_level=step.escalation_level.value,
        note=step.note,
        again=step.again,
    )
    if not moved:
        raise Conflict("the incident is over", where=decision.proposal)
