"""N1: a small local model reads the diagnosis and judges whether it holds, and what to do."""

from __future__ import annotations

from pydantic import BaseModel, Field

from labo.domain.escalation.facts import CaseFacts
from labo.ports.llm import Prompt
from labo.prompts.case import DATA_RULE, as_data, case_facts, choosing, describe


class FirstOpinion(BaseModel):
    """The smaller answer. `agrees` False lowers the verdict by one step, True changes nothing."""

    analysis: str = Field(max_length=600, description="two sentences: what happened and why")
    agrees: bool = Field(description="whether the diagnosis fits the data")
    template_id: str = Field(description="id of the action template that fits best")
    parameters: dict[str, str | int | float | bool] = Field(
        description="a value for every parameter of the template"
    )
    criticality: int = Field(ge=1, le=5, description="1 harmless to 5 outage")


def opinion_form(case: CaseFacts) -> type[FirstOpinion]:
    """The answer's form with this case's templates to choose from."""
    return choosing(FirstOpinion, case.templates)


def first_opinion(case: CaseFacts) -> Prompt:
    """The question to N1."""
    facts = case_facts(case)
    instructions = (
        "You help an operator with one incident. A deterministic diagnosis is given; you may "
        "doubt it but not replace it. Pick one action template and fill its parameters from "
        f"the data. Answer in JSON.\n{DATA_RULE}\n\nAction templates:\n"
        f"{describe(case.templates)}"
    )
    return Prompt("first_opinion", instructions, as_data(facts), facts)
