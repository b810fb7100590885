"""Escalation of one case: the answer of each escalation level, and how code checks it.

A model's answer becomes a proposal only through a signed template, and affects nothing else: it may
lower the verdict by one step, never raise it, and no causal edge is accessible here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog
from pydantic import BaseModel

from labo.domain.entities.diagnoses import Verdict
from labo.domain.escalation.action_templates import Template
from labo.domain.escalation.admissible import INVESTIGATION
from labo.domain.escalation.facts import CaseFacts, EscalationState, doubted
from labo.domain.escalation.known_solutions import KnownSolution
from labo.domain.escalation.proposals import (
    CRITICALITY,
    EscalationLevel,
    Proposal,
    ProposalStatus,
)
from labo.domain.governance.risk import RiskLevel
from labo.errors import LaboError
from labo.ports.llm import Completion, LanguageModel, Prompt
from labo.prompts.first_opinion import NO_ACTION, first_opinion, opinion_form
from labo.prompts.structured_proposal import proposal_form, structured_proposal
from labo.services.escalation.drafts import Draft, checked, of_opinion, of_proposal

log = structlog.get_logger()

T = TypeVar("T", bound=BaseModel)

LEVEL_TIMEOUT_S = 120.0
"""For all attempts on one escalation level; two escalation levels stay within a task's time
limit."""

EVEN = 0.5
"""The chance of an action that nothing was learnt about."""

NO_ANSWER = "{level} has no usable answer"


@dataclass(frozen=True, slots=True)
class LevelAnswer:
    """What a level makes of a case. `proposal` is None where it has no answer or proposes nothing;
    a refused one names its reason. `verdict` is the diagnosis' own or one step lower. `is_blocked`:
    the rule against loops holds its action back."""

    verdict: Verdict
    note: str
    proposal: Proposal | None = None
    tokens: int = 0
    is_blocked: bool = False

    @property
    def is_usable(self) -> bool:
        return self.proposal is not None and self.proposal.status is ProposalStatus.PENDING


class ModelEscalation:
    """`n1` and `n2` are None where not configured."""

    def __init__(
        self,
        n1: LanguageModel | None,
        n2: LanguageModel | None,
    ) -> None:
        self._n1 = n1
        self._n2 = n2

    def has(self, escalation_level: EscalationLevel) -> bool:
        return {EscalationLevel.N1: self._n1, EscalationLevel.N2: self._n2}.get(
            escalation_level
        ) is not None

    async def ask_n1(self, case: CaseFacts, state: EscalationState) -> LevelAnswer:
        """N1's answer. Never raises for a model.

        With N2 behind it, N1 chooses among safe actions only: those of low risk that change
        something and have no bad record here.
        """
        if self._n1 is None:
            return LevelAnswer(case.verdict, "N1 is not configured")
        offered, is_first = case, self.has(EscalationLevel.N2)
        if is_first:
            offered = replace(case, templates=tuple(filter(_is_safe(case), case.templates)))
            if not offered.templates:
                return LevelAnswer(case.verdict, "N1 has no safe action to choose from")
        opinion = await _ask(
            self._n1, first_opinion(offered), opinion_form(offered), EscalationLevel.N1
        )
        if opinion is None:
            return LevelAnswer(case.verdict, NO_ANSWER.format(level="N1"))
        verdict = case.verdict if opinion.answer.agrees else doubted(case.verdict)
        tokens = opinion.input_tokens + opinion.output_tokens
        chosen, known = opinion.answer.template_id, {one.id for one in offered.templates}
        if chosen == NO_ACTION or (is_first and chosen not in known):
            return LevelAnswer(verdict, "N1 finds no safe action that fits", tokens=tokens)
        return self._answered(offered, of_opinion(opinion), verdict, state, tokens)

    async def ask_n2(self, case: CaseFacts, state: EscalationState) -> LevelAnswer:
        """N2's answer. Never raises for a model."""
        if self._n2 is None:
            return LevelAnswer(case.verdict, "N2 is not configured")
        proposal = await _ask(
            self._n2, structured_proposal(case), proposal_form(case), EscalationLevel.N2
        )
        if proposal is None:
            return LevelAnswer(case.verdict, NO_ANSWER.format(level="N2"))
        tokens = proposal.input_tokens + proposal.output_tokens
        return self._answered(case, of_proposal(proposal), case.verdict, state, tokens)

    def known(
        self, case: CaseFacts, solution: KnownSolution, state: EscalationState
    ) -> LevelAnswer:
        """What memory proposes: the action that resolved incidents like this one."""
        why = (
            f"This action resolved {len(solution.incidents)} incidents like this one; the "
            f"probability that it resolves this one is {solution.probability:.0%}, and at most "
            f"{solution.false_fire_rate:.0%} of such answers did not help."
        )
        draft = Draft(
            escalation_level=EscalationLevel.MEMORY,
            model="memory",
            analysis=why,
            template_id=solution.template_id,
            parameters=solution.parameters,
            risk_level=RiskLevel.LOW,
            rollback_plan="",
            explanation="",
            criticality=CRITICALITY[case.incident.severity],
        )
        return self._answered(case, draft, case.verdict, state, 0)

    def _answered(
        self, case: CaseFacts, draft: Draft, verdict: Verdict, state: EscalationState, tokens: int
    ) -> LevelAnswer:
        proposal = checked(case, draft, verdict, state)
        level = draft.escalation_level.name
        note = (
            f"{level}'s proposal was refused: {proposal.refusal}"
            if proposal.refusal
            else f"{level} proposes {proposal.template_id}"
        )
        return LevelAnswer(verdict, note, proposal, tokens)


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


def _is_safe(case: CaseFacts) -> Callable[[Template], bool]:
    return lambda template: (
        template.risk_level is RiskLevel.LOW
        and template.id != INVESTIGATION
        and case.chances.get(template.id, EVEN) >= EVEN
    )
