"""What a workspace lets run, and the execution that an approval leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from graph import audit, controls, decisions, escalations, executions, proposals
from graph.client import Graph, Transaction
from graph.escalations import Changed
from labo.domain.entities.diagnoses import Diagnosis
from labo.domain.escalation.action_templates import Template, Value, render
from labo.domain.escalation.decisions import decision_on, execution_of
from labo.domain.escalation.executions import Execution
from labo.domain.escalation.facts import EscalationState
from labo.domain.escalation.proposals import (
    Decision,
    DecisionVerdict,
    Proposal,
    ProposalStatus,
)
from labo.domain.escalation.stages import Stage, Transition
from labo.domain.governance.audit import AuditEvent, AuditKind, audit_event
from labo.domain.governance.autonomy import Autonomy, runs_unattended
from labo.domain.incidents.incidents import Incident, IncidentStatus
from labo.errors import Conflict, InvalidInput
from labo.services.escalation.cases import EscalationCases
from labo.services.escalation.executors import Executors
from labo.services.escalation.writes import EscalationWrites
from labo.services.governance.execution_gate import Intention
from labo.services.governance.services import GovernanceServices

POLICY = "policy:safe_auto"
"""Who decided what no person did."""
_PERMITTED = "an action of low risk, which this workspace lets run without a person"


class Approvals:
    """Nothing runs that neither a person nor a policy approved: an execution is only made here."""

    def __init__(
        self,
        graph: Graph,
        cases: EscalationCases,
        governance: GovernanceServices,
        executors: Executors,
        writes: EscalationWrites,
    ) -> None:
        self._graph = graph
        self._cases = cases
        self._governance = governance
        self._executors = executors
        self._writes = writes

    async def approve_by_policy(
        self, incident: Incident, state: EscalationState, proposal: Proposal
    ) -> bool:
        """Whether the workspace's autonomy permits this action without a person: then it is
        approved and will be executed."""
        permitted = await controls.get(self._graph)
        if permitted.is_stopped or not runs_unattended(permitted.autonomy, proposal.risk_level):
            return False
        if refusal := await self.policy_refusal(proposal, POLICY, permitted.autonomy):
            await audit.record(self._graph, _refused(proposal, refusal, datetime.now(UTC)))
            return False
        at, verdict = datetime.now(UTC), DecisionVerdict.APPROVE
        decision = decision_on(
            proposal, proposal.digest, verdict, reason=_PERMITTED, by=POLICY, at=at
        )
        diagnosis = await self._cases.diagnosis_of(incident.id)
        execution = await self.execution(proposal, decision, diagnosis, incident.system)

        async def unit(tx: Transaction) -> bool:
            transition = approved(proposal, decision, execution)
            changed = Changed(execution=execution.id)
            if not await escalations.move(
                tx, incident.id, state.moves, transition, at=at, changed=changed
            ):
                return False
            await proposals.save(tx, proposal)
            await proposals.close_proposal(
                tx, proposal.id, proposal.digest, ProposalStatus.APPROVED
            )
            await decisions.save(tx, decision)
            await executions.save(tx, execution)
            return True

        await self._writes.write(
            unit, name="escalation.approve", incident=incident.id, stage=Stage.ACTION
        )
        return True

    async def sealed(self, proposal: Proposal) -> Proposal:
        """The proposal, bound to the text of the template that rendered it. Raises NotFound."""
        known = await self._governance.templates.get(proposal.template_key)
        return replace(proposal, template_digest=known.version.digest)

    async def policy_refusal(self, proposal: Proposal, approver: str, autonomy: Autonomy) -> str:
        """Why the policy forbids to execute it now; empty where it permits it."""
        answer = await self._governance.gate.check(
            Intention(
                template_key=proposal.template_key,
                digest=proposal.template_digest,
                risk=proposal.risk_level,
                level=proposal.escalation_level.value,
                requester=proposal.requested_by or proposal.escalation_level.value,
                approver=approver,
            ),
            autonomy,
        )
        return "" if answer.allowed else answer.reason

    async def execution(
        self, proposal: Proposal, decision: Decision, diagnosis: Diagnosis | None, system: str
    ) -> Execution:
        """The execution that `decision` allows; under `propose` a person carries it out.

        Raises Conflict when the template is gone or renders another action by now.
        """
        template = await self._template(proposal)
        components = [str(value) for value in proposal.parameters.values()]
        try:
            action = render(template, proposal.parameters, components)
        except InvalidInput as error:
            raise Conflict(str(error), where=proposal.id) from error
        autonomy = (await controls.get(self._graph)).autonomy
        by_hand = autonomy in (Autonomy.OFF, Autonomy.PROPOSE)
        executor = self._executors.name_for(template.id, by_hand=by_hand)
        before: Mapping[str, Value] = {}
        if proposal.rolls_back:
            undone = await executions.get(self._graph, proposal.rolls_back)
            executor = executor if by_hand else undone.executor
            before = undone.before
        return execution_of(
            proposal,
            decision,
            action,
            diagnosis,
            system=system,
            executor=executor,
            before=before,
        )

    async def _template(self, proposal: Proposal) -> Template:
        if not proposal.template_key:
            raise Conflict(
                "it was proposed before templates had signed versions",
                where=proposal.id,
                hint="ask for a new proposal",
            )
        known = await self._governance.templates.get(proposal.template_key)
        template = known.registered.content if known.registered else None
        if not isinstance(template, Template) or not known.is_usable:
            raise Conflict(
                f"its action template may not be used: {known.fault or known.version.status}",
                where=proposal.id,
            )
        return template


def _refused(proposal: Proposal, refusal: str, at: datetime) -> AuditEvent:
    return audit_event(
        AuditKind.POLICY_REFUSED,
        at=at,
        actor=POLICY,
        subject=proposal.id,
        incident=proposal.incident,
        template=proposal.template_key,
        action_digest=proposal.digest,
        reason=refusal,
    )


def approved(proposal: Proposal, decision: Decision, execution: Execution) -> Transition:
    """The move of an approval."""
    return Transition(
        Stage.ACTION,
        proposal.escalation_level,
        f"approved by {decision.decided_by}: {execution.executor} carries out "
        f"{proposal.proposed_command}",
        decision.decided_by,
        IncidentStatus.ACTING,
    )
