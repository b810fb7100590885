"""N2: a strong model proposes one action from a signed template, with its risk and rollback."""

from __future__ import annotations

from pydantic import BaseModel, Field

from labo.domain.escalation.facts import CaseFacts
from labo.domain.governance.risk import RiskLevel
from labo.ports.llm import Prompt
from labo.prompts.case import DATA_RULE, asked, case_facts, choosing, describe

_LONGEST = 8_000
"""Characters of one text; the tokens of an answer are some 8,000 characters in all."""


class StructuredProposal(BaseModel):
    """The model's answer. `proposed_command` is missing on purpose: code renders it from the
    template, and a command that a model sends along is dropped."""

    analysis: str = Field(
        max_length=_LONGEST, description="what happened and why, from the evidence given"
    )
    template_id: str = Field(description="id of the action template that fits best")
    parameters: dict[str, str | int | float | bool] = Field(
        description="a value for every parameter of the template"
    )
    risk_level: RiskLevel = Field(description="risk of the action in this situation")
    rollback_plan: str = Field(
        max_length=_LONGEST, description="how to return to the state before, in words"
    )
    explanation: str = Field(
        max_length=_LONGEST, description="why this action, and what would prove it wrong"
    )
    criticality: int = Field(ge=1, le=5, description="1 harmless to 5 outage")


def proposal_form(case: CaseFacts) -> type[StructuredProposal]:
    """The answer's form with this case's templates to choose from."""
    return choosing(StructuredProposal, case.templates)


def structured_proposal(case: CaseFacts) -> Prompt:
    """The question to N2; what was proposed and tried before goes in as claims to be doubted."""
    facts = case_facts(case)
    instructions = (
        "You are the second line for incidents of a distributed system. You get a deterministic "
        "diagnosis with its evidence, what was ruled out, what is missing, and similar incidents "
        "of the past. Propose exactly one action from the templates below; a person decides "
        "about it and nothing runs by itself. Where the evidence does not single out a cause, "
        "propose an investigation rather than a change. Name only components from the data. Do not "
        "propose again what people rejected or what was tried without effect (`proposed_before`, "
        "`attempts`) unless you say what is different now. "
        f"Say what you do not know.\n{DATA_RULE}\n\nAction templates:\n{describe(case.templates)}"
    )
    return asked("structured_proposal", instructions, case, facts)
