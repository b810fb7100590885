"""What was imported from elsewhere, by source, with the training examples that came along."""

from __future__ import annotations

from types import NoneType

from graph.client import Graph, Transaction
from graph.statements import load
from labo.domain.knowledge.sources import KnowledgeSource

UPSERT_SOURCE = load("knowledge/upsert_source", row=NoneType)
FIND_SOURCES = load("knowledge/find_sources", row=KnowledgeSource)
FIND_TRAINING = load("knowledge/find_training", row=str)
GET_BEGINNING = load("knowledge/get_beginning", row=bool)


async def is_new(graph: Graph, source: str) -> bool:
    """Whether the workspace knows nothing yet, but what an interrupted import of `source` left."""
    return (await graph.fetch(GET_BEGINNING, source=source))[0]


async def save(tx: Transaction, source: str, figures: dict[str, object], *, training: str) -> None:
    """Save the source's `figures`, the fields of `KnowledgeSource`; `training` is JSON text."""
    await tx.run(
        UPSERT_SOURCE,
        source=source,
        properties={**figures, "training": training},
        written_by=source,
    )


async def find(graph: Graph) -> list[KnowledgeSource]:
    """All of them, by name."""
    return await graph.fetch(FIND_SOURCES)


async def find_training(graph: Graph) -> list[str]:
    """The training examples of each source that has any, by its name."""
    return await graph.fetch(FIND_TRAINING)
