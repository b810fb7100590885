"""The escalation on the run's Neo4j, with models that need no network."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.client import Graph
from labo.adapters.llm.scripted import ScriptedModel
from labo.adapters.templates import load_templates
from labo.ports.llm import LanguageModel
from labo.services.escalation.escalation import EscalationService
from labo.services.escalation.levels import ModelEscalation
from labo.services.escalation.memory import MemoryService
from labo.services.learning.learner import LearningService
from tests.builders.jobs import SentJobs
from tests.builders.services import a_memory_service


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
def climbing(
    graph: Graph, memory: MemoryService, sender: SentJobs, told: list[str]
) -> Callable[[LanguageModel | None, LanguageModel | None], EscalationService]:
    """The escalation with these models on N1 and N2."""

    def build(n1: LanguageModel | None, n2: LanguageModel | None) -> EscalationService:
        async def publish(incident: str) -> None:
            told.append(incident)

        model_escalation = ModelEscalation(load_templates(), n1, n2)
        return EscalationService(
            graph, memory, model_escalation, LearningService(graph), sender, publish
        )

    return build


@pytest.fixture
def escalation(
    climbing: Callable[[LanguageModel | None, LanguageModel | None], EscalationService],
) -> EscalationService:
    return climbing(ScriptedModel(), ScriptedModel())
