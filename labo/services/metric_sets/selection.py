"""Which metrics carry the diagnosis, by the labelled incidents that count at present."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from graph import components, knowledge, metrics
from graph.client import Graph
from labo.domain.diagnosis.classification.feature_vectors import LINES
from labo.domain.diagnosis.localisation.trace_signals import is_derived
from labo.domain.learning.metric_selection import (
    InformativeMetric,
    collected_as,
    informative_metrics,
)
from labo.services.knowledge.samples import TrainingSetReader
from labo.services.learning.learner import LearningService

MOST_PROBLEMS = 500
MOST_COMPONENTS = 100


@dataclass(frozen=True, slots=True)
class Collected:
    """`names` are what `metric` is collected as, each `role:metric`; its own where none is known,
    as for what is derived from lines and traces."""

    metric: InformativeMetric
    names: tuple[str, ...]

    @property
    def needs(self) -> str | None:
        """`lines` or `traces` where it is derived from these, and is not a series to collect."""
        if self.metric.metric == LINES:
            return "lines"
        return "traces" if is_derived(self.metric.metric) else None


class MetricSelectionService:
    """The metrics of one workspace that its labelled incidents could not do without."""

    def __init__(
        self, graph: Graph, learning: LearningService, training_examples: TrainingSetReader
    ) -> None:
        self._graph = graph
        self._learning = learning
        self._training_examples = training_examples

    async def most_informative(self, share: float) -> list[Collected]:
        """At most `share` of all (role, metric) that moved in a labelled incident, the most
        informative first.

        Raises InvalidInput for a share outside of (0, 1] and with too few labelled incidents;
        Unavailable.
        """
        labelled_incidents = (await self._learning.state()).labelled_seqs
        training_examples = await self._training_examples.own(labelled_incidents)
        ranking = await asyncio.to_thread(informative_metrics, training_examples, share)
        signature_metrics = await self._signature_metrics({one.role for one in ranking})
        return [
            Collected(one, await self._names(one, signature_metrics[one.role])) for one in ranking
        ]

    async def _names(self, one: InformativeMetric, known: Collection[str]) -> tuple[str, ...]:
        names = collected_as(one, known)
        if not names and one.metric != LINES and not is_derived(one.metric):
            # A role that was never a root cause has no signature.
            names = collected_as(one, await self._exposed(one.role))
        return names or (one.name,)

    async def _signature_metrics(self, roles: Collection[str]) -> dict[str, set[str]]:
        by_role: dict[str, set[str]] = {role: set() for role in roles}
        for problem in await knowledge.find_known(self._graph, roles, limit=MOST_PROBLEMS):
            by_role[problem.role].update(condition.metric for condition in problem.conditions)
        return by_role

    async def _exposed(self, role: str) -> set[str]:
        page = await components.find(self._graph, role=role, limit=MOST_COMPONENTS)
        exposed = await metrics.exposures(self._graph, [component.key for component in page])
        return {exposure.metric for exposure in exposed}
