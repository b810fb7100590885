"""Reports of the lab's runs, from what they left in the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from graph import edges, lab_runs, metric_sets, problems
from graph.client import Graph
from labo.domain.lab_reports import LabReport, LearntProblem, TestedEdge, report_of
from labo.domain.lab_runs import LabRound
from labo.domain.learning import Taught
from labo.errors import NotFound
from labo.services.learning import LearningService
from labo.services.metric_sets import MetricSetService


class LabReportService:
    """What a run of the lab has taught so far; also of one that was stopped half-way."""

    def __init__(
        self, graph: Graph, learning: LearningService, metric_sets: MetricSetService
    ) -> None:
        self._graph = graph
        self._learning = learning
        self._metric_sets = metric_sets

    async def latest(self) -> str:
        """The key of the run that went on last. Raises NotFound when there was none."""
        found = await lab_runs.find(self._graph)
        if not found:
            raise NotFound("the lab has not run yet", hint="labo lab learn")
        return found[0].key

    async def report(self, key: str) -> LabReport:
        """Raises NotFound."""
        run = await lab_runs.get(self._graph, key)
        rounds = await lab_runs.rounds(self._graph, key)
        learnt, tested = await self._learnt(rounds), await self._tested(rounds)
        return report_of(run, rounds, learnt, tested)

    async def measure(self, key: str, *, anew: bool) -> None:
        """Compute the minimal metric sets of what the run taught; only missing ones, or all
        `anew`."""
        found = await self._taught(await lab_runs.rounds(self._graph, key))
        kept = {} if anew else await metric_sets.find_by_subjects(self._graph, [*found])
        for problem in sorted(found.keys() - kept.keys()):
            await self._metric_sets.refresh(problem)

    async def _learnt(self, rounds: Sequence[LabRound]) -> list[LearntProblem]:
        found = await self._taught(rounds)
        sets = await metric_sets.find_by_subjects(self._graph, [*found])
        return [
            LearntProblem(
                title=one.title,
                role=one.role,
                lessons=one.lessons,
                metrics=sets[key].metrics if key in sets else None,
                proven=key in sets and sets[key].proven,
            )
            for key, one in found.items()
        ]

    async def _taught(self, rounds: Sequence[LabRound]) -> dict[str, Taught]:
        """The problems that the rounds taught, by key."""
        named = {(one.learnt, one.role) for one in rounds if one.learnt}
        state = await self._learning.state()
        return {k: one for k, one in state.problems.items() if (one.title, one.role) in named}

    async def _tested(self, rounds: Sequence[LabRound]) -> list[TestedEdge]:
        pairs: Counter[str] = Counter()
        for one in rounds:
            if one.edge and one.trials:
                pairs[one.edge] += one.trials
        found = await edges.find_by_keys(self._graph, pairs)
        ends = {end for edge in found.values() for end in (edge.cause, edge.effect)}
        titles = {
            key: one.title for key, one in (await problems.find_by_keys(self._graph, ends)).items()
        }
        return [
            TestedEdge(
                key=key,
                cause=titles.get(edge.cause, edge.cause),
                effect=titles.get(edge.effect, edge.effect),
                relation=edge.relation,
                status=edge.status,
                probability=edge.probability,
                pairs=pairs[key],
            )
            for key, edge in found.items()
        ]
