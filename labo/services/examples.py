"""What the newest lessons showed, kept while they are the same: so are the weights learnt of it."""

from __future__ import annotations

from graph import experiences
from graph.client import Graph
from labo.domain.experiences import lesson_of
from labo.domain.identification.weights import ExampleSet


class ExampleReader:
    """Reads for one workspace."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._kept: tuple[tuple[int, ...], ExampleSet] = (), ExampleSet(())

    async def of(self, lessons: tuple[int, ...]) -> ExampleSet:
        """The examples of the lessons with these numbers."""
        if self._kept[0] != lessons:
            found = await experiences.find_numbered(self._graph, lessons)
            taught = [lesson for one in found if (lesson := lesson_of(one))]
            examples = ExampleSet(example for lesson in taught for example in lesson.examples)
            self._kept = lessons, examples
        return self._kept[1]
