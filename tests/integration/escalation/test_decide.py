"""A person's decision on the real graph."""

from __future__ import annotations

import asyncio

import pytest

from graph import decisions, experiences, findings, incidents, proposals
from graph.client import Graph
from graph.jobs import Jobs
from labo.adapters.llm.scripted import ScriptedModel
from labo.bootstrap.escalation import EscalationParts
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
from tests.integration.escalation.conftest import Compose

pytestmark = pytest.mark.stack

COMMAND = "labo-action scale --component checkout --add-instances 1"


async def proposed(graph: Graph, parts: EscalationParts) -> Proposal:
    """The pending proposal of a fresh incident."""
    incident = await seed_incident(graph, "decided")
    await seed_diagnosis(graph, an_analysis(incident))
    await parts.escalation.escalate(incident)
    [proposal] = (await proposals.find_by_incidents(graph, [incident]))[incident]
    return proposal


async def decide(
    parts: EscalationParts,
    proposal: Proposal,
    verdict: DecisionVerdict = DecisionVerdict.APPROVE,
    *,
    by: str = "ada",
    reason: str = "fits what I saw",
    digest: str | None = None,
) -> Decision:
    return await parts.decisions.decide(
        proposal.id,
        digest=digest or proposal.digest,
        verdict=verdict,
        reason=reason,
        decided_by=by,
    )


@pytest.mark.parametrize(
    ("verdict", "proposal_status", "incident_status", "escalation_level"),
    [
        (DecisionVerdict.APPROVE, ProposalStatus.APPROVED, IncidentStatus.ACTING, "n1"),
        (DecisionVerdict.REJECT, ProposalStatus.REJECTED, IncidentStatus.DIAGNOSED, "n3"),
        (DecisionVerdict.ESCALATE, ProposalStatus.ESCALATED, IncidentStatus.DIAGNOSED, "n2"),
    ],
)
async def test_a_decision_moves_the_incident_and_leaves_a_finding(
    graph: Graph,
    parts: EscalationParts,
    verdict: DecisionVerdict,
    proposal_status: ProposalStatus,
    incident_status: IncidentStatus,
    escalation_level: str,
) -> None:
    """Proposal, incident and finding agree on what was decided, by whom and why."""
    proposal = await proposed(graph, parts)

    decision = await decide(parts, proposal, verdict)

    incident = await incidents.get(graph, proposal.incident)
    [finding] = await findings.find_by_incidents(graph, [proposal.incident])
    summary = f"{proposal_status}: {COMMAND} (leading suspect: checkout). fits what I saw"
    assert (incident.status, incident.escalation_level) == (incident_status, escalation_level)
    assert (await proposals.get(graph, proposal.id)).status is proposal_status
    assert (finding.summary, finding.validated_by) == (summary, "ada")
    assert await decisions.find_by_proposal(graph, proposal.id) == decision
    assert await Jobs(graph).begin(JobKind.NOTIFY, proposal.incident, lease_s=60) is not None


async def test_the_same_decision_again_changes_nothing(
    graph: Graph, parts: EscalationParts
) -> None:
    """A repeated click gets the first decision back."""
    proposal = await proposed(graph, parts)
    first = await decide(parts, proposal)
    before = await incidents.get(graph, proposal.incident)

    assert await decide(parts, proposal) == first
    assert await incidents.get(graph, proposal.incident) == before
    assert len(await findings.find_by_incidents(graph, [proposal.incident])) == 1


async def test_a_second_decision_conflicts(graph: Graph, parts: EscalationParts) -> None:
    """Whoever decides otherwise later is told who decided first."""
    proposal = await proposed(graph, parts)
    await decide(parts, proposal)

    with pytest.raises(Conflict, match="ada already decided: APPROVE"):
        await decide(parts, proposal, DecisionVerdict.REJECT, by="bob")


async def test_two_people_at_once_make_one_decision(graph: Graph, parts: EscalationParts) -> None:
    """Of two opposite decisions at the same moment exactly one is kept."""
    proposal = await proposed(graph, parts)

    answers = await asyncio.gather(
        decide(parts, proposal, DecisionVerdict.APPROVE, by="ada"),
        decide(parts, proposal, DecisionVerdict.REJECT, by="bob"),
        return_exceptions=True,
    )

    kept = [answer for answer in answers if isinstance(answer, Decision)]
    assert [type(a) for a in answers if not isinstance(a, Decision)] == [Conflict]
    assert [await decisions.find_by_proposal(graph, proposal.id)] == kept
    assert len(await findings.find_by_incidents(graph, [proposal.incident])) == 1


async def test_a_digest_of_another_action_conflicts(graph: Graph, parts: EscalationParts) -> None:
    """What was shown and what is decided must be the same action."""
    proposal = await proposed(graph, parts)

    with pytest.raises(Conflict, match="digest"):
        await decide(parts, proposal, digest="0" * 32)

    assert (await proposals.get(graph, proposal.id)).status is ProposalStatus.PENDING


async def test_a_replaced_proposal_can_no_longer_be_decided(
    graph: Graph, parts: EscalationParts
) -> None:
    """A newer diagnosis makes it stale."""
    proposal = await proposed(graph, parts)
    await seed_diagnosis(graph, an_analysis(proposal.incident, metric="memory.usage"))
    await parts.escalation.escalate(proposal.incident)

    with pytest.raises(Conflict, match="superseded"):
        await decide(parts, proposal)


async def test_nothing_is_decided_on_an_incident_that_is_over(
    graph: Graph, parts: EscalationParts
) -> None:
    """A resolved incident keeps its state."""
    proposal = await proposed(graph, parts)

    async def publish(_: str) -> None: ...

    await IncidentService(graph, publish).resolve(proposal.incident, by="ada")

    with pytest.raises(Conflict, match="over"):
        await decide(parts, proposal)


async def test_a_decision_and_a_resolution_at_once_leave_no_resolved_incident_acting(
    graph: Graph, parts: EscalationParts
) -> None:
    """Whichever comes first, what was resolved stays so, and a refused decision changes nothing."""

    async def publish(_: str) -> None: ...

    service = IncidentService(graph, publish)
    for number in range(8):
        # Each on its own component: an action that is under way elsewhere blocks no other.
        component = f"checkout-{number}"
        incident = await seed_incident(graph, f"raced-{number}", component=component)
        await seed_diagnosis(graph, an_analysis(incident, component=component))
        await parts.escalation.escalate(incident)
        [proposal] = (await proposals.find_by_incidents(graph, [incident]))[incident]

        decided, resolved = await asyncio.gather(
            decide(parts, proposal),
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


async def test_a_decision_needs_a_reason(graph: Graph, parts: EscalationParts) -> None:
    """Blank or invisible text is no reason."""
    proposal = await proposed(graph, parts)

    with pytest.raises(InvalidInput, match="reason"):
        await decide(parts, proposal, reason=" \u200b\n")


async def test_an_unknown_proposal_is_not_found(parts: EscalationParts) -> None:
    """The id is named."""
    with pytest.raises(NotFound, match="nowhere"):
        await parts.decisions.decide(
            "nowhere", digest="", verdict=DecisionVerdict.REJECT, reason="no", decided_by="ada"
        )


async def test_escalating_a_local_proposal_asks_the_strong_model_alone(
    graph: Graph, composed: Compose, sender: SentJobs
) -> None:
    """The escalation level that spoke is not asked again; the next one proposes on the same
    diagnosis."""
    local = Says(FirstOpinion=an_opinion())
    proposal = await proposed(graph, composed(local, None))
    both = composed(local, ScriptedModel())

    await decide(both, proposal, DecisionVerdict.ESCALATE)
    assert await Jobs(graph).begin(JobKind.ESCALATE, proposal.incident, lease_s=60) is not None
    assert (JobKind.ESCALATE, graph.workspace, proposal.incident) in sender.sent
    await both.escalation.escalate(proposal.incident)

    found = (await proposals.find_by_incidents(graph, [proposal.incident]))[proposal.incident]
    assert {(p.escalation_level, p.status) for p in found} == {
        (EscalationLevel.N1, ProposalStatus.ESCALATED),
        (EscalationLevel.N2, ProposalStatus.PENDING),
    }
    assert len(local.asked) == 1


async def test_a_decision_is_learnt_from_once(graph: Graph, composed: Compose) -> None:
    """What people approve is proposed with a higher chance next time; handing on says nothing."""
    parts = composed(None, ScriptedModel())
    proposal = await proposed(graph, parts)
    for _ in range(2):
        await decide(parts, proposal)
    kept = await experiences.read_after(graph, 0, 10)
    learner = LearningService(graph)
    state = await learner.catch_up()
    chance = OutcomeModel(state.outcomes).chance(proposal.template_id, "unknown", "service", "shop")

    assert [(one.kind, one.incident) for one in kept] == [
        (ExperienceKind.DECISION, proposal.incident)
    ]
    assert kept[0].content["worked"] is True
    assert chance > 0.5
