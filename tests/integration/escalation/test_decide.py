"""A person's decision on the real graph."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from graph import decisions, experiences, findings, incidents, proposals
from graph.client import Graph
from graph.jobs import Jobs
from labo.adapters.llm.scripted import ScriptedModel
from labo.domain.entities.jobs import JobKind
from labo.domain.escalation.proposals import (
    Decision,
    DecisionVerdict,
    EscalationLevel,
    Proposal,
    ProposalStatus,
)
from labo.domain.incidents.incidents import Incident, IncidentStatus
from labo.domain.knowledge.experiences import ExperienceKind
from labo.domain.learning.outcomes import OutcomeModel
from labo.errors import Conflict, InvalidInput, NotFound
from labo.ports.llm import LanguageModel
from labo.services.escalation.escalation import EscalationService
from labo.services.incidents.incidents import IncidentService
from labo.services.learning.learner import LearningService
from tests.builders.escalation import (
    Says,
    an_analysis,
    an_opinion,
    seed_diagnosis,
    seed_incident,
)
from tests.builders.jobs import SentJobs

pytestmark = pytest.mark.stack

Climbing = Callable[[LanguageModel | None, LanguageModel | None], EscalationService]
COMMAND = "labo-action scale --component checkout --add-instances 1"


async def proposed(graph: Graph, escalation: EscalationService) -> Proposal:
    """The pending proposal of a fresh incident."""
    incident = await seed_incident(graph, "decided")
    await seed_diagnosis(graph, an_analysis(incident))
    await escalation.escalate(incident)
    [proposal] = (await proposals.find_by_incidents(graph, [incident]))[incident]
    return proposal


async def decide(
    escalation: EscalationService,
    proposal: Proposal,
    verdict: DecisionVerdict = DecisionVerdict.APPROVE,
    *,
    by: str = "ada",
    reason: str = "fits what I saw",
    digest: str | None = None,
) -> Decision:
    return await escalation.decide(
        proposal.id,
        digest=digest or proposal.digest,
        verdict=verdict,
        reason=reason,
        decided_by=by,
    )


@pytest.mark.parametrize(
    ("verdict", "proposal_status", "incident_status", "escalation_level"),
    [
        (DecisionVerdict.APPROVE, ProposalStatus.APPROVED, IncidentStatus.ACTING, "n2"),
        (DecisionVerdict.REJECT, ProposalStatus.REJECTED, IncidentStatus.DIAGNOSED, "n2"),
        (DecisionVerdict.ESCALATE, ProposalStatus.ESCALATED, IncidentStatus.DIAGNOSED, "n3"),
    ],
)
async def test_a_decision_moves_the_incident_and_leaves_a_finding(
    graph: Graph,
    escalation: EscalationService,
    verdict: DecisionVerdict,
    proposal_status: ProposalStatus,
    incident_status: IncidentStatus,
    escalation_level: str,
) -> None:
    """Proposal, incident and finding agree on what was decided, by whom and why."""
    proposal = await proposed(graph, escalation)

    decision = await decide(escalation, proposal, verdict)

    incident = await incidents.get(graph, proposal.incident)
    [finding] = await findings.find_by_incidents(graph, [proposal.incident])
    summary = f"{proposal_status}: {COMMAND} (leading suspect: checkout). fits what I saw"
    assert (incident.status, incident.escalation_level) == (incident_status, escalation_level)
    assert (await proposals.get(graph, proposal.id)).status is proposal_status
    assert (finding.summary, finding.validated_by) == (summary, "ada")
    assert await decisions.find_by_proposal(graph, proposal.id) == decision
    assert await Jobs(graph).begin(JobKind.NOTIFY, proposal.incident, lease_s=60) is not None


async def test_the_same_decision_again_changes_nothing(
    graph: Graph, escalation: EscalationService
) -> None:
    """A repeated click gets the first decision back."""
    proposal = await proposed(graph, escalation)
    first = await decide(escalation, proposal)
    before = await incidents.get(graph, proposal.incident)

    assert await decide(escalation, proposal) == first
    assert await incidents.get(graph, proposal.incident) == before
    assert len(await findings.find_by_incidents(graph, [proposal.incident])) == 1


async def test_a_second_decision_conflicts(graph: Graph, escalation: EscalationService) -> None:
    """Whoever decides otherwise later is told who decided first."""
    proposal = await proposed(graph, escalation)
    await decide(escalation, proposal)

    with pytest.raises(Conflict, match="ada already decided: APPROVE"):
        await decide(escalation, proposal, DecisionVerdict.REJECT, by="bob")


async def test_two_people_at_once_make_one_decision(
    graph: Graph, escalation: EscalationService
) -> None:
    """Of two opposite decisions at the same moment exactly one is kept."""
    proposal = await proposed(graph, escalation)

    answers = await asyncio.gather(
        decide(escalation, proposal, DecisionVerdict.APPROVE, by="ada"),
        decide(escalation, proposal, DecisionVerdict.REJECT, by="bob"),
        return_exceptions=True,
    )

    kept = [answer for answer in answers if isinstance(answer, Decision)]
    assert [type(a) for a in answers if not isinstance(a, Decision)] == [Conflict]
    assert [await decisions.find_by_proposal(graph, proposal.id)] == kept
    assert len(await findings.find_by_incidents(graph, [proposal.incident])) == 1


async def test_a_digest_of_another_action_conflicts(
    graph: Graph, escalation: EscalationService
) -> None:
    """What was shown and what is decided must be the same action."""
    proposal = await proposed(graph, escalation)

    with pytest.raises(Conflict, match="digest"):
        await decide(escalation, proposal, digest="0" * 32)

    assert (await proposals.get(graph, proposal.id)).status is ProposalStatus.PENDING


async def test_a_replaced_proposal_can_no_longer_be_decided(
    graph: Graph, escalation: EscalationService
) -> None:
    """A newer diagnosis makes it stale."""
    proposal = await proposed(graph, escalation)
    await seed_diagnosis(graph, an_analysis(proposal.incident, metric="memory.usage"))
    await escalation.escalate(proposal.incident)

    with pytest.raises(Conflict, match="superseded"):
        await decide(escalation, proposal)


async def test_nothing_is_decided_on_an_incident_that_is_over(
    graph: Graph, escalation: EscalationService
) -> None:
    """A resolved incident keeps its state."""
    proposal = await proposed(graph, escalation)

    async def publish(_: str) -> None: ...

    await IncidentService(graph, publish).resolve(proposal.incident, by="ada")

    with pytest.raises(Conflict, match="over"):
        await decide(escalation, proposal)


async def test_a_decision_and_a_resolution_at_once_leave_no_resolved_incident_acting(
    graph: Graph, escalation: EscalationService
) -> None:
    """Whichever comes first, what was resolved stays so, and a refused decision changes nothing."""

    async def publish(_: str) -> None: ...

    service = IncidentService(graph, publish)
    for number in range(8):
        incident = await seed_incident(graph, f"raced-{number}")
        await seed_diagnosis(graph, an_analysis(incident))
        await escalation.escalate(incident)
        [proposal] = (await proposals.find_by_incidents(graph, [incident]))[incident]

        decided, resolved = await asyncio.gather(
            decide(escalation, proposal),
            service.resolve(incident, by="bob"),
            return_exceptions=True,
        )
        after = await incidents.get(graph, incident)
        kept = await decisions.find_by_proposal(graph, proposal.id)

        assert isinstance(decided, Decision | Conflict) and isinstance(
            resolved, Incident | Conflict
        )
        assert isinstance(resolved, Conflict) or after.status is IncidentStatus.RESOLVED
        assert kept == (decided if isinstance(decided, Decision) else None)


async def test_a_decision_needs_a_reason(graph: Graph, escalation: EscalationService) -> None:
    """Blank or invisible text is no reason."""
    proposal = await proposed(graph, escalation)

    with pytest.raises(InvalidInput, match="reason"):
        await decide(escalation, proposal, reason=" \u200b\n")


async def test_an_unknown_proposal_is_not_found(escalation: EscalationService) -> None:
    """The id is named."""
    with pytest.raises(NotFound, match="nowhere"):
        await escalation.decide(
            "nowhere", digest="", verdict=DecisionVerdict.REJECT, reason="no", decided_by="ada"
        )


async def test_escalating_a_local_proposal_asks_the_strong_model_alone(
    graph: Graph, climbing: Climbing, sender: SentJobs
) -> None:
    """The escalation level that spoke is not asked again; the next one proposes on the same
    diagnosis."""
    local = Says(FirstOpinion=an_opinion())
    proposal = await proposed(graph, climbing(local, Says()))
    both = climbing(local, ScriptedModel())

    await decide(both, proposal, DecisionVerdict.ESCALATE)
    assert await Jobs(graph).begin(JobKind.ESCALATE, proposal.incident, lease_s=60) is not None
    assert sender.sent[-1] == (JobKind.ESCALATE, graph.workspace, proposal.incident)
    await both.escalate(proposal.incident)

    found = (await proposals.find_by_incidents(graph, [proposal.incident]))[proposal.incident]
    assert {(p.escalation_level, p.status) for p in found} == {
        (EscalationLevel.N1, ProposalStatus.ESCALATED),
        (EscalationLevel.N2, ProposalStatus.PENDING),
    }
    assert len(local.asked) == 1


async def test_a_decision_is_learnt_from_once(graph: Graph, climbing: Climbing) -> None:
    """What people approve is proposed with a higher chance next time; handing on says nothing."""
    escalation = climbing(None, ScriptedModel())
    proposal = await proposed(graph, escalation)
    for _ in range(2):
        await decide(escalation, proposal)
    kept = await experiences.read_after(graph, 0, 10)
    learner = LearningService(graph)
    state = await learner.catch_up()
    chance = OutcomeModel(state.outcomes).chance(proposal.template_id, "unknown", "service", "shop")

    assert [(one.kind, one.incident) for one in kept] == [
        (ExperienceKind.DECISION, proposal.incident)
    ]
    assert kept[0].content["worked"] is True
    assert chance > 0.5
