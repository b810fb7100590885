"""N3: a very strong model writes the expert part of a report; it executes nothing.

It reads all that the graph has of the incident as numbered sources, and every claim names those
that it rests on. What becomes of a claim is decided by code (`labo.domain.escalation.reports`).
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from labo.domain.escalation.reports import (
    Area,
    Findings,
    Option,
    Recommendation,
    Source,
    Statement,
    check,
    chronology,
)
from labo.ports.llm import Prompt
from labo.prompts.case import DATA_RULE, as_data

_LONGEST = 1_000


class Claim(BaseModel):
    """One or two sentences with the sources that they rest on."""

    text: str = Field(max_length=_LONGEST)
    cites: list[str] = Field(
        default=[], max_length=10, description="ids of the sources, such as s3"
    )
    is_opinion: bool = Field(default=False, description="true where no source says so")


class Remedy(BaseModel):
    """One option for remediation and what it would touch."""

    action: Claim
    impact: Claim


class Advice(BaseModel):
    """One lasting recommendation."""

    area: Area
    recommendation: Claim


class ExpertReport(BaseModel):
    """The model's answer. The chronology is missing on purpose: code writes it."""

    hypothesis: list[Claim] = Field(
        min_length=1, max_length=20, description="the root cause in detail, step by step"
    )
    options: list[Remedy] = Field(max_length=10, description="what could be done, mildest first")
    recommendations: list[Advice] = Field(max_length=15, description="what should be changed")
    unknown: list[Claim] = Field(max_length=15, description="what is not known, how to learn it")


def expert_report(title: str, sources: Sequence[Source]) -> Prompt:
    """The question to N3."""
    facts: dict[str, object] = {
        "incident": title,
        "sources": [
            {
                "id": f"s{number}",
                "kind": one.kind.value,
                "at": one.at.isoformat() if one.at else None,
                "text": one.text,
            }
            for number, one in enumerate(sources, 1)
        ],
    }
    instructions = (
        "You are the expert of last resort for incidents of a distributed system. You get all that "
        "is known of one incident as numbered sources. Write the expert part of its report: the "
        "root-cause hypothesis in detail, options for remediation with their impact, lasting "
        "recommendations (architecture, configuration, monitoring), and what is not known. Every "
        "claim lists the ids of the sources that it rests on and repeats their figures exactly; "
        "mark what no source says as opinion. You execute nothing and nobody will execute your "
        f"text.\n{DATA_RULE}"
    )
    return Prompt("expert_report", instructions, as_data(facts), facts)


def findings_by_model(answer: ExpertReport, sources: Sequence[Source]) -> Findings:
    """The answer with the nodes that it cites, checked."""
    ids = {f"s{number}": one.id for number, one in enumerate(sources, 1)}

    def stated(claim: Claim) -> Statement:
        cites = tuple(ids[one] for one in claim.cites if one in ids)
        return Statement(claim.text, cites, claim.is_opinion)

    return check(
        Findings(
            chronology=chronology(sources),
            hypothesis=tuple(map(stated, answer.hypothesis)),
            options=tuple(Option(stated(one.action), stated(one.impact)) for one in answer.options),
            recommendations=tuple(
                Recommendation(one.area, stated(one.recommendation))
                for one in answer.recommendations
            ),
            unknown=tuple(map(stated, answer.unknown)),
            sources=tuple(sources),
        )
    )
