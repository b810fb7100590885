"""What the newest lessons showed: one object while they are the same (see `learnt_weights`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from graph import experiences, problems
from graph.client import Graph
from labo.domain.knowledge.experiences import BYSTANDER, Example, Lesson, lesson_of

MOST_FEATURES = 200_000
"""Of all examples, the newest lessons first; to learn weights of so many takes five seconds."""


class ExampleReader:
    """Reads for one workspace."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._lessons: tuple[tuple[int, ...], list[Lesson]] = (), []
        self._kept: tuple[object, tuple[Example, ...]] = None, ()

    async def of(self, lessons: tuple[int, ...]) -> tuple[Example, ...]:
        """The examples of the lessons with these numbers, under the titles of today: a problem
        that was merged into another has that one's."""
        if self._lessons[0] != lessons:
            found = await experiences.find_numbered(self._graph, lessons)
            self._lessons = lessons, _newest([one for each in found if (one := lesson_of(each))])
        taught = self._lessons[1]
        titles = await self._titles({lesson.problem for lesson in taught})
        key = lessons, tuple(sorted(titles.items()))
        if self._kept[0] != key:
            self._kept = key, _entitled(taught, titles)
        return self._kept[1]

    async def _titles(self, keys: set[str]) -> dict[str, str]:
        canonical = await problems.find_canonical(self._graph, keys)
        named = await problems.find_by_keys(self._graph, canonical.values())
        return {key: named[now].title for key, now in canonical.items() if now in named}


def _newest(lessons: Sequence[Lesson]) -> list[Lesson]:
    """The last lessons, in order, that have no more than MOST_FEATURES together."""
    kept, left = list[Lesson](), MOST_FEATURES
    for lesson in reversed(lessons):
        left -= sum(len(one.pattern) for one in lesson.examples)
        if left < 0:
            break
        kept.append(lesson)
    return kept[::-1]


def _entitled(lessons: Sequence[Lesson], titles: Mapping[str, str]) -> tuple[Example, ...]:
    return tuple(
        one if one.title == BYSTANDER else replace(one, title=titles.get(lesson.problem, one.title))
        for lesson in lessons
        for one in lesson.examples
    )
