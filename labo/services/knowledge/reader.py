"""The part of the knowledge that one diagnosis needs: bounded, and cached for a while."""

from __future__ import annotations

import time

from graph import edges, knowledge, snapshots
from graph.client import Graph
from labo.domain.causality.edges import EdgeStatus
from labo.domain.diagnosis.classification.learnt import LearntOf
from labo.domain.diagnosis.known_links import INFORMATIVE
from labo.domain.entities.series import Case
from labo.domain.entities.topology import role_of
from labo.domain.knowledge.knowledge import Knowledge
from labo.domain.learning.state import calibration
from labo.services.knowledge.exchange import known_edge
from labo.services.knowledge.samples import TrainingSetReader
from labo.services.learning.learner import LearningService

MOST_PROBLEMS = 500
KEPT_SECONDS = 5.0
_MOST_KEPT = 32


class KnowledgeReader:
    """Reads for one workspace. What the learner wrote is seen at once, edges within seconds.

    `learnt` computes what is learnt from the training examples that `of_case` reads, see `analyse`.
    """

    def __init__(
        self,
        graph: Graph,
        learning: LearningService,
        training_examples: TrainingSetReader,
        learnt: LearntOf,
    ) -> None:
        self._graph = graph
        self._learning = learning
        self._kept: dict[tuple[frozenset[str], str | None, int], tuple[float, Knowledge]] = {}
        self._training_examples = training_examples
        self.learnt = learnt

    async def of_case(self, case: Case) -> Knowledge:
        """Problems whose role occurs in `case`, edges among them whatever their status, informative
        edges into the problem of its alert, and the calibration.
        """
        roles = frozenset(role_of(case, name) for name in case.topology.components)
        position = await snapshots.position(self._graph)
        cached = self._kept.get((roles, case.problem, position.version))
        if cached and time.monotonic() < cached[0] + KEPT_SECONDS:
            return cached[1]
        knowledge = await self._read(roles, case.problem)
        while len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[roles, case.problem, position.version] = time.monotonic(), knowledge
        return knowledge

    async def _read(self, roles: frozenset[str], alert: str | None) -> Knowledge:
        problems = await knowledge.find_known(self._graph, roles, limit=MOST_PROBLEMS)
        keys = {problem.key for problem in problems}
        claims = await edges.find_by_cause(self._graph, keys, statuses=EdgeStatus)
        among = {claim.key: claim for claim in claims if claim.effect in keys}
        if alert:
            into = await edges.find_by_effect(self._graph, [alert], statuses=INFORMATIVE)
            among |= {claim.key: claim for claim in into}
        state = await self._learning.state()
        return Knowledge(
            problems=tuple(problems),
            edges=tuple(known_edge(edge) for edge in among.values()),
            resolved_incidents=await knowledge.count_resolved(self._graph),
            calibration=calibration(state),
            training_examples=await self._training_examples.of(state.labelled_seqs),
        )
