"""Incidents as the escalation finds them: linked, and diagnosed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from graph import diagnoses, linking
from graph.client import Graph, Transaction
from labo.adapters.templates import load_templates
from labo.domain.entities.components import Component
from labo.domain.entities.diagnoses import Analysis, Diagnosis, Suspect, Verdict
from labo.domain.entities.keys import digest
from labo.domain.entities.problems import Problem, ProblemKind, problem_key
from labo.domain.entities.reasons import ReasonKind, reason
from labo.domain.entities.severity import Severity
from labo.domain.escalation.action_templates import Template, Value
from labo.domain.escalation.facts import CaseFacts
from labo.domain.governance.risk import RiskLevel
from labo.domain.incidents.incidents import Incident, IncidentStatus, Occurrence
from labo.domain.incidents.linking.episodes import Assigned
from labo.domain.incidents.linking.grouping import Grouped, LinkedIncident
from labo.domain.knowledge.similar_incidents import IncidentSummary, SimilarIncident
from labo.errors import Unavailable
from labo.ports.llm import Completion, Prompt, UnusableAnswer
from labo.prompts.first_opinion import FirstOpinion
from labo.prompts.structured_proposal import StructuredProposal

T = TypeVar("T", bound=BaseModel)

T0 = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def an_incident(
    incident_id: str = "i1",
    title: str = "HighLatency on checkout",
    status: IncidentStatus = IncidentStatus.DIAGNOSED,
) -> Incident:
    return Incident(incident_id, title, status, Severity.ERROR, T0, system="shop")


def an_analysis(
    incident_id: str = "i1",
    *,
    component: str = "checkout",
    verdict: Verdict = Verdict.LIKELY,
    metric: str = "cpu.utilization",
) -> Analysis:
    why = reason(
        ReasonKind.DEVIATION,
        metric=metric,
        component=component,
        direction="high",
        during="95",
        before="20",
        deviation=12.5,
    )
    suspects = (Suspect(component, None, 0.8, (why,)),)
    return Analysis(incident_id, verdict, suspects, (), (), (), None)


def a_diagnosis(analysis: Analysis) -> Diagnosis:
    number = digest("diagnosis", analysis.case, str(analysis))
    return Diagnosis(number, analysis.case, "1", analysis)


def a_case(
    *templates: Template,
    analysis: Analysis | None = None,
    title: str = "HighLatency on checkout",
    similar: tuple[SimilarIncident, ...] = (),
) -> CaseFacts:
    return CaseFacts(
        incident=an_incident(title=title),
        summary=IncidentSummary("i1", title, ("HighLatency",), ("shop/checkout", "shop/cart")),
        diagnosis=a_diagnosis(analysis or an_analysis()),
        similar=similar,
        templates=templates or tuple(load_templates().values()),
    )


async def seed_incident(
    graph: Graph,
    name: str,
    *,
    alert: str = "HighLatency",
    component: str = "checkout",
    status: IncidentStatus = IncidentStatus.DIAGNOSED,
    dedup: str = "",
) -> str:
    """An incident with one occurrence of `alert` on `component`, as the linker writes it. With the
    same `dedup` key it is the same alert again."""
    place = Component(f"shop/{component}", component, system="shop")
    kind = Problem(
        problem_key("service", ProblemKind.ALERT, alert), alert, "service", ProblemKind.ALERT
    )
    same = dedup or f"d-{name}"
    occurrence = Occurrence(f"o-{name}", kind.key, place.key, Severity.ERROR, T0, same)
    incident = an_incident(f"i-{name}", f"{alert} on {component}", status)

    async def unit(tx: Transaction) -> None:
        assigned = Assigned(fresh={occurrence.id: occurrence})
        await linking.save_occurrences(tx, assigned, [place], [kind])
        included = ((incident.id, occurrence.id),)
        await linking.save_incidents(tx, Grouped((LinkedIncident(incident, 1),), included))

    await graph.write(unit)
    return incident.id


async def seed_diagnosis(graph: Graph, analysis: Analysis) -> Diagnosis:
    diagnosis = a_diagnosis(analysis)
    await graph.write(lambda tx: diagnoses.upsert(tx, diagnosis, "shop"))
    return diagnosis


def an_opinion(
    template_id: str = "open_ticket", *, agrees: bool = True, **parameters: Value
) -> FirstOpinion:
    return FirstOpinion(
        agrees=agrees,
        template_id=template_id,
        parameters={"component": "checkout", **(parameters or {"focus": "latency"})},
        criticality=3,
        evidence_ids=["e1"],
    )


def a_proposal(
    template_id: str = "scale_out",
    parameters: Mapping[str, Value] | None = None,
    risk_level: RiskLevel = RiskLevel.LOW,
) -> StructuredProposal:
    return StructuredProposal(
        analysis="checkout has too little CPU",
        template_id=template_id,
        parameters=dict(parameters or {"component": "checkout", "instances": 2}),
        risk_level=risk_level,
        rollback_plan="take them away again",
        explanation="CPU is at its limit",
        criticality=4,
    )


class Says:
    """A model that gives the answer named after the asked form, or is away."""

    def __init__(self, **answers: BaseModel) -> None:
        self._answers = answers
        self.asked: list[Prompt] = []

    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        self.asked.append(prompt)
        said = self._answers.get(answer.__name__)
        if said is None:
            raise Unavailable("the model is away")
        try:
            read = answer.model_validate(said.model_dump())
        except ValidationError as error:
            raise UnusableAnswer("not as asked", where=prompt.name) from error
        return Completion(read, "says", 10, 5, 1.0)
