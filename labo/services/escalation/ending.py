"""How an escalation ends: what a verification found, or an incident that is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from graph import escalations, executions, incidents, proposals
from graph.client import Graph, Transaction
from labo.domain.escalation.decisions import rollback_of
from labo.domain.escalation.executions import Execution, ExecutionStatus
from labo.domain.escalation.facts import EscalationState
from labo.domain.escalation.proposals import Proposal
from labo.domain.escalation.stages import Stage, Transition, after_verification
from labo.domain.escalation.verification_outcomes import Verification, VerificationOutcome
from labo.domain.incidents.incidents import Incident, IncidentStatus
from labo.services.escalation.writes import EscalationWrites

log = structlog.get_logger()

_SOONEST_S = 5.0
"""Until an action is looked at again, at least: a sample or more later."""
BY_HAND = timedelta(hours=1)
"""How long a person may take to carry out what was handed over, before it is said that no effect
was seen. By judgement, as long as an execution may take whose end nobody knows."""
BY_HAND_AGAIN = timedelta(minutes=1)
"""Between two looks at whether a person's action helped. By judgement."""
_UNSEEN = Verification(
    VerificationOutcome.UNKNOWN,
    0.0,
    ("No effect was seen within an hour; whether a person carried it out is not known.",),
)
_UNDER_WAY = (Stage.ACTION, Stage.VERIFICATION)


class Verifier(Protocol):
    """Measures whether an executed action helped."""

    async def verify(self, incident: Incident, execution: Execution) -> Verification:
        """Raises Unavailable when telemetry can't be read now."""
        ...

    async def record(
        self, incident: Incident, execution: Execution, verification: Verification
    ) -> object:
        """Count it as evidence on the claims that it tested; again, nothing changes."""
        ...


class EndingService:
    """Safe to run twice: each end is stored once."""

    def __init__(
        self,
        graph: Graph,
        verifier: Verifier,
        writes: EscalationWrites,
        *,
        gate_s: int,
        has_n2: bool,
    ) -> None:
        self._graph = graph
        self._verifier = verifier
        self._has_n2 = has_n2
        self._writes = writes
        self._gate_s = gate_s

    async def verify(self, incident_id: str) -> timedelta | None:
        """Judge the incident's executed action. Returns after how long to call again; None when
        nothing is left to judge. Raises NotFound, Unavailable."""
        state = await escalations.get(self._graph, incident_id)
        if state.stage is not Stage.VERIFICATION or state.execution is None:
            return None
        incident = await incidents.get(self._graph, incident_id)
        execution = await executions.get(self._graph, state.execution)
        found = await self._verifier.verify(incident, execution)
        if found.outcome is VerificationOutcome.NOT_YET:
            later = (found.look_again_at or 0.0) - datetime.now(UTC).timestamp()
            return timedelta(seconds=max(later, _SOONEST_S))
        if execution.status is ExecutionStatus.HANDED_OVER:
            waited = datetime.now(UTC) - (execution.ended_at or datetime.now(UTC))
            if found.outcome is not VerificationOutcome.WORKED:
                if waited < BY_HAND and not incident.is_over:
                    return BY_HAND_AGAIN
                found = _UNSEEN
        else:
            await self._verifier.record(incident, execution, found)
        await self._judged(incident, state, execution, found)
        return None

    async def finish(self, incident_id: str) -> bool:
        """End the escalation of an incident that is over; False while an action of it is under way:
        it is judged first. Raises NotFound."""
        incident = await incidents.get(self._graph, incident_id)
        state = await escalations.get(self._graph, incident_id)
        if state.stage in _UNDER_WAY:
            return False
        if not incident.is_over or state.stage in (None, Stage.FINISHED):
            return True
        transition = Transition(Stage.FINISHED, state.escalation_level, "the incident is over")

        at = datetime.now(UTC)

        async def unit(tx: Transaction) -> bool:
            if not await escalations.move(tx, incident_id, state.moves, transition, at=at):
                return False
            await proposals.supersede(tx, incident_id)
            return True

        await self._writes.write(
            unit, name="escalation.end", incident=incident_id, stage=Stage.FINISHED
        )
        return True

    async def _judged(
        self,
        incident: Incident,
        state: EscalationState,
        execution: Execution,
        found: Verification,
    ) -> None:
        transition, proposal = await self._next(incident, state, execution, found)
        at = datetime.now(UTC)

        async def unit(tx: Transaction) -> bool:
            delay = self._gate_s if proposal else None
            changed = escalations.Changed(delay_s=delay)
            if not await escalations.move(
                tx, incident.id, state.moves, transition, at=at, changed=changed
            ):
                return False
            await executions.judge(tx, execution.id, _merit(execution, found).value, at=at)
            if proposal is not None:
                await proposals.save(tx, proposal)
            if transition.stage is Stage.FINISHED:
                await proposals.supersede(tx, incident.id)
            return True

        if await self._writes.write(
            unit, name="execution.judge", incident=incident.id, stage=transition.stage
        ):
            log.info(
                "execution.verified",
                incident=incident.id,
                execution=execution.id,
                outcome=found.outcome.value,
            )

    async def _next(
        self,
        incident: Incident,
        state: EscalationState,
        execution: Execution,
        found: Verification,
    ) -> tuple[Transition, Proposal | None]:
        """An action that made things worse is proposed to be taken back, where that is possible."""
        outcome = found.outcome.value.replace("_", " ")
        note = f"{execution.template} on {execution.target}: {outcome}. {' '.join(found.reasons)}"
        if found.outcome is VerificationOutcome.WORSE and not incident.is_over:
            gate = Transition(
                Stage.GATE,
                state.escalation_level,
                f"{note} Its rollback is proposed; a person decides",
                status=IncidentStatus.AWAITING_DECISION,
            )
            original = await proposals.get(self._graph, execution.proposal)
            return gate, rollback_of(execution, original, state, datetime.now(UTC))
        transition = after_verification(
            state.escalation_level,
            found.outcome,
            note,
            has_n2=self._has_n2,
            is_over=incident.is_over,
        )
        return transition, None


def _merit(execution: Execution, found: Verification) -> VerificationOutcome:
    """What is stored of the action: what a person was asked to do may have been cured otherwise."""
    if execution.status is ExecutionStatus.HANDED_OVER:
        return VerificationOutcome.UNKNOWN
    return found.outcome
