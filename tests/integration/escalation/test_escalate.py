"""Escalation on the real graph."""

from __future__ import annotations

import pytest

from graph import edges, incidents, proposals
from graph.client import Graph
from graph.jobs import Jobs
from labo.bootstrap.escalation import EscalationParts
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.jobs import JobKind
from labo.domain.escalation.proposals import EscalationLevel, ProposalStatus
from labo.domain.incidents.incidents import IncidentStatus
from labo.errors import NotFound
from labo.services.escalation.escalation import NO_MODEL, NOTHING_WRONG
from tests.builders.escalation import (
    Says,
    a_proposal,
    an_analysis,
    an_opinion,
    seed_diagnosis,
    seed_incident,
)
from tests.builders.jobs import SentJobs
from tests.integration.escalation.conftest import Compose

pytestmark = pytest.mark.stack


async def the_proposals(
    graph: Graph, incident: str
) -> list[tuple[EscalationLevel, ProposalStatus, str]]:
    found = (await proposals.find_by_incidents(graph, [incident])).get(incident, [])
    return sorted((p.escalation_level, p.status, p.proposed_command) for p in found)


async def test_a_diagnosed_incident_gets_one_proposal_and_waits_for_a_person(
    graph: Graph, parts: EscalationParts, told: list[str], sender: SentJobs
) -> None:
    """N1 proposes a safe action; code renders the command; the incident awaits a decision."""
    incident = await seed_incident(graph, "a")
    diagnosis = await seed_diagnosis(graph, an_analysis(incident))

    state = await parts.escalation.escalate(incident)

    command = "labo-action scale --component checkout --add-instances 1"
    assert await the_proposals(graph, incident) == [
        (EscalationLevel.N1, ProposalStatus.PENDING, command)
    ]
    assert (state.escalation_level, state.diagnosis, state.verdict) == (
        EscalationLevel.N1,
        diagnosis.id,
        "LIKELY",
    )
    assert (await incidents.get(graph, incident)).status is IncidentStatus.AWAITING_DECISION
    assert set(told) == {incident}
    assert sender.sent.count((JobKind.NOTIFY, graph.workspace, incident)) == 1


async def test_the_same_diagnosis_is_not_escalated_twice(
    graph: Graph, parts: EscalationParts, told: list[str]
) -> None:
    """The second escalation finds the first one's outcome and writes nothing."""
    incident = await seed_incident(graph, "b")
    await seed_diagnosis(graph, an_analysis(incident))
    first = await parts.escalation.escalate(incident)
    before = await incidents.get(graph, incident)

    assert await parts.escalation.escalate(incident) == first
    assert await incidents.get(graph, incident) == before
    assert len(told) == 3


async def test_a_newer_diagnosis_replaces_what_was_proposed(
    graph: Graph, parts: EscalationParts
) -> None:
    """The old proposal may no longer be decided; the new one may."""
    incident = await seed_incident(graph, "c")
    await seed_diagnosis(graph, an_analysis(incident))
    await parts.escalation.escalate(incident)
    await seed_diagnosis(graph, an_analysis(incident, metric="memory.usage"))

    await parts.escalation.escalate(incident)

    commands = [
        (status, command.split()[1]) for _, status, command in await the_proposals(graph, incident)
    ]
    assert sorted(commands) == [
        (ProposalStatus.PENDING, "restart"),
        (ProposalStatus.SUPERSEDED, "scale"),
    ]


async def test_without_any_model_the_diagnosis_stands_and_the_incident_says_so(
    graph: Graph, composed: Compose
) -> None:
    """No model, no key: escalation level memory, a note, no proposal, and still a notification to
    send."""
    incident = await seed_incident(graph, "d")
    await seed_diagnosis(graph, an_analysis(incident))

    state = await composed(None, None).escalation.escalate(incident)

    assert (state.escalation_level, state.verdict, state.note) == (
        EscalationLevel.MEMORY,
        "LIKELY",
        NO_MODEL,
    )
    assert await the_proposals(graph, incident) == []
    assert (await incidents.get(graph, incident)).status is IncidentStatus.DIAGNOSED
    assert await Jobs(graph).begin(JobKind.NOTIFY, incident, lease_s=60) is not None


async def test_where_nothing_is_wrong_no_model_is_asked(graph: Graph, composed: Compose) -> None:
    """A verdict of NO_PROBLEM is not escalated."""
    incident = await seed_incident(graph, "e")
    await seed_diagnosis(graph, an_analysis(incident, verdict=Verdict.NO_PROBLEM))
    model = Says(FirstOpinion=an_opinion())

    state = await composed(model, None).escalation.escalate(incident)

    assert (state.note, model.asked) == (NOTHING_WRONG, [])


async def test_an_incident_that_is_over_stays_as_it_is(
    graph: Graph, parts: EscalationParts
) -> None:
    """A late job on a resolved incident changes nothing."""
    incident = await seed_incident(graph, "f", status=IncidentStatus.RESOLVED)

    state = await parts.escalation.escalate(incident)

    assert (state.diagnosis, await the_proposals(graph, incident)) == (None, [])


async def test_an_unknown_incident_is_not_found(parts: EscalationParts) -> None:
    """The id is named."""
    with pytest.raises(NotFound, match="nowhere"):
        await parts.escalation.escalate("nowhere")


async def test_an_unknown_template_is_refused_and_recorded(graph: Graph, composed: Compose) -> None:
    """Nobody is asked to decide on it; the record says which escalation level and why."""
    incident = await seed_incident(graph, "g")
    await seed_diagnosis(graph, an_analysis(incident))
    model = Says(StructuredProposal=a_proposal(template_id="rm -rf /"))

    state = await composed(None, model).escalation.escalate(incident)

    assert await the_proposals(graph, incident) == [
        (EscalationLevel.N2, ProposalStatus.REFUSED, "")
    ]
    assert "unknown action template" in (state.note or "")
    assert (await incidents.get(graph, incident)).status is IncidentStatus.DIAGNOSED


async def test_an_unsafe_answer_of_the_local_model_leads_to_the_strong_one(
    graph: Graph, composed: Compose
) -> None:
    """N1 may only choose what is safe: anything else is no answer."""
    incident = await seed_incident(graph, "h")
    await seed_diagnosis(graph, an_analysis(incident))
    local = Says(FirstOpinion=an_opinion())
    strong = Says(StructuredProposal=a_proposal())

    await composed(local, strong).escalation.escalate(incident)

    command = "labo-action scale --component checkout --add-instances 1"
    assert await the_proposals(graph, incident) == [
        (EscalationLevel.N2, ProposalStatus.PENDING, command)
    ]


async def test_a_model_can_lower_the_verdict_but_touches_no_edge(
    graph: Graph, composed: Compose
) -> None:
    """Doubt takes LIKELY to INCONCLUSIVE; no causal edge is written or changed."""
    incident = await seed_incident(graph, "i")
    await seed_diagnosis(graph, an_analysis(incident))
    doubting = Says(FirstOpinion=an_opinion(agrees=False))
    before = await edges.find(graph)

    state = await composed(doubting, None).escalation.escalate(incident)

    assert (state.verdict, await edges.find(graph)) == ("INCONCLUSIVE", before)


async def test_models_that_are_away_leave_the_diagnosis_standing(
    graph: Graph, composed: Compose
) -> None:
    """Unavailable and unusable answers are no error of the job."""
    incident = await seed_incident(graph, "j")
    await seed_diagnosis(graph, an_analysis(incident))

    state = await composed(Says(), Says()).escalation.escalate(incident)

    assert (state.note or "").startswith(
        "N2 has no usable answer: the deterministic diagnosis stands. General advice"
    )
    assert (state.escalation_level, state.verdict) == (EscalationLevel.N2, "LIKELY")
