"""The escalation on the run's Neo4j, with models that need no network."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.client import Graph
from labo.adapters.executor.ticket import TicketExecutor
from labo.adapters.llm.scripted import ScriptedModel
from labo.bootstrap.escalation import EscalationParts, compose_escalation
from labo.bootstrap.governance import open_governance
from labo.escalation_settings import EscalationSettings, GovernanceSettings
from labo.ports.llm import LanguageModel
from labo.services.escalation.executors import Executors
from labo.services.escalation.known_solutions import KnownSolutionService
from labo.services.escalation.levels import ModelEscalation
from labo.services.escalation.memory import MemoryService
from labo.services.learning.learner import LearningService
from tests.builders.executors import InMemorySystem, ToldVerifier
from tests.builders.jobs import SentJobs
from tests.builders.services import a_memory_service

Compose = Callable[[LanguageModel | None, LanguageModel | None], EscalationParts]


@pytest.fixture
def told() -> list[str]:
    """Incidents whose change was published."""
    return []


@pytest.fixture
def sender() -> SentJobs:
    return SentJobs()


@pytest.fixture
def memory(graph: Graph) -> MemoryService:
    return a_memory_service(graph)


@pytest.fixture
def executor() -> InMemorySystem:
    return InMemorySystem()


@pytest.fixture
def verifier() -> ToldVerifier:
    return ToldVerifier()


@pytest.fixture
def composed(
    graph: Graph,
    memory: MemoryService,
    sender: SentJobs,
    told: list[str],
    executor: InMemorySystem,
    verifier: ToldVerifier,
) -> Compose:
    """The escalation with these models on N1 and N2, and an executor for every action."""

    def build(n1: LanguageModel | None, n2: LanguageModel | None) -> EscalationParts:
        async def publish(incident: str) -> None:
            told.append(incident)

        executors = {"ticket": TicketExecutor(), executor.name: executor}
        return compose_escalation(
            graph,
            memory=memory,
            solutions=KnownSolutionService(graph, memory),
            learning=LearningService(graph),
            model_escalation=ModelEscalation(n1, n2),
            governance=open_governance(GovernanceSettings()).services(graph),
            executors=Executors(executors, default=executor.name),
            verifier=verifier,
            sender=sender,
            publish=publish,
            settings=EscalationSettings(),
        )

    return build


@pytest.fixture
def parts(composed: Compose) -> EscalationParts:
    return composed(ScriptedModel(), ScriptedModel())
