"""The services of what memory holds of resolved incidents, put together for one workspace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from graph.client import Graph
from labo.ports.jobs import Jobs
from labo.services.escalation.feedback import FeedbackService
from labo.services.escalation.known_solutions import KnownSolutionService
from labo.services.escalation.memory import MemoryService
from labo.services.escalation.resolutions import ResolutionService
from labo.services.learning.learner import LearningService


@dataclass(frozen=True)
class Solutions:
    """`known` proposes, `documents` are shown, corrected and forgotten, `feedback` writes them."""

    known: KnownSolutionService
    documents: ResolutionService
    feedback: FeedbackService


def build_solutions(
    graph: Graph,
    memory: MemoryService,
    learning: LearningService,
    sender: Jobs,
    publish: Callable[[str], Awaitable[None]],
) -> Solutions:
    """All of the workspace of `graph`."""
    known = KnownSolutionService(graph, memory)
    return Solutions(
        known=known,
        documents=ResolutionService(graph, memory, learning, sender, publish),
        feedback=FeedbackService(graph, memory, known, learning, sender),
    )
