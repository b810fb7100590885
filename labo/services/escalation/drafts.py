"""What a level answered, and how code makes a proposal of it.

An answer becomes a proposal only through a signed template whose rendering the diagnosis supports;
anything else is refused with its reason, and nobody is asked to decide on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.masking import mask
from labo.domain.escalation.action_templates import RenderedAction, Template, Value, render
from labo.domain.escalation.admissible import admitted_action
from labo.domain.escalation.facts import CaseFacts, EscalationState
from labo.domain.escalation.proposals import (
    EscalationLevel,
    Proposal,
    ProposalStatus,
    proposal_id,
)
from labo.domain.governance.risk import RiskLevel, higher_risk
from labo.errors import InvalidInput
from labo.ports.llm import Completion
from labo.prompts.first_opinion import FirstOpinion
from labo.prompts.structured_proposal import StructuredProposal

log = structlog.get_logger()

_LONGEST = 2_000
_LEARNT = "Learnt from decisions and effects: works for this problem here with chance {chance:.2f}."


@dataclass(frozen=True, slots=True)
class Draft:
    """One level's answer, not yet checked."""

    escalation_level: EscalationLevel
    model: str
    analysis: str
    template_id: str
    parameters: Mapping[str, Value]
    risk_level: RiskLevel
    rollback_plan: str
    explanation: str
    criticality: int


def checked(case: CaseFacts, draft: Draft, verdict: Verdict, state: EscalationState) -> Proposal:
    """The draft as a proposal: rendered by code, or refused with the reason.

    Memory's action was verified on incidents like this one; a model's has to be one that the
    diagnosis itself supports, at its mildest values.
    """
    try:
        template = _template(case, draft.template_id)
        if draft.escalation_level is EscalationLevel.MEMORY:
            action = render(template, draft.parameters, case.component_names)
        else:
            action = admitted_action(template, draft.parameters, case)
    except InvalidInput as error:
        log.warning("proposal.refused", incident=case.incident.id, reason=str(error))
        refused = _nothing(draft)
        return _proposal(case, draft, verdict, state, refused, draft.risk_level, str(error))
    risk = higher_risk(template.risk_level, draft.risk_level)
    return _proposal(case, draft, verdict, state, action, risk, "", template.key)


def _template(case: CaseFacts, template_id: str) -> Template:
    by_id = {template.id: template for template in case.templates}
    template = by_id.get(template_id)
    if template is None:
        raise InvalidInput(
            "unknown action template",
            where=mask(template_id, 100),
            hint=f"known: {', '.join(sorted(by_id))}",
        )
    return template


def of_opinion(response: Completion[FirstOpinion]) -> Draft:
    answer = response.answer
    return Draft(
        escalation_level=EscalationLevel.N1,
        model=response.model,
        analysis=answer.analysis,
        template_id=answer.template_id,
        parameters=answer.parameters,
        risk_level=RiskLevel.LOW,
        rollback_plan="",
        explanation="",
        criticality=answer.criticality,
    )


def of_proposal(response: Completion[StructuredProposal]) -> Draft:
    answer = response.answer
    return Draft(
        escalation_level=EscalationLevel.N2,
        model=response.model,
        analysis=answer.analysis,
        template_id=answer.template_id,
        parameters=answer.parameters,
        risk_level=answer.risk_level,
        rollback_plan=answer.rollback_plan,
        explanation=answer.explanation,
        criticality=answer.criticality,
    )


def _nothing(draft: Draft) -> RenderedAction:
    """What a refused proposal shows: the names it used, masked, and no command."""
    shown = {
        mask(name, 50): mask(value, 100) if isinstance(value, str) else value
        for name, value in list(draft.parameters.items())[:20]
    }
    return RenderedAction(mask(draft.template_id, 100), shown, "", "")


def _proposal(
    case: CaseFacts,
    draft: Draft,
    verdict: Verdict,
    state: EscalationState,
    action: RenderedAction,
    risk: RiskLevel,
    refusal: str,
    template_key: str = "",
) -> Proposal:
    return Proposal(
        id=proposal_id(case.incident.id, draft.escalation_level, state.moves),
        incident=case.incident.id,
        escalation_level=draft.escalation_level,
        model=draft.model,
        analysis=mask(draft.analysis, _LONGEST),
        template_id=action.template,
        parameters=action.parameters,
        proposed_command=action.command,
        risk_level=risk,
        rollback_plan=" ".join(
            part for part in (action.rollback, mask(draft.rollback_plan, _LONGEST)) if part
        ),
        explanation=" ".join(
            part
            for part in (mask(draft.explanation, _LONGEST), _learnt(case, draft.template_id))
            if part
        ),
        criticality=draft.criticality,
        created_at=datetime.now(UTC),
        status=ProposalStatus.REFUSED if refusal else ProposalStatus.PENDING,
        diagnosis=case.diagnosis_id,
        verdict=verdict.value,
        refusal=refusal,
        requested_by=state.requested_by,
        template_key=template_key,
    )


def _learnt(case: CaseFacts, template_id: str) -> str:
    """A sentence of our own behind the model's words."""
    chance = case.chances.get(template_id)
    return _LEARNT.format(chance=chance) if chance is not None else ""
