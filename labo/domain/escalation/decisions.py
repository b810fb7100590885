"""A person's decision on a proposal: whether it is allowed, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime

from labo.domain.entities.diagnoses import Diagnosis
from labo.domain.entities.keys import component_key
from labo.domain.entities.masking import mask
from labo.domain.escalation.action_templates import RenderedAction, Value
from labo.domain.escalation.blocks import WantedAction
from labo.domain.escalation.executions import (
    Execution,
    ExecutionKind,
    ExecutionStatus,
    execution_id,
)
from labo.domain.escalation.facts import EscalationState
from labo.domain.escalation.proposals import (
    Decision,
    DecisionVerdict,
    Finding,
    Proposal,
    ProposalStatus,
    decision_id,
    finding_id,
    proposal_id,
)
from labo.domain.governance.risk import RiskLevel
from labo.domain.incidents.incidents import Incident
from labo.domain.knowledge.experiences import Attempt, Experience, ExperienceKind
from labo.domain.knowledge.experiences import decision_id as experience_id
from labo.domain.learning.outcomes import question_of
from labo.errors import Conflict, Forbidden, InvalidInput

_LONGEST_REASON = 2_000
"""Characters of a reason that are stored, as in `entities.justification`; more is cut off."""
STATUS_AFTER = {
    DecisionVerdict.APPROVE: ProposalStatus.APPROVED,
    DecisionVerdict.REJECT: ProposalStatus.REJECTED,
    DecisionVerdict.ESCALATE: ProposalStatus.ESCALATED,
}


def decision_on(
    proposal: Proposal,
    digest: str,
    verdict: DecisionVerdict,
    *,
    reason: str,
    by: str,
    at: datetime,
) -> Decision:
    """What `by` decides on the action with this digest. Raises InvalidInput without a reason."""
    masked_reason = mask(reason, _LONGEST_REASON).strip()
    if not masked_reason or not by:
        raise InvalidInput("a decision needs a reason and a name", where="reason")
    return Decision(
        id=decision_id(proposal.id),
        proposal=proposal.id,
        proposal_digest=digest,
        verdict=verdict,
        reason=masked_reason,
        decided_by=by,
        decided_at=at,
    )


def execution_of(
    proposal: Proposal,
    decision: Decision,
    action: RenderedAction,
    diagnosis: Diagnosis | None,
    *,
    system: str,
    executor: str,
    before: Mapping[str, Value],
) -> Execution:
    """The one execution that an approval allows, by the executor of that name; `before` is what a
    rollback restores.

    Raises Conflict when the template renders another action than the one that was shown.
    """
    _check_shown(proposal, action)
    kind = ExecutionKind.ROLLBACK if proposal.rolls_back else ExecutionKind.ACTION
    problem, role = question_of(diagnosis.analysis if diagnosis else None)
    return Execution(
        id=execution_id(decision.id, kind),
        kind=kind,
        decision=decision.id,
        proposal=proposal.id,
        incident=proposal.incident,
        action_digest=decision.proposal_digest,
        executor=executor,
        template=proposal.template_id,
        target=action.target,
        parameters=action.parameters,
        arguments=action.arguments,
        undo=action.undo,
        problem=problem,
        component=acted_on(system, action.target, diagnosis),
        role=role,
        status=ExecutionStatus.PENDING,
        requested_at=decision.decided_at,
        before=before,
        rolls_back=proposal.rolls_back,
    )


def _check_shown(proposal: Proposal, action: RenderedAction) -> None:
    shown = undoing(action.command) if proposal.rolls_back else action.command
    if shown != proposal.proposed_command:
        raise Conflict(
            "the action template changed since it was proposed",
            where=proposal.id,
            hint="ask for a new proposal",
        )


def acted_on(system: str, target: str, diagnosis: Diagnosis | None) -> str:
    """Key of the component that an action is against: its target, else the leading suspect; empty
    where there is neither."""
    suspects = diagnosis.analysis.suspects if diagnosis else ()
    name = target or (suspects[0].component if suspects else "")
    return component_key(system, name) if name else ""


def wanted_of(proposal: Proposal, system: str, diagnosis: Diagnosis | None) -> WantedAction:
    """The proposed action as the rule against loops asks about it."""
    problem, _ = question_of(diagnosis.analysis if diagnosis else None)
    target = str(proposal.parameters.get("component", ""))
    return WantedAction(
        incident=proposal.incident,
        problem=problem,
        component=acted_on(system, target, diagnosis),
        template=proposal.template_id,
    )


def undoing(command: str) -> str:
    """How a rollback is shown."""
    return f"undo: {command}"


def rollback_of(
    execution: Execution, original: Proposal, state: EscalationState, at: datetime
) -> Proposal:
    """The proposal to take the `original` action back, whose execution made things worse."""
    return replace(
        original,
        id=proposal_id(execution.incident, state.escalation_level, state.moves),
        escalation_level=state.escalation_level,
        model="verification",
        analysis=f"{execution.template} on {execution.target} made things worse.",
        proposed_command=undoing(original.proposed_command),
        rollback_plan="",
        explanation="",
        created_at=at,
        status=ProposalStatus.PENDING,
        rolls_back=execution.id,
    )


def experience_of(
    proposal: Proposal, decision: Decision, incident: Incident, diagnosis: Diagnosis | None
) -> Experience | None:
    """The training example that the decision yields about the action; None for escalating it."""
    if decision.verdict is DecisionVerdict.ESCALATE:
        return None
    problem, role = question_of(diagnosis.analysis if diagnosis else None)
    worked = decision.verdict is DecisionVerdict.APPROVE
    return Experience(
        id=experience_id(proposal.id),
        kind=ExperienceKind.DECISION,
        system=incident.system,
        occurred_at=decision.decided_at,
        content=asdict(Attempt(proposal.template_id, problem, role, worked)),
        incident=incident.id,
        authenticated=True,
    )


def same_decision(earlier: Decision, wanted: Decision) -> Decision:
    """The earlier decision, if both are the same. Raises Conflict otherwise."""
    compared = ("proposal_digest", "verdict", "reason", "decided_by")
    if all(getattr(earlier, name) == getattr(wanted, name) for name in compared):
        return earlier
    raise Conflict(
        f"{earlier.decided_by} already decided: {earlier.verdict.value}",
        where=wanted.proposal,
        hint="a proposal is decided only once",
    )


def check_open(proposal: Proposal, incident: Incident, digest: str) -> None:
    """Raises Conflict for another action, a decided proposal, or an incident that is over."""
    if proposal.digest != digest:
        raise Conflict(
            "the digest does not match this proposal's action",
            where=proposal.id,
            hint="read the proposal again and decide on its current action",
        )
    if proposal.status is not ProposalStatus.PENDING:
        raise Conflict(f"the proposal is {proposal.status.value}", where=proposal.id)
    if incident.is_over:
        raise Conflict("the incident is over", where=incident.id)


def check_approver(proposal: Proposal, decision: Decision) -> None:
    """Raises Forbidden when who asked for an action of high risk approves it alone."""
    if (
        decision.verdict is DecisionVerdict.APPROVE
        and proposal.risk_level is RiskLevel.HIGH
        and decision.decided_by == proposal.requested_by
    ):
        raise Forbidden(
            "an action of high risk needs another person's approval",
            where=proposal.id,
            hint=f"{proposal.requested_by} asked for it",
        )


def finding_of(proposal: Proposal, decision: Decision, diagnosis: Diagnosis | None) -> Finding:
    """The finding recorded for the decision; masked, since models are shown it."""
    suspects = diagnosis.analysis.suspects if diagnosis else ()
    cause = mask(suspects[0].component, 200) if suspects else "no suspect"
    what = f"{STATUS_AFTER[decision.verdict].value}: {proposal.proposed_command}"
    return Finding(
        id=finding_id(decision.id),
        incident=proposal.incident,
        summary=f"{what} (leading suspect: {cause}). {decision.reason}",
        validated_by=decision.decided_by,
        reason=decision.reason,
        created_at=decision.decided_at,
        labels={
            "verdict": decision.verdict.value,
            "template": proposal.template_id,
            "rung": proposal.escalation_level.value,
            "suspect": cause,
            "diagnosis_verdict": proposal.verdict,
        },
    )
