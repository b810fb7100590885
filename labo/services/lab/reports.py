"""Reports of the lab's runs, from what they left in the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph import edges, lab_runs, problems
from graph.client import Graph
from labo.domain.lab.reports import (
    InformativeMetrics,
    LabReport,
    LearntProblem,
    TriedEdge,
    report_of,
)
from labo.domain.lab.runs import LabRound
from labo.domain.learning.state import LabelledProblem
from labo.errors import NotFound
from labo.services.learning.learner import LearningService
from labo.services.metric_sets.metric_sets import MetricSetService
from labo.services.metric_sets.questions import MAX_RIVALS, Subject

_FEWEST = 2
_SEARCH_S = 2.0


class LabReportService:
    """What was learnt in a run of the lab so far; also of one that was stopped half-way."""

    def __init__(
        self, graph: Graph, learning: LearningService, metric_sets: MetricSetService
    ) -> None:
        self._graph = graph
        self._learning = learning
        self._metric_sets = metric_sets

    async def latest(self) -> str:
        """The key of the latest run. Raises NotFound when there is none."""
        runs = await lab_runs.find(self._graph)
        if not runs:
            raise NotFound("the lab has not run yet", hint="labo lab learn")
        return runs[0].key

    async def report(self, key: str) -> LabReport:
        """Raises NotFound."""
        run = await lab_runs.get(self._graph, key)
        rounds = await lab_runs.rounds(self._graph, key)
        labelled = await self._labelled_problems(rounds)
        problems = [
            LearntProblem(one.title, one.role, one.labelled_incidents) for one in labelled.values()
        ]
        metrics = await self._informative_metrics(labelled)
        return report_of(run, rounds, problems, metrics, await self._tested(rounds))

    async def _informative_metrics(
        self, labelled: Mapping[str, LabelledProblem]
    ) -> InformativeMetrics | None:
        """Of at most `MAX_RIVALS` problems, those with the most labelled incidents."""
        ordered = sorted(labelled, key=lambda key: (-labelled[key].labelled_incidents, key))[
            :MAX_RIVALS
        ]
        if len(ordered) < _FEWEST:
            return None
        subject = Subject(problems=tuple(ordered))
        minimal = await self._metric_sets.minimal(subject, time_limit_s=_SEARCH_S)
        alike = [
            (labelled[one], labelled[other])
            for one, other in minimal.indistinguishable
            if one in labelled and other in labelled
        ]
        return InformativeMetrics(
            metrics=minimal.metrics,
            proven=minimal.proven,
            saving=minimal.saving,
            alike=tuple(
                (f"{one.title} on {one.role}", f"{other.title} on {other.role}")
                for one, other in alike
                if one.role == other.role
            ),
        )

    async def _labelled_problems(self, rounds: Sequence[LabRound]) -> dict[str, LabelledProblem]:
        """The problems learnt in the rounds, by key."""
        pairs = {(one.learnt, one.role) for one in rounds if one.learnt}
        state = await self._learning.state()
        return {k: one for k, one in state.problems.items() if (one.title, one.role) in pairs}

    async def _tested(self, rounds: Sequence[LabRound]) -> list[TriedEdge]:
        tried = {edge for one in rounds for edge in one.edges}
        tested = await edges.find_by_keys(self._graph, tried)
        ends = {end for edge in tested.values() for end in (edge.cause, edge.effect)}
        titles = {
            key: one.title for key, one in (await problems.find_by_keys(self._graph, ends)).items()
        }
        return [
            TriedEdge(
                key=key,
                cause=titles.get(edge.cause, edge.cause),
                effect=titles.get(edge.effect, edge.effect),
                relation=edge.relation,
                status=edge.status,
                probability=edge.probability,
                pairs=sum(tally.pairs for tally in edge.tallies.values()),
            )
            for key, edge in tested.items()
        ]
