"""Telling people about incidents of the real graph."""

from __future__ import annotations

import pytest

from graph import proposals
from graph.client import Graph
from labo.adapters.executor.ticket import TicketExecutor
from labo.adapters.llm.scripted import ScriptedModel
from labo.bootstrap.escalation import compose_escalation
from labo.bootstrap.governance import open_governance
from labo.domain.incidents.notifications import Message
from labo.errors import NotFound, Unavailable
from labo.escalation_settings import EscalationSettings, GovernanceSettings
from labo.ports.notifier import Receipt
from labo.services.escalation.escalation import NO_MODEL
from labo.services.escalation.executors import Executors
from labo.services.escalation.known_solutions import KnownSolutionService
from labo.services.escalation.levels import ModelEscalation
from labo.services.incidents.notifications import NotificationService
from labo.services.learning.learner import LearningService
from tests.builders.escalation import an_analysis, seed_diagnosis, seed_incident
from tests.builders.executors import ToldVerifier
from tests.builders.jobs import SentJobs
from tests.builders.services import a_memory_service

pytestmark = pytest.mark.stack


class Keeps:
    """Keeps what it is given."""

    def __init__(self, *, delivers: bool = True) -> None:
        self.messages: list[Message] = []
        self._delivers = delivers

    async def send(self, message: Message) -> Receipt:
        self.messages.append(message)
        return Receipt("kept", self._delivers)


class Away:
    async def send(self, message: Message) -> Receipt:
        raise Unavailable("closed for lunch")


async def escalated(graph: Graph, model: ScriptedModel | None) -> str:
    async def publish(_: str) -> None: ...

    incident = await seed_incident(graph, "told")
    await seed_diagnosis(graph, an_analysis(incident))
    memory = a_memory_service(graph)
    model_escalation = ModelEscalation(model, model)
    learning = LearningService(graph)
    parts = compose_escalation(
        graph,
        memory=memory,
        solutions=KnownSolutionService(graph, memory),
        learning=learning,
        model_escalation=model_escalation,
        governance=open_governance(GovernanceSettings()).services(graph),
        executors=Executors({"ticket": TicketExecutor()}),
        verifier=ToldVerifier(),
        sender=SentJobs(),
        publish=publish,
        settings=EscalationSettings(),
    )
    await parts.escalation.escalate(incident)
    return incident


async def test_the_message_binds_a_decision_to_what_it_shows(graph: Graph) -> None:
    """It carries proposal, digest, command, risk and rollback, and the evidence in words."""
    incident = await escalated(graph, ScriptedModel())
    [proposal] = (await proposals.find_by_incidents(graph, [incident]))[incident]
    channel = Keeps()

    await NotificationService(graph, [channel]).notify(incident)

    [message] = channel.messages
    offered = message.data["proposal"]
    assert isinstance(offered, dict)
    assert (offered["id"], offered["digest"]) == (proposal.id, proposal.digest)
    assert message.kind == "incident.awaiting_decision"
    assert proposal.proposed_command in message.text
    assert "- checkout (80%): cpu.utilization of checkout is high: 95 instead of 20" in message.text
    assert f"Decide on proposal {proposal.id}, digest {proposal.digest}" in message.text


async def test_without_a_model_people_are_told_all_the_same(graph: Graph) -> None:
    """The diagnosis stands, and the message says why nothing is proposed."""
    incident = await escalated(graph, None)
    channel = Keeps()

    await NotificationService(graph, [channel]).notify(incident)

    [message] = channel.messages
    assert message.data["proposal"] is None
    assert (message.data["verdict"], message.data["note"]) == ("LIKELY", NO_MODEL)


async def test_the_same_state_told_again_keeps_its_id(graph: Graph) -> None:
    """So that a receiver can drop the second one; another state gets another id."""
    incident = await seed_incident(graph, "twice")
    channel = Keeps()
    service = NotificationService(graph, [channel])
    await service.notify(incident)
    await service.notify(incident)
    await seed_diagnosis(graph, an_analysis(incident))
    other = await escalated(graph, None)
    await service.notify(other)

    first, second, third = (message.id for message in channel.messages)
    assert first == second != third


async def test_one_channel_away_does_not_silence_the_others(graph: Graph) -> None:
    """The others are told; the job is tried again."""
    incident = await seed_incident(graph, "away")
    channel = Keeps()

    with pytest.raises(Unavailable, match="lunch"):
        await NotificationService(graph, [Away(), channel]).notify(incident)

    assert len(channel.messages) == 1


async def test_a_refusing_channel_is_no_reason_to_try_again(graph: Graph) -> None:
    """It is logged as an error, and the job is done."""
    incident = await seed_incident(graph, "refused")

    receipts = await NotificationService(graph, [Keeps(delivers=False)]).notify(incident)

    assert receipts == [Receipt("kept", False)]


async def test_an_unknown_incident_is_not_found(graph: Graph) -> None:
    """The id is named."""
    with pytest.raises(NotFound, match="nowhere"):
        await NotificationService(graph, []).notify("nowhere")
