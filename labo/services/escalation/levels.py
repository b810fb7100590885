"""Escalation of one case: the answer of each escalation level, and how code checks it.

A model's answer becomes a proposal only through a signed template, and affects nothing else: it may
lower the verdict by one step, never raise it, and no causal edge is accessible here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from pydantic import BaseModel

from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.masking import mask
from labo.domain.escalation.action_templates import RenderedAction, Template, Value, render
from labo.domain.escalation.facts import CaseFacts, Outcome, doubted
from labo.domain.escalation.proposals import (
    EscalationLevel,
    Proposal,
    ProposalStatus,
    RiskLevel,
    higher_risk,
    proposal_id,
)
from labo.errors import InvalidInput, LaboError
from labo.ports.llm import Completion, LanguageModel, Prompt
from labo.prompts.first_opinion import FirstOpinion, first_opinion, opinion_form
from labo.prompts.structured_proposal import StructuredProposal, proposal_form, structured_proposal

log = structlog.get_logger()

T = TypeVar("T", bound=BaseModel)

LEVEL_TIMEOUT_S = 120.0
"""For all attempts on one escalation level; two escalation levels stay within a task's time
limit."""

_LONGEST = 2000

EVEN = 0.5
"""The chance of an action that nothing was learnt about."""

NO_MODEL = "no language model is configured: the deterministic diagnosis stands"
NOTHING_WRONG = "the diagnosis finds no problem: nothing is proposed"
_NO_ANSWER = "no usable proposal from {escalation_levels}: the deterministic diagnosis stands"
_LEARNT = "Learnt from decisions and effects: works for this problem here with chance {chance:.2f}."
_PROPOSED = "{escalation_level} proposes {template}; a person decides"


@dataclass(frozen=True, slots=True)
class _Draft:
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


class ModelEscalation:
    """`n1` and `n2` are None where not configured."""

    def __init__(
        self,
        templates: Mapping[str, Template],
        n1: LanguageModel | None,
        n2: LanguageModel | None,
    ) -> None:
        self.templates = templates
        self._n1 = n1
        self._n2 = n2

    def has(self, escalation_level: EscalationLevel) -> bool:
        return {EscalationLevel.N1: self._n1, EscalationLevel.N2: self._n2}.get(
            escalation_level
        ) is not None

    async def escalate(self, case: CaseFacts, asked: Collection[EscalationLevel] = ()) -> Outcome:
        """What the escalation levels that were not `asked` before make of `case`. Never raises for
        a model."""
        if case.verdict is Verdict.NO_PROBLEM:
            return Outcome(EscalationLevel.MEMORY, case.verdict, NOTHING_WRONG)
        if self._n1 is None and self._n2 is None:
            return Outcome(EscalationLevel.MEMORY, case.verdict, NO_MODEL)
        opinion = None
        if self._n1 is not None and EscalationLevel.N1 not in asked:
            opinion = await _ask(
                self._n1, first_opinion(case), opinion_form(case), EscalationLevel.N1
            )
        proposal = None
        if self._n2 is not None and EscalationLevel.N2 not in asked:
            question = structured_proposal(case, opinion.answer if opinion else None)
            proposal = await _ask(self._n2, question, proposal_form(case), EscalationLevel.N2)
        return self._judge(case, opinion, proposal, asked)

    def _judge(
        self,
        case: CaseFacts,
        opinion: Completion[FirstOpinion] | None,
        proposal: Completion[StructuredProposal] | None,
        asked: Collection[EscalationLevel],
    ) -> Outcome:
        verdict = case.verdict
        if opinion and not opinion.answer.agrees:
            verdict = doubted(verdict)
        drafts = [_from_proposal(proposal)] if proposal else []
        drafts += [_from_opinion(opinion)] if opinion else []
        # What worked more often comes first; actions without a record retain their position.
        drafts.sort(key=lambda draft: -case.chances.get(draft.template_id, EVEN))
        proposals: list[Proposal] = []
        for draft in drafts:
            proposals.append(self._checked(case, draft, verdict))
            if proposals[-1].status is ProposalStatus.PENDING:
                break
        escalation_levels = (
            EscalationLevel.MEMORY,
            *asked,
            *(draft.escalation_level for draft in drafts),
        )
        reached = max(escalation_levels, key=list(EscalationLevel).index)
        return Outcome(reached, verdict, _note(proposals, self), tuple(proposals))

    def _checked(self, case: CaseFacts, draft: _Draft, verdict: Verdict) -> Proposal:
        """The draft as a proposal: rendered by code, or refused with the reason."""
        try:
            template = self._template(draft.template_id)
            action = render(template, draft.parameters, case.component_names)
        except InvalidInput as error:
            log.warning("proposal.refused", incident=case.incident.id, reason=str(error))
            return _proposal(case, draft, verdict, _nothing(draft), draft.risk_level, str(error))
        risk = higher_risk(template.risk_level, draft.risk_level)
        return _proposal(case, draft, verdict, action, risk, "")

    def _template(self, template_id: str) -> Template:
        template = self.templates.get(template_id)
        if template is None:
            raise InvalidInput(
                "unknown action template",
                where=mask(template_id, 100),
                hint=f"known: {', '.join(sorted(self.templates))}",
            )
        return template


async def _ask(
    model: LanguageModel, prompt: Prompt, answer: type[T], escalation_level: EscalationLevel
) -> Completion[T] | None:
    """The escalation level's answer; None, and a log line, when it has none."""
    try:
        async with asyncio.timeout(LEVEL_TIMEOUT_S):
            completion = await model.complete(prompt, answer)
    except (LaboError, TimeoutError) as error:
        log.warning(
            "escalation_level.failed",
            escalation_level=escalation_level.value,
            reason=str(error) or "time is up",
        )
        return None
    log.info(
        "escalation_level.answered",
        escalation_level=escalation_level.value,
        model=completion.model,
        input_tokens=completion.input_tokens,
        output_tokens=completion.output_tokens,
        took_ms=round(completion.took_ms),
        repaired=completion.repaired,
    )
    return completion


def _from_opinion(response: Completion[FirstOpinion]) -> _Draft:
    answer = response.answer
    return _Draft(
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


def _from_proposal(response: Completion[StructuredProposal]) -> _Draft:
    answer = response.answer
    return _Draft(
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


def _nothing(draft: _Draft) -> RenderedAction:
    """What a refused proposal shows: the names it used, masked, and no command."""
    shown = {
        mask(name, 50): mask(value, 100) if isinstance(value, str) else value
        for name, value in list(draft.parameters.items())[:20]
    }
    return RenderedAction(mask(draft.template_id, 100), shown, "", "")


def _proposal(
    case: CaseFacts,
    draft: _Draft,
    verdict: Verdict,
    action: RenderedAction,
    risk: RiskLevel,
    refusal: str,
) -> Proposal:
    return Proposal(
        id=proposal_id(case.incident.id, case.diagnosis_id, draft.escalation_level),
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
    )


def _learnt(case: CaseFacts, template_id: str) -> str:
    """A sentence of our own behind the model's words."""
    chance = case.chances.get(template_id)
    return _LEARNT.format(chance=chance) if chance is not None else ""


def _note(judged: list[Proposal], model_escalation: ModelEscalation) -> str:
    if judged and judged[-1].status is ProposalStatus.PENDING:
        return _PROPOSED.format(
            escalation_level=judged[-1].escalation_level.name, template=judged[-1].template_id
        )
    escalation_levels = [
        escalation_level.name
        for escalation_level in (EscalationLevel.N1, EscalationLevel.N2)
        if model_escalation.has(escalation_level)
    ]
    refused = [f"{one.escalation_level.name} refused: {one.refusal}" for one in judged]
    return "; ".join(
        (_NO_ANSWER.format(escalation_levels=" and ".join(escalation_levels)), *refused)
    )
