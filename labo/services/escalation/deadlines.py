"""What happens while a person does not answer: a reminder, the report, the expiry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from graph import escalations, incidents, jobs, proposals
from graph.client import Graph, Transaction
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.severity import Severity
from labo.domain.escalation.proposals import Proposal, ProposalStatus
from labo.domain.escalation.stages import TIMER, Stage, Transition, answered_late
from labo.services.escalation.writes import EscalationWrites


class DeadlineService:
    """`answer` is how long a person may take before being reminded, `expiry` before the proposal
    expires."""

    def __init__(
        self, graph: Graph, writes: EscalationWrites, *, answer: timedelta, expiry: timedelta
    ) -> None:
        self._graph = graph
        self._writes = writes
        self._answer = answer
        self._expiry = expiry

    async def check(self, incident_id: str) -> timedelta | None:
        """Do what is due. Returns after how long to call again; None when nobody is waited for.

        Raises NotFound.
        """
        incident = await incidents.get(self._graph, incident_id)
        state = await escalations.get(self._graph, incident_id)
        if incident.is_over:
            return None
        now = datetime.now(UTC)
        is_critical = incident.severity is Severity.CRITICAL
        due = answered_late(
            state.stage,
            state.escalation_level,
            is_critical=is_critical,
            is_reminded=state.moved_by == TIMER,
            waited=now - (state.since or now),
            answer=self._answer,
            expiry=self._expiry,
        )
        if not isinstance(due, Transition):
            # Looked at again soon: a later gate finds this job, and its own deadline is nearer.
            return min(due, self._answer) if due is not None else None
        expired = await self._pending(incident_id) if due.stage is Stage.EXPERT else None
        await self._move(incident_id, state.moves, due, expired, with_report=is_critical)
        return self._answer if due.stage is Stage.GATE else None

    async def _move(
        self,
        incident: str,
        moves: int,
        due: Transition,
        expired: Proposal | None,
        *,
        with_report: bool,
    ) -> None:
        at = datetime.now(UTC)

        async def unit(tx: Transaction) -> bool:
            if not await escalations.move(tx, incident, moves, due, at=at):
                return False
            if expired is not None:
                await proposals.close_proposal(
                    tx, expired.id, expired.digest, ProposalStatus.EXPIRED
                )
            if due.stage is Stage.GATE and with_report:
                await jobs.ask(tx, JobKind.WRITE_REPORT, [incident])
            return True

        await self._writes.write(
            unit,
            name="escalation.deadline",
            incident=incident,
            stage=due.stage,
        )

    async def _pending(self, incident: str) -> Proposal | None:
        found = await proposals.find_by_incidents(self._graph, [incident])
        pending = (one for one in found.get(incident, []))
        return next((one for one in pending if one.status is ProposalStatus.PENDING), None)
