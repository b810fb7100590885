"""Which metrics carry the diagnosis, by the lessons that count at present."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from graph import components, knowledge, metrics
from graph.client import Graph
from labo.domain.diagnosis.classification.feature_vectors import LINES
from labo.domain.diagnosis.localisation.trace_signals import is_derived
from labo.domain.learning.metric_selection import Telling, collected_as, telling_metrics
from labo.services.knowledge.samples import ExampleReader
from labo.services.learning.learner import LearningService

MOST_PROBLEMS = 500
MOST_COMPONENTS = 100


@dataclass(frozen=True, slots=True)
class Collected:
    """`names` are what `telling` is collected as, each `role:metric`; its own where none is known,
    as for what is read from lines and traces."""

    telling: Telling
    names: tuple[str, ...]

    @property
    def needs(self) -> str | None:
        """`lines` or `traces` where it is read from these, and is no series that one collects."""
        if self.telling.metric == LINES:
            return "lines"
        return "traces" if is_derived(self.telling.metric) else None


class TellingService:
    """The metrics of one workspace that its lessons could not do without."""

    def __init__(self, graph: Graph, learning: LearningService, examples: ExampleReader) -> None:
        self._graph = graph
        self._learning = learning
        self._examples = examples

    async def telling(self, share: float) -> list[Collected]:
        """At most `share` of all (role, metric) that moved in a lesson, the most telling first.

        Raises InvalidInput for a share outside of (0, 1] and with too few lessons; Unavailable.
        """
        lessons = (await self._learning.state()).taught
        examples = await self._examples.of(lessons)
        found = await asyncio.to_thread(telling_metrics, examples, share)
        known = await self._signature_metrics({one.role for one in found})
        return [Collected(one, await self._names(one, known[one.role])) for one in found]

    async def _names(self, one: Telling, known: Collection[str]) -> tuple[str, ...]:
        names = collected_as(one, known)
        if not names and one.metric != LINES and not is_derived(one.metric):
            # A role that was never a cause has no signature.
            names = collected_as(one, await self._exposed(one.role))
        return names or (one.name,)

    async def _signature_metrics(self, roles: Collection[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {role: set() for role in roles}
        for problem in await knowledge.find_known(self._graph, roles, limit=MOST_PROBLEMS):
            found[problem.role].update(condition.metric for condition in problem.conditions)
        return found

    async def _exposed(self, role: str) -> set[str]:
        page = await components.find(self._graph, role=role, limit=MOST_COMPONENTS)
        exposed = await metrics.exposures(self._graph, [component.key for component in page])
        return {exposure.metric for exposure in exposed}
