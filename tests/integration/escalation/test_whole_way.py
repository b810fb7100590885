"""The way of an incident through the escalation, on the real graph."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from graph import escalations, executions, incidents, proposals
from graph import incident_acts as acts
from graph.client import Graph
from labo.adapters.llm.scripted import ScriptedModel
from labo.bootstrap.escalation import EscalationParts
from labo.domain.escalation.executions import ExecutionReport, ExecutionStatus
from labo.domain.escalation.proposals import (
    DecisionVerdict,
    EscalationLevel,
    Proposal,
    ProposalStatus,
)
from labo.domain.escalation.stages import Stage
from labo.domain.escalation.verification_outcomes import Verification, VerificationOutcome
from labo.domain.governance.autonomy import Autonomy
from labo.domain.incidents.incidents import IncidentStatus
from labo.errors import Conflict
from tests.builders.escalation import Says, a_proposal, an_analysis, seed_diagnosis, seed_incident
from tests.builders.executors import InMemorySystem, ToldVerifier
from tests.integration.escalation.conftest import Compose

pytestmark = pytest.mark.stack


async def begun(graph: Graph, parts: EscalationParts, name: str = "way") -> str:
    incident = await seed_incident(graph, name)
    await seed_diagnosis(graph, an_analysis(incident))
    await parts.escalation.escalate(incident)
    return incident


async def pending(graph: Graph, incident: str) -> Proposal:
    found = (await proposals.find_by_incidents(graph, [incident]))[incident]
    [proposal] = [one for one in found if one.status is ProposalStatus.PENDING]
    return proposal


async def approve(
    graph: Graph,
    parts: EscalationParts,
    incident: str,
    verdict: DecisionVerdict = DecisionVerdict.APPROVE,
    by: str = "ada",
) -> Proposal:
    proposal = await pending(graph, incident)
    await parts.decisions.decide(
        proposal.id, digest=proposal.digest, verdict=verdict, reason="fits", decided_by=by
    )
    return proposal


async def stages(graph: Graph, incident: str) -> list[str]:
    timeline = await acts.find_by_incidents(graph, [incident])
    return [act.stage for act in reversed(timeline) if act.stage]


async def test_an_approved_action_is_executed_verified_and_ends_the_incident(
    graph: Graph, parts: EscalationParts, executor: InMemorySystem
) -> None:
    """Memory, N1, a person, the action, its verification: each is one entry of the timeline."""
    incident = await begun(graph, parts)
    await approve(graph, parts, incident)

    assert await parts.executions.run(incident) is None
    assert await parts.endings.verify(incident) is None

    assert list(executor.executed.values()) == [1]
    assert (await incidents.get(graph, incident)).status is IncidentStatus.RESOLVED
    [execution] = await executions.find_by_incidents(graph, [incident])
    assert (execution.status, execution.outcome) == (ExecutionStatus.DONE, "worked")
    assert await stages(graph, incident) == [
        "memory", "n1", "gate", "action", "verification", "finished",
    ]  # fmt: skip


async def test_a_killed_execution_is_asked_for_and_never_begun_again(
    graph: Graph, parts: EscalationParts, executor: InMemorySystem
) -> None:
    """The process dies behind the executor's call; the job that comes again asks."""
    incident = await begun(graph, parts)
    await approve(graph, parts, incident)
    executor.crash = True
    with pytest.raises(KeyboardInterrupt):
        await parts.executions.run(incident)

    executor.crash = False
    await parts.executions.run(incident)

    assert list(executor.executed.values()) == [1]
    assert (await escalations.get(graph, incident)).stage is Stage.VERIFICATION


async def test_an_execution_whose_end_is_unknown_is_asked_for_later(
    graph: Graph, parts: EscalationParts, executor: InMemorySystem
) -> None:
    """Nothing is executed again while the executor can't say; then it can."""
    incident = await begun(graph, parts)
    await approve(graph, parts, incident)
    executor.report = ExecutionReport(ExecutionStatus.UNKNOWN, "no answer")
    executor.answer = executor.report

    assert await parts.executions.run(incident) == timedelta(seconds=15)
    assert await parts.executions.run(incident) == timedelta(seconds=15)
    executor.answer = None
    assert await parts.executions.run(incident) is None

    assert list(executor.executed.values()) == [1]
    assert (await escalations.get(graph, incident)).stage is Stage.VERIFICATION


async def test_an_action_without_effect_leads_to_n2(
    graph: Graph, composed: Compose, verifier: ToldVerifier
) -> None:
    """N1's attempt failed: N2 is asked, and told of the attempt."""
    ticket = {"component": "checkout", "focus": "latency"}
    strong = Says(StructuredProposal=a_proposal("open_ticket", ticket))
    parts = composed(ScriptedModel(), strong)
    incident = await begun(graph, parts)
    await approve(graph, parts, incident)
    await parts.executions.run(incident)
    verifier.judgement = Verification(VerificationOutcome.NO_EFFECT, 0.9, ("still slow",))

    await parts.endings.verify(incident)
    await parts.escalation.escalate(incident)

    proposal = await pending(graph, incident)
    assert (proposal.escalation_level, proposal.template_id) == (
        EscalationLevel.N2,
        "open_ticket",
    )
    assert "action scale_out on checkout: no_effect" in strong.asked[0].data


async def test_an_action_that_makes_things_worse_is_proposed_to_be_taken_back(
    graph: Graph, parts: EscalationParts, executor: InMemorySystem, verifier: ToldVerifier
) -> None:
    """Its rollback waits for a person, and restores what the executor reported before."""
    incident = await begun(graph, parts)
    await approve(graph, parts, incident)
    await parts.executions.run(incident)
    verifier.judgement = Verification(VerificationOutcome.WORSE, 0.9, ("the errors doubled",))
    await parts.endings.verify(incident)

    rollback = await approve(graph, parts, incident)
    await parts.executions.run(incident)

    assert rollback.proposed_command.startswith("undo: labo-action scale")
    assert executor.rolled_back == executor.executed
    newest, first = await executions.find_by_incidents(graph, [incident])
    assert (newest.rolls_back, newest.detail) == (first.id, "back to {'instances': 2}")
    assert (await escalations.get(graph, incident)).stage is Stage.N2


async def test_nothing_runs_while_the_kill_switch_is_on(
    graph: Graph, parts: EscalationParts, executor: InMemorySystem
) -> None:
    """What was approved before it is not executed, and people are told who stopped it."""
    incident = await begun(graph, parts)
    await approve(graph, parts, incident)
    await parts.controls.stop(by="bob", reason="fire drill")

    await parts.executions.run(incident)

    assert not executor.executed
    state = await escalations.get(graph, incident)
    assert state.note == "not executed: kill_switch: bob stopped all actions (fire drill)"


async def test_a_safe_action_runs_without_a_person_where_that_is_allowed(
    graph: Graph, parts: EscalationParts, executor: InMemorySystem
) -> None:
    """The decision is the policy's, and says so."""
    await parts.controls.set_autonomy(Autonomy.SAFE_AUTO, by="ada", reason="we trust it")
    incident = await begun(graph, parts)

    await parts.executions.run(incident)

    assert list(executor.executed.values()) == [1]
    timeline = await acts.find_by_incidents(graph, [incident])
    assert "policy:safe_auto" in {act.by for act in timeline}


async def test_an_action_of_another_incident_on_the_same_target_waits(
    graph: Graph, parts: EscalationParts, executor: InMemorySystem
) -> None:
    """Targets have a lock and a concurrency of one."""
    executor.report = ExecutionReport(ExecutionStatus.RUNNING)
    executor.answer = executor.report
    first = await begun(graph, parts, "first")
    second = await begun(graph, parts, "second")
    for incident in (first, second):
        await approve(graph, parts, incident)
    await parts.executions.run(first)

    assert await parts.executions.run(second) == timedelta(seconds=30)

    assert len(executor.executed) == 1


async def test_an_incident_that_ends_by_itself_takes_its_proposal_with_it(
    graph: Graph, parts: EscalationParts
) -> None:
    """A late click is told so."""
    incident = await begun(graph, parts)
    proposal = await pending(graph, incident)
    current = await incidents.get(graph, incident)
    await graph.write(
        lambda tx: incidents.set_status(tx, current, IncidentStatus.RESOLVED, at=datetime.now(UTC))
    )

    assert await parts.endings.finish(incident)

    assert (await proposals.get(graph, proposal.id)).status is ProposalStatus.SUPERSEDED
    with pytest.raises(Conflict, match="superseded"):
        await approve_late(parts, proposal)


async def approve_late(parts: EscalationParts, proposal: Proposal) -> None:
    await parts.decisions.decide(
        proposal.id,
        digest=proposal.digest,
        verdict=DecisionVerdict.APPROVE,
        reason="late",
        decided_by="ada",
    )
