"""Services of one workspace wired as the composition root wires them, without its adapters."""

from __future__ import annotations

from graph.client import Graph
from graph.memory import Memory
from labo.adapters.embedder.hashed import HashedEmbedder
from labo.services.escalation.memory import MemoryService
from labo.services.knowledge.exchange import KnowledgeService
from labo.services.knowledge.learnt_cache import LearntCache
from labo.services.knowledge.reader import KnowledgeReader
from labo.services.knowledge.samples import TrainingSetReader
from labo.services.learning.learner import LearningService


def a_knowledge_service(graph: Graph) -> KnowledgeService:
    return KnowledgeService(graph, LearningService(graph), TrainingSetReader(graph))


def a_knowledge_reader(graph: Graph, learning: LearningService | None = None) -> KnowledgeReader:
    known = learning or LearningService(graph)
    return KnowledgeReader(graph, known, TrainingSetReader(graph), LearntCache())


def a_memory_service(graph: Graph) -> MemoryService:
    embedder = HashedEmbedder()
    return MemoryService(graph, Memory(graph, embedder.name, embedder.dimensions), embedder)
