"""A person's decision on a proposal, and where it leads the incident."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from graph import (
    decisions,
    escalations,
    executions,
    experiences,
    findings,
    incidents,
    jobs,
    proposals,
)
from graph.client import Graph, Transaction
from graph.escalations import Changed
from labo.domain.entities.jobs import ALL, JobKind
from labo.domain.escalation.decisions import (
    STATUS_AFTER,
    check_approver,
    check_open,
    decision_on,
    experience_of,
    finding_of,
    same_decision,
)
from labo.domain.escalation.executions import Execution
from labo.domain.escalation.facts import EscalationState
from labo.domain.escalation.proposals import (
    Decision,
    DecisionVerdict,
    EscalationLevel,
    Finding,
    Proposal,
)
from labo.domain.escalation.stages import Stage, Transition, after_failure
from labo.domain.incidents.incidents import IncidentStatus
from labo.domain.knowledge.experiences import Experience
from labo.errors import Conflict
from labo.services.escalation.approvals import Approvals, approved
from labo.services.escalation.cases import EscalationCases
from labo.services.escalation.writes import EscalationWrites
from labo.services.learning.learner import LearningService

log = structlog.get_logger()

_ROUNDS = 3
"""How often a decision is tried against moves that a timer makes at the same time."""


class DecisionService:
    """One decision per proposal: the same again returns the first one."""

    def __init__(
        self,
        graph: Graph,
        cases: EscalationCases,
        approvals: Approvals,
        learning: LearningService,
        writes: EscalationWrites,
        *,
        has_n2: bool,
    ) -> None:
        self._graph = graph
        self._cases = cases
        self._has_n2 = has_n2
        self._approvals = approvals
        self._learning = learning
        self._writes = writes

    async def decide(
        self,
        proposal_id: str,
        *,
        digest: str,
        verdict: DecisionVerdict,
        reason: str,
        decided_by: str,
    ) -> Decision:
        """A person's decision on exactly the action with this `digest`; one per proposal.

        The same decision again returns the first one. Raises NotFound, InvalidInput without a
        reason, Forbidden for who asked for an action of high risk and approves it, and Conflict
        when the digest is of another action, the proposal is no longer pending, the incident is
        over, or somebody decided otherwise.
        """
        proposal = await proposals.get(self._graph, proposal_id)
        wanted = decision_on(
            proposal, digest, verdict, reason=reason, by=decided_by, at=datetime.now(UTC)
        )
        for _ in range(_ROUNDS):
            earlier = await decisions.find_by_proposal(self._graph, proposal_id)
            if earlier:
                return same_decision(earlier, wanted)
            if await self._decided(await proposals.get(self._graph, proposal_id), wanted):
                await self._learning.wake()
                return wanted
        raise Conflict(
            "the proposal changed meanwhile", where=proposal_id, hint="read the incident again"
        )

    async def _decided(self, proposal: Proposal, wanted: Decision) -> bool:
        incident = await incidents.get(self._graph, proposal.incident)
        check_open(proposal, incident, wanted.proposal_digest)
        check_approver(proposal, wanted)
        state = await escalations.get(self._graph, incident.id)
        if state.stage is not Stage.GATE:
            raise Conflict(
                "the escalation went on without it", where=proposal.id, hint="read the incident"
            )
        diagnosis = await self._cases.diagnosis_of(incident.id)
        execution, learnt_from = None, None
        if wanted.verdict is DecisionVerdict.APPROVE:
            execution = await self._approvals.execution(
                proposal, wanted, diagnosis, incident.system
            )
        if not proposal.rolls_back:
            learnt_from = experience_of(proposal, wanted, incident, diagnosis)
        transition = self._next_step(proposal, wanted, execution)
        finding = finding_of(proposal, wanted, diagnosis)
        if not await self._save(state, transition, wanted, finding, execution, learnt_from):
            return False
        log.info(
            "proposal.decided",
            proposal=proposal.id,
            incident=incident.id,
            verdict=wanted.verdict.value,
            decided_by=wanted.decided_by,
        )
        return True

    async def _save(
        self,
        state: EscalationState,
        transition: Transition,
        decision: Decision,
        finding: Finding,
        execution: Execution | None,
        learnt_from: Experience | None,
    ) -> bool:
        """False when the incident or the proposal moved meanwhile."""

        async def unit(tx: Transaction) -> bool:
            status = STATUS_AFTER[decision.verdict]
            changed = Changed(execution=execution.id if execution else None)
            at = decision.decided_at
            if not await escalations.move(
                tx, finding.incident, state.moves, transition, at=at, changed=changed
            ):
                return False
            if not await proposals.close_proposal(
                tx, decision.proposal, decision.proposal_digest, status
            ):
                raise Conflict("the proposal was decided meanwhile", where=decision.proposal)
            await decisions.save(tx, decision)
            await findings.save(tx, finding, decision.id)
            if execution is not None:
                await executions.save(tx, execution)
            if learnt_from is not None:
                await experiences.append(tx, learnt_from)
                await jobs.ask(tx, JobKind.CATCH_UP, [ALL])
            return True

        return await self._writes.write(
            unit, name="decision.save", incident=finding.incident, stage=transition.stage
        )

    def _next_step(
        self, proposal: Proposal, decision: Decision, execution: Execution | None
    ) -> Transition:
        by = decision.decided_by
        if execution is not None:
            return approved(proposal, decision, execution)
        if decision.verdict is DecisionVerdict.REJECT:
            note = f"rejected by {by}: {decision.reason}"
            return Transition(Stage.EXPERT, EscalationLevel.N3, note, by, IncidentStatus.DIAGNOSED)
        note = f"handed on by {by}: {decision.reason}"
        return after_failure(proposal.escalation_level, note, has_n2=self._has_n2, by=by)
