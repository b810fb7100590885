"""Incidents and diagnoses for the histories of `benchmarks.escalation_histories`."""

from __future__ import annotations

from datetime import UTC, datetime

from graph import diagnoses, linking
from graph.client import Graph, Transaction
from labo.domain.entities.components import Component
from labo.domain.entities.diagnoses import Analysis, Diagnosis, Suspect, Verdict
from labo.domain.entities.keys import digest
from labo.domain.entities.problems import Problem, ProblemKind, problem_key
from labo.domain.entities.reasons import ReasonKind, reason
from labo.domain.entities.severity import Severity
from labo.domain.incidents.incidents import Incident, IncidentStatus, Occurrence
from labo.domain.incidents.linking.episodes import Assigned
from labo.domain.incidents.linking.grouping import Grouped, LinkedIncident


async def seed(graph: Graph, name: str) -> str:
    component = Component("shop/checkout", "checkout", system="shop")
    kind = ProblemKind.ALERT
    problem = Problem(problem_key("service", kind, "Slow"), "Slow", "service", kind)
    now = datetime.now(UTC)
    occurrence = Occurrence(
        f"o-{name}", problem.key, component.key, Severity.CRITICAL, now, f"d-{name}"
    )
    incident = Incident(
        f"i-{name}", "Slow on checkout", IncidentStatus.DIAGNOSED, Severity.CRITICAL, now, "shop"
    )

    async def unit(tx: Transaction) -> None:
        assigned = Assigned(fresh={occurrence.id: occurrence})
        await linking.save_occurrences(tx, assigned, [component], [problem])
        included = ((incident.id, occurrence.id),)
        await linking.save_incidents(tx, Grouped((LinkedIncident(incident, 1),), included))

    await graph.write(unit)
    return incident.id


async def save_diagnosis(graph: Graph, incident: str, number: int) -> None:
    busy = reason(
        ReasonKind.DEVIATION,
        metric="cpu.utilization",
        component="checkout",
        direction="high",
        during="95",
        before="20",
        deviation=12.5,
    )
    suspects = (Suspect("checkout", None, 0.8, (busy,)),)
    analysis = Analysis(incident, Verdict.LIKELY, suspects, (), (), (), None)
    diagnosis = Diagnosis(digest("diagnosis", incident, str(number)), incident, "1", analysis)
    await graph.write(lambda tx: diagnoses.upsert(tx, diagnosis, "shop"))
