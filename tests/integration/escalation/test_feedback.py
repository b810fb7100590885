"""What is learnt from a resolved incident, and how a person corrects it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graph import experiences, resolutions
from graph import incident_acts as acts
from graph.client import Graph, Transaction
from labo.domain.escalation.economy import Period
from labo.domain.escalation.resolutions import Resolution
from labo.domain.escalation.verification_outcomes import VerificationOutcome
from labo.domain.incidents.acts import ActKind
from labo.domain.incidents.incidents import IncidentStatus
from labo.domain.knowledge.experiences import Experience, attempt_of
from labo.errors import Conflict, InvalidInput, NotFound
from labo.services.escalation.feedback import FeedbackService
from labo.services.escalation.known_solutions import KnownSolutionService
from labo.services.escalation.memory import MemoryService
from labo.services.escalation.resolutions import ResolutionService
from labo.services.incidents.incidents import IncidentService
from labo.services.learning.learner import LearningService
from tests.builders.escalation import T0, seed_incident
from tests.builders.executions import save_call, save_execution
from tests.builders.jobs import SentJobs

pytestmark = pytest.mark.stack
MINUTES = timedelta(minutes=1)


async def _nobody_listens(incident: str) -> None:
    del incident


@pytest.fixture
def feedback(graph: Graph, memory: MemoryService, sender: SentJobs) -> FeedbackService:
    solutions = KnownSolutionService(graph, memory)
    return FeedbackService(graph, memory, solutions, LearningService(graph), sender)


@pytest.fixture
def documents(graph: Graph, memory: MemoryService, sender: SentJobs) -> ResolutionService:
    return ResolutionService(graph, memory, LearningService(graph), sender, _nobody_listens)


async def resolved(graph: Graph, name: str, *, alert: str = "HighLatency") -> str:
    """An incident that a person resolved."""
    incident = await seed_incident(graph, name, alert=alert)
    await IncidentService(graph, _nobody_listens).resolve(incident, by="ann", reason="over")
    return incident


async def learnt_from(graph: Graph, incident: str) -> list[Experience]:
    async def unit(tx: Transaction) -> list[Experience]:
        return await experiences.read_actions(tx, [incident])

    return await graph.write(unit)


async def test_the_document_says_what_really_worked(
    graph: Graph, feedback: FeedbackService
) -> None:
    """The action that helped, not the one tried before; with what it cost."""
    incident = await resolved(graph, "one")
    await save_execution(
        graph,
        incident,
        at=T0 + 5 * MINUTES,
        template="flush_cache",
        outcome=VerificationOutcome.NO_EFFECT,
    )
    worked = await save_execution(graph, incident, at=T0 + 9 * MINUTES)
    await save_call(graph, incident)
    await save_call(graph, incident)

    await feedback.learn(incident)
    document = await resolutions.get(graph, incident)

    assert (document.execution, document.template) == (worked, "scale_out")
    assert (document.outcome, document.attempts, document.success_rate) == ("worked", 2, 1.0)
    assert (document.calls, document.tokens_prompt, document.tokens_completion) == (2, 180, 20)
    assert document.cost_micro_eur == 2_000
    assert document.symptoms == ("HighLatency",)
    assert document.text == (
        "HighLatency on checkout. Symptoms: HighLatency. On: checkout. Cause: cpu at checkout. "
        "Action: scale_out (component=checkout, instances=2), which solved it."
    )
    assert "action:scale_out" in document.tags


async def test_learning_twice_changes_nothing(graph: Graph, feedback: FeedbackService) -> None:
    """One document, one experience for each action, whether it helped or not."""
    incident = await resolved(graph, "one")
    await save_execution(
        graph,
        incident,
        at=T0 + 5 * MINUTES,
        template="flush_cache",
        outcome=VerificationOutcome.WORSE,
    )
    await save_execution(graph, incident, at=T0 + 9 * MINUTES)

    await feedback.learn(incident)
    first = await learnt_from(graph, incident)
    await feedback.learn(incident)

    assert await learnt_from(graph, incident) == first
    attempts = [attempt_of(one) for one in first]
    assert {(one.template, one.worked, one.attended) for one in attempts if one} == {
        ("flush_cache", False, False),
        ("scale_out", True, False),
    }
    assert len(await resolutions.find_newest(graph, 10)) == 1


async def test_an_open_incident_is_not_learnt_from(graph: Graph, feedback: FeedbackService) -> None:
    """It may have been reopened since the job was asked for."""
    incident = await seed_incident(graph, "open")
    await save_execution(graph, incident, at=T0 + MINUTES)

    await feedback.learn(incident)

    assert await resolutions.find_newest(graph, 10) == []


async def test_a_cure_that_did_not_last_is_learnt_again(
    graph: Graph, feedback: FeedbackService
) -> None:
    """When the next incident of the problem is resolved, the earlier one counts as not helped."""
    first = await resolved(graph, "first")
    await save_execution(graph, first, at=T0 - 10 * MINUTES)
    await feedback.learn(first)
    second = await seed_incident(graph, "second", dedup="d-first", status=IncidentStatus.RESOLVED)
    await save_execution(graph, second, at=T0 + 5 * MINUTES)

    await feedback.learn(second)
    *before, newest = await learnt_from(graph, first)

    attempt = attempt_of(newest)
    assert attempt is not None
    assert not attempt.worked
    assert newest.replaces == tuple(one.id for one in before)


async def test_what_memory_foresaw_is_saved_once(graph: Graph, feedback: FeedbackService) -> None:
    """From what was known before the action, whatever was learnt since."""
    first = await resolved(graph, "first")
    await save_execution(graph, first, at=T0 - 600 * MINUTES)
    second = await resolved(graph, "second")
    execution = await save_execution(graph, second, at=T0 + 5 * MINUTES)
    await feedback.learn(first)
    await feedback.learn(second)
    before = await resolutions.get(graph, second)
    await feedback.learn(second)

    assert (await resolutions.get(graph, first)).foreseen == {}
    assert list(before.foreseen) == [execution]
    assert (await resolutions.get(graph, second)).foreseen == before.foreseen


async def test_a_correction_counts_instead_of_what_was_measured(
    graph: Graph, feedback: FeedbackService, documents: ResolutionService
) -> None:
    """It stands in the timeline with its reason, and survives learning again."""
    incident = await resolved(graph, "one")
    await save_execution(graph, incident, at=T0 + 5 * MINUTES)
    await feedback.learn(incident)

    await documents.correct(
        incident, VerificationOutcome.NO_EFFECT, reason="it was the rollback", by="ann"
    )
    await feedback.learn(incident)
    document = await documents.get(incident)
    *_, newest = await learnt_from(graph, incident)
    [act] = [
        act
        for act in await acts.find_by_incidents(graph, [incident])
        if act.kind is ActKind.SOLUTION_CORRECTED
    ]

    assert (document.outcome, document.corrected_by) == ("no_effect", "ann")
    assert act.text == "scale_out: no_effect. it was the rollback"
    attempt = attempt_of(newest)
    assert attempt is not None
    assert (attempt.worked, attempt.attended) == (False, True)


async def test_what_is_forgotten_stays_forgotten(
    graph: Graph, feedback: FeedbackService, documents: ResolutionService
) -> None:
    """Nothing rests on it any longer; the timeline says who deleted it."""
    incident = await resolved(graph, "one")
    await save_execution(graph, incident, at=T0 + 5 * MINUTES)
    await feedback.learn(incident)

    await documents.forget(incident, reason="a drill", by="ann")
    await feedback.learn(incident)
    *_, newest = await learnt_from(graph, incident)

    with pytest.raises(NotFound):
        await documents.get(incident)
    with pytest.raises(NotFound):
        await documents.forget(incident, reason="a drill", by="ann")
    assert attempt_of(newest) is None
    kinds = {act.kind for act in await acts.find_by_incidents(graph, [incident])}
    assert ActKind.SOLUTION_FORGOTTEN in kinds


async def test_bad_corrections_are_refused(
    graph: Graph, feedback: FeedbackService, documents: ResolutionService
) -> None:
    """Without a reason, of no action, of another incident's action, or what is no effect."""
    incident = await resolved(graph, "one")
    with pytest.raises(NotFound):
        await documents.correct(incident, VerificationOutcome.WORKED, reason="r", by="ann")
    await feedback.learn(incident)

    with pytest.raises(Conflict, match="no action"):
        await documents.correct(incident, VerificationOutcome.WORKED, reason="r", by="ann")
    with pytest.raises(NotFound, match="e-other"):
        await documents.correct(
            incident, VerificationOutcome.WORKED, reason="r", by="ann", execution="e-other"
        )
    for outcome, reason in ((VerificationOutcome.NOT_YET, "r"), (VerificationOutcome.WORKED, " ")):
        with pytest.raises(InvalidInput):
            await documents.correct(incident, outcome, reason=reason, by="ann")


async def test_documents_are_found_by_meaning(
    graph: Graph, feedback: FeedbackService, documents: ResolutionService
) -> None:
    """Nearest first; without a text newest first."""
    for name, alert in (("slow", "HighLatency"), ("full", "DiskFull")):
        await feedback.learn(await resolved(graph, name, alert=alert))

    async def names(found: list[Resolution]) -> list[str]:
        return [one.symptoms[0] for one in found]

    assert await names(await documents.find(text="disk is full", limit=1)) == ["DiskFull"]
    assert await names(await documents.find()) == ["DiskFull", "HighLatency"]
    with pytest.raises(InvalidInput):
        await documents.find(limit=0)


async def test_the_economy_counts_resolved_incidents(
    graph: Graph, documents: ResolutionService
) -> None:
    """Those with and without a call of a model, per quarter of the list."""
    for number in range(4):
        incident = await resolved(graph, f"number-{number}")
        if number < 2:
            await save_call(graph, incident, tokens=90, cost=500_000)
    await seed_incident(graph, "open")

    economy = await documents.economy(Period.QUARTER)

    assert economy.total is not None
    assert (economy.total.incidents, economy.total.without_model) == (4, 0.5)
    assert (economy.total.tokens, economy.total.cost_eur) == (50.0, 0.25)
    assert [row.tokens for row in economy.rows] == [100.0, 100.0, 0.0, 0.0]
