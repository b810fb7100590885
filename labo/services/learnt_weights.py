"""The weights that the newest lessons teach, learnt when they are asked for and then kept."""

from __future__ import annotations

import asyncio

from graph import experiences
from graph.client import Graph
from labo.domain.experiences import lesson_of
from labo.domain.identification.weights import Weights, learn_weights


class LearntWeights:
    """Of one workspace. To learn them takes up to seconds, in a thread of its own."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._kept: tuple[tuple[int, ...], Weights | None] = (), None

    async def of(self, lessons: tuple[int, ...]) -> Weights | None:
        """By the numbers of the lessons; None while they are too few."""
        if self._kept[0] != lessons:
            found = await experiences.find_numbered(self._graph, lessons)
            taught = [lesson for one in found if (lesson := lesson_of(one))]
            examples = [example for lesson in taught for example in lesson.examples]
            self._kept = lessons, await asyncio.to_thread(learn_weights, examples)
        return self._kept[1]
