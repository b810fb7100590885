"""Remembering similar incidents on the real graph."""

from __future__ import annotations

import pytest

from graph import memory as kept
from graph import proposals
from graph.client import Graph
from labo.bootstrap.escalation import EscalationParts
from labo.domain.escalation.proposals import DecisionVerdict
from labo.domain.incidents.incidents import IncidentStatus
from labo.errors import InvalidInput, NotFound
from labo.services.escalation.memory import MemoryService
from tests.builders.escalation import an_analysis, seed_diagnosis, seed_incident

pytestmark = pytest.mark.stack


async def approved(graph: Graph, parts: EscalationParts, name: str) -> str:
    """An incident on checkout whose proposal was approved."""
    incident = await seed_incident(graph, name)
    await seed_diagnosis(graph, an_analysis(incident))
    await parts.escalation.escalate(incident)
    [proposal] = (await proposals.find_by_incidents(graph, [incident]))[incident]
    await parts.decisions.decide(
        proposal.id,
        digest=proposal.digest,
        verdict=DecisionVerdict.APPROVE,
        reason="it helped",
        decided_by="ada",
    )
    return incident


async def test_what_was_learnt_is_told_the_next_time(
    graph: Graph, parts: EscalationParts, memory: MemoryService
) -> None:
    """The earlier incident comes with its suspected cause, the approved action and the labelled
    incident."""
    earlier = await approved(graph, parts, "earlier")
    now = await seed_incident(graph, "now")

    [similar] = await memory.similar(now)

    past = similar.incident
    assert (past.id, similar.same_component) == (earlier, True)
    assert (past.cause, past.cause_confirmed) == ("checkout", False)
    assert past.action == "labo-action scale --component checkout --add-instances 1"
    assert (past.finding or "").endswith("it helped")


async def test_the_same_component_comes_before_the_same_alert_elsewhere(
    graph: Graph, memory: MemoryService
) -> None:
    """Where it happened counts before how alike the words are."""
    here = await seed_incident(graph, "here", alert="ErrorRate", component="checkout")
    elsewhere = await seed_incident(graph, "elsewhere", alert="HighLatency", component="cart")
    now = await seed_incident(graph, "now", alert="HighLatency", component="checkout")
    for incident in (here, elsewhere, now):
        await memory.remember(incident)

    similar = await memory.similar(now)

    assert [(s.incident.id, s.same_component) for s in similar] == [
        (here, True),
        (elsewhere, False),
    ]


async def test_a_text_finds_incidents_by_their_words(graph: Graph, memory: MemoryService) -> None:
    """Search syntax in the text is just words."""
    slow = await seed_incident(graph, "slow", alert="HighLatency", component="cart")
    full = await seed_incident(graph, "full", alert="DiskFull", component="database")
    for incident in (slow, full):
        await memory.remember(incident)

    similar = await memory.similar(text='DiskFull AND title:* "~(', limit=1)

    assert [one.incident.id for one in similar] == [full]


async def test_a_text_without_words_is_no_error(graph: Graph, memory: MemoryService) -> None:
    """There is nothing to find in an empty workspace either."""
    assert await memory.similar(text="!?") == []


async def test_other_workspaces_are_not_remembered(graph: Graph, memory: MemoryService) -> None:
    """The indexes span workspaces, the answers do not."""
    other = graph.scoped(f"{graph.workspace}-other")
    await seed_incident(other, "theirs")
    now = await seed_incident(graph, "ours")

    assert await memory.similar(now) == []


async def test_either_an_incident_or_a_text_is_asked_about(memory: MemoryService) -> None:
    """Neither, both, or a limit out of range is refused."""
    for incident, text, limit in ((None, None, 3), ("i", "t", 3), ("i", None, 0), ("i", None, 21)):
        with pytest.raises(InvalidInput):
            await memory.similar(incident, text=text, limit=limit)


async def test_an_unknown_incident_is_not_found(memory: MemoryService) -> None:
    """The id is named."""
    with pytest.raises(NotFound, match="nowhere"):
        await memory.similar("nowhere")


async def test_an_embedder_cannot_name_an_index_as_it_likes(graph: Graph) -> None:
    """Its name becomes part of a schema statement, so only plain names are taken."""
    with pytest.raises(InvalidInput):
        kept.Memory(graph, "x) OPTIONS {}", 8)


async def test_resolved_incidents_are_remembered_too(graph: Graph, memory: MemoryService) -> None:
    """Memory is about what is over."""
    over = await seed_incident(graph, "over", status=IncidentStatus.RESOLVED)
    now = await seed_incident(graph, "now")

    assert [one.incident.id for one in await memory.similar(now)] == [over]
