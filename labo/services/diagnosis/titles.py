"""The title of an incident follows its diagnosis."""

from __future__ import annotations

from graph import incidents, problems
from graph.client import Transaction
from labo.domain.entities.diagnoses import Analysis
from labo.domain.entities.problems import Problem, ProblemKind
from labo.domain.incidents.incidents import Incident
from labo.domain.incidents.titles import title_after
from labo.services.diagnosis.cases import IncidentCase


async def follow(tx: Transaction, incident_case: IncidentCase, analysis: Analysis) -> None:
    """Title the incident by its cause, or by its symptom while `analysis` names none.

    What a person called it stays, and so does the title of a confirmed cause.
    """
    key = analysis.suspects[0].problem_key if analysis.suspects else None
    known = (await problems.read_by_keys(tx, [key])).get(key) if key else None
    title = title_after(analysis, incident_case.case.target, own_name(known))
    await incidents.set_title(tx, incident_case.incident.id, title)


async def set_after(
    tx: Transaction, incident: Incident, context: IncidentCase | None, shown: Analysis | None
) -> None:
    """As `follow` for the diagnosis that is `shown`; by the symptom where there is none."""
    if context is None or shown is None:
        await incidents.set_title(tx, incident.id, None)
    else:
        await follow(tx, context, shown)


def own_name(problem: Problem | None) -> str | None:
    """What people or monitors call the problem; None where its title only describes a metric."""
    if problem is None or (problem.kind is ProblemKind.METRIC and not problem.named_by):
        return None
    return problem.title
