"""Known solutions, from what was executed and verified before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from graph.client import Graph
from graph.memory import get_summary
from labo.adapters.templates import load_templates
from labo.domain.entities.diagnoses import Suspect
from labo.domain.escalation.facts import CaseFacts
from labo.domain.escalation.known_solutions import KnownSolution
from labo.domain.escalation.verification_outcomes import VerificationOutcome
from labo.domain.incidents.incidents import IncidentStatus
from labo.services.escalation.known_solutions import KnownSolutionService
from labo.services.escalation.memory import MemoryService
from tests.builders.escalation import (
    T0,
    an_analysis,
    an_incident,
    seed_diagnosis,
    seed_incident,
)
from tests.builders.executions import save_execution

pytestmark = pytest.mark.stack
HOUR = timedelta(hours=1)


@pytest.fixture
def solutions(graph: Graph, memory: MemoryService) -> KnownSolutionService:
    return KnownSolutionService(graph, memory)


async def cured(
    graph: Graph,
    memory: MemoryService,
    name: str,
    *,
    days_ago: float = 1.0,
    outcome: VerificationOutcome | None = VerificationOutcome.WORKED,
    component: str = "checkout",
    template: str = "scale_out",
) -> str:
    """A resolved incident on which an action was executed."""
    incident = await seed_incident(graph, name, component=component, status=IncidentStatus.RESOLVED)
    await memory.remember(incident)
    at = T0 - timedelta(days=days_ago)
    await save_execution(
        graph, incident, at=at, outcome=outcome, component=component, template=template
    )
    return incident


async def the_case(
    graph: Graph, name: str = "now", *, component: str = "checkout", problem: str | None = "cpu"
) -> CaseFacts:
    """A diagnosed incident with the whole catalogue of templates."""
    incident = await seed_incident(graph, name, component=component)
    analysis = an_analysis(incident, component=component)
    analysis = replace(analysis, suspects=(Suspect(component, problem, 0.95),))
    diagnosis = await seed_diagnosis(graph, analysis)
    return CaseFacts(
        incident=replace(an_incident(), id=incident),
        summary=await get_summary(graph, incident),
        diagnosis=diagnosis,
        similar=(),
        templates=tuple(load_templates().values()),
    )


async def found(solutions: KnownSolutionService, case: CaseFacts) -> KnownSolution:
    solution = await solutions.find(case)
    assert solution is not None
    return solution


async def test_what_helped_before_is_known(
    graph: Graph, memory: MemoryService, solutions: KnownSolutionService
) -> None:
    """With its parameters, and the incidents that taught it."""
    earlier = await cured(graph, memory, "earlier")

    solution = await found(solutions, await the_case(graph))

    assert (solution.template_id, solution.incidents) == ("scale_out", (earlier,))
    assert solution.parameters == {"component": "checkout", "instances": 2}
    assert solution.probability > 0.8
    assert solution.false_fire_rate == 1.0


async def test_an_approval_alone_is_no_proof(
    graph: Graph, memory: MemoryService, solutions: KnownSolutionService
) -> None:
    """What nobody verified, or nobody could, is not known to help."""
    await cured(graph, memory, "unverified", outcome=None)
    await cured(graph, memory, "unknown", outcome=VerificationOutcome.UNKNOWN)

    assert await solutions.find(await the_case(graph)) is None


async def test_a_cure_elsewhere_is_aimed_at_the_component_here(
    graph: Graph, memory: MemoryService, solutions: KnownSolutionService
) -> None:
    """The same problem on another component counts, with less confidence."""
    await cured(graph, memory, "elsewhere", component="cart")
    elsewhere = await found(solutions, await the_case(graph))
    await cured(graph, memory, "here")
    here = await found(solutions, await the_case(graph, "again"))

    assert elsewhere.parameters == {"component": "checkout", "instances": 2}
    assert here.probability > elsewhere.probability


async def test_failures_lower_the_probability(
    graph: Graph, memory: MemoryService, solutions: KnownSolutionService
) -> None:
    """The newest count most, and after one the action is not taken without asking."""
    await cured(graph, memory, "first", days_ago=3)
    before = await found(solutions, await the_case(graph))
    await cured(graph, memory, "second", days_ago=2, outcome=VerificationOutcome.NO_EFFECT)
    after = await found(solutions, await the_case(graph, "again"))

    assert after.probability < before.probability
    assert not after.is_sure


async def test_what_came_back_within_the_hour_was_not_solved(
    graph: Graph, memory: MemoryService, solutions: KnownSolutionService
) -> None:
    """The incident at hand is the recurrence: the same alert half an hour after the cure."""
    incident = await seed_incident(graph, "cured", status=IncidentStatus.RESOLVED)
    await memory.remember(incident)
    await save_execution(graph, incident, at=T0 - HOUR / 2)
    await seed_incident(graph, "cured-again", dedup="d-cured")

    assert await solutions.find(await the_case(graph)) is None


async def test_what_failed_on_this_incident_is_not_named_again(
    graph: Graph, memory: MemoryService, solutions: KnownSolutionService
) -> None:
    """However often it helped before."""
    await cured(graph, memory, "earlier")
    case = await the_case(graph)
    await save_execution(
        graph, case.incident.id, at=T0 + HOUR, outcome=VerificationOutcome.NO_EFFECT
    )

    assert await solutions.find(case) is None


async def test_without_a_named_problem_only_similar_incidents_count(
    graph: Graph, memory: MemoryService, solutions: KnownSolutionService
) -> None:
    """Two problems that nobody could name are not the same."""
    await cured(graph, memory, "earlier")
    named = await found(solutions, await the_case(graph))
    unnamed = await found(solutions, await the_case(graph, "again", problem="other"))

    assert unnamed.probability < named.probability


async def test_a_template_that_is_gone_is_no_solution(
    graph: Graph, memory: MemoryService, solutions: KnownSolutionService
) -> None:
    """Nor is one that refuses its parameters here."""
    await cured(graph, memory, "earlier")
    case = await the_case(graph)

    assert await solutions.find(replace(case, templates=())) is None
    assert await solutions.find(replace(case, diagnosis=None)) is None


async def test_other_workspaces_teach_nothing(
    graph: Graph, memory: MemoryService, solutions: KnownSolutionService
) -> None:
    """Not even of the same name."""
    other = graph.scoped(f"{graph.workspace}-other")
    theirs = await seed_incident(other, "theirs", status=IncidentStatus.RESOLVED)
    await save_execution(other, theirs, at=T0 - HOUR)

    assert await solutions.find(await the_case(graph)) is None
