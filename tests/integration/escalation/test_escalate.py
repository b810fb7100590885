"""Escalation on the real graph."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph import edges, incidents, proposals
from graph.client import Graph
from graph.jobs import Jobs
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.jobs import JobKind
from labo.domain.escalation.proposals import EscalationLevel, ProposalStatus
from labo.domain.incidents.incidents import IncidentStatus
from labo.errors import NotFound
from labo.ports.llm import LanguageModel
from labo.services.escalation.escalation import EscalationService
from labo.services.escalation.levels import NO_MODEL, NOTHING_WRONG
from tests.builders.escalation import (
    Says,
    a_proposal,
    an_analysis,
    an_opinion,
    seed_diagnosis,
    seed_incident,
)
from tests.builders.jobs import SentJobs

pytestmark = pytest.mark.stack

Climbing = Callable[[LanguageModel | None, LanguageModel | None], EscalationService]


async def the_proposals(
    graph: Graph, incident: str
) -> list[tuple[EscalationLevel, ProposalStatus, str]]:
    found = (await proposals.find_by_incidents(graph, [incident])).get(incident, [])
    return sorted((p.escalation_level, p.status, p.proposed_command) for p in found)


async def test_a_diagnosed_incident_gets_one_proposal_and_waits_for_a_person(
    graph: Graph, escalation: EscalationService, told: list[str], sender: SentJobs
) -> None:
    """N2 proposes from a template; code renders the command; the incident awaits a decision."""
    incident = await seed_incident(graph, "a")
    diagnosis = await seed_diagnosis(graph, an_analysis(incident))

    state = await escalation.escalate(incident)

    command = "labo-action scale --component checkout --add-instances 1"
    assert await the_proposals(graph, incident) == [
        (EscalationLevel.N2, ProposalStatus.PENDING, command)
    ]
    assert (state.escalation_level, state.diagnosis, state.verdict) == (
        EscalationLevel.N2,
        diagnosis.id,
        "LIKELY",
    )
    assert (await incidents.get(graph, incident)).status is IncidentStatus.AWAITING_DECISION
    assert told == [incident]
    assert sender.sent == [(JobKind.NOTIFY, graph.workspace, incident)]


async def test_the_same_diagnosis_is_not_escalated_twice(
    graph: Graph, escalation: EscalationService, told: list[str]
) -> None:
    """The second escalation finds the first one's outcome and writes nothing."""
    incident = await seed_incident(graph, "b")
    await seed_diagnosis(graph, an_analysis(incident))
    first = await escalation.escalate(incident)
    before = await incidents.get(graph, incident)

    assert await escalation.escalate(incident) == first
    assert await incidents.get(graph, incident) == before
    assert told == [incident]


async def test_a_newer_diagnosis_replaces_what_was_proposed(
    graph: Graph, escalation: EscalationService
) -> None:
    """The old proposal may no longer be decided; the new one may."""
    incident = await seed_incident(graph, "c")
    await seed_diagnosis(graph, an_analysis(incident))
    await escalation.escalate(incident)
    await seed_diagnosis(graph, an_analysis(incident, metric="memory.usage"))

    await escalation.escalate(incident)

    commands = [
        (status, command.split()[1]) for _, status, command in await the_proposals(graph, incident)
    ]
    assert sorted(commands) == [
        (ProposalStatus.PENDING, "restart"),
        (ProposalStatus.SUPERSEDED, "scale"),
    ]


async def test_without_any_model_the_diagnosis_stands_and_the_incident_says_so(
    graph: Graph, climbing: Climbing
) -> None:
    """No model, no key: escalation level memory, a note, no proposal, and still a notification to
    send."""
    incident = await seed_incident(graph, "d")
    await seed_diagnosis(graph, an_analysis(incident))

    state = await climbing(None, None).escalate(incident)

    assert (state.escalation_level, state.verdict, state.note) == (
        EscalationLevel.MEMORY,
        "LIKELY",
        NO_MODEL,
    )
    assert await the_proposals(graph, incident) == []
    assert (await incidents.get(graph, incident)).status is IncidentStatus.DIAGNOSED
    assert await Jobs(graph).begin(JobKind.NOTIFY, incident, lease_s=60) is not None


async def test_where_nothing_is_wrong_no_model_is_asked(graph: Graph, climbing: Climbing) -> None:
    """A verdict of NO_PROBLEM is not escalated."""
    incident = await seed_incident(graph, "e")
    await seed_diagnosis(graph, an_analysis(incident, verdict=Verdict.NO_PROBLEM))
    model = Says(FirstOpinion=an_opinion())

    state = await climbing(model, None).escalate(incident)

    assert (state.note, model.asked) == (NOTHING_WRONG, [])


async def test_an_incident_that_is_over_stays_as_it_is(
    graph: Graph, escalation: EscalationService
) -> None:
    """A late job on a resolved incident changes nothing."""
    incident = await seed_incident(graph, "f", status=IncidentStatus.RESOLVED)

    state = await escalation.escalate(incident)

    assert (state.diagnosis, await the_proposals(graph, incident)) == (None, [])


async def test_an_unknown_incident_is_not_found(escalation: EscalationService) -> None:
    """The id is named."""
    with pytest.raises(NotFound, match="nowhere"):
        await escalation.escalate("nowhere")


async def test_an_unknown_template_is_refused_and_recorded(
    graph: Graph, climbing: Climbing
) -> None:
    """Nobody is asked to decide on it; the record says which escalation level and why."""
    incident = await seed_incident(graph, "g")
    await seed_diagnosis(graph, an_analysis(incident))
    model = Says(StructuredProposal=a_proposal(template_id="rm -rf /"))

    state = await climbing(None, model).escalate(incident)

    assert await the_proposals(graph, incident) == [
        (EscalationLevel.N2, ProposalStatus.REFUSED, "")
    ]
    assert "unknown action template" in (state.note or "")
    assert (await incidents.get(graph, incident)).status is IncidentStatus.DIAGNOSED


async def test_when_the_strong_model_is_refused_the_local_one_may_propose(
    graph: Graph, climbing: Climbing
) -> None:
    """Each level's answer are checked alike; the refused ones are kept beside."""
    incident = await seed_incident(graph, "h")
    await seed_diagnosis(graph, an_analysis(incident))
    local = Says(FirstOpinion=an_opinion())
    strong = Says(
        StructuredProposal=a_proposal(parameters={"component": "elsewhere", "instances": 1})
    )

    await climbing(local, strong).escalate(incident)

    ticket = "labo-action open-ticket --component checkout --focus latency"
    assert await the_proposals(graph, incident) == [
        (EscalationLevel.N1, ProposalStatus.PENDING, ticket),
        (EscalationLevel.N2, ProposalStatus.REFUSED, ""),
    ]


async def test_a_model_can_lower_the_verdict_but_touches_no_edge(
    graph: Graph, climbing: Climbing
) -> None:
    """Doubt takes LIKELY to INCONCLUSIVE; no causal edge is written or changed."""
    incident = await seed_incident(graph, "i")
    await seed_diagnosis(graph, an_analysis(incident))
    doubting = Says(FirstOpinion=an_opinion(agrees=False))
    before = await edges.find(graph)

    state = await climbing(doubting, None).escalate(incident)

    assert (state.verdict, await edges.find(graph)) == ("INCONCLUSIVE", before)


async def test_models_that_are_away_leave_the_diagnosis_standing(
    graph: Graph, climbing: Climbing
) -> None:
    """Unavailable and unusable answers are no error of the job."""
    incident = await seed_incident(graph, "j")
    await seed_diagnosis(graph, an_analysis(incident))

    state = await climbing(Says(), Says()).escalate(incident)

    assert state.note == "no usable proposal from N1 and N2: the deterministic diagnosis stands"
    assert (state.escalation_level, state.verdict) == (EscalationLevel.MEMORY, "LIKELY")
