"""The training examples that a diagnosis learns from: one object while they are the same (see
`learnt_cache`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from graph import experiences, knowledge_sources, problems
from graph.client import Graph
from labo.domain.diagnosis.classification.weights import is_enough
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample, labelled_incident_of
from labo.domain.knowledge.training_sets import from_record

MOST_FEATURES = 200_000
"""Of all training examples, the newest labelled incidents first; learning the weights of so many
takes five seconds."""

Examples = tuple[TrainingExample, ...]


class TrainingSetReader:
    """Reads for one workspace."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._own: tuple[tuple[int, ...], Examples] = (), ()
        self._imported: tuple[tuple[str, ...], Examples] = (), ()
        self._cached: dict[bool, tuple[Examples, Mapping[str, str], Examples]] = {}

    async def of(self, labelled_incidents: tuple[int, ...]) -> Examples:
        """Those of the labelled incidents with these numbers or, while they are too few to learn
        weights from, the imported ones: the two are never mixed, so that a few labels of one's own
        do not drown in those of others (docs/adr/0044)."""
        own = await self.own(labelled_incidents)
        if is_enough(own):
            return own
        sources = await knowledge_sources.find(self._graph)
        stamp = tuple(one.digest for one in sources)
        if self._imported[0] != stamp:
            self._imported = stamp, _imported(await knowledge_sources.find_training(self._graph))
        return await self._entitled(self._imported[1], is_own=False) or own

    async def own(self, labelled_incidents: tuple[int, ...]) -> Examples:
        """The training examples of the labelled incidents with these numbers, under the present
        titles: a problem that was merged into another has that one's."""
        if self._own[0] != labelled_incidents:
            numbered = await experiences.find_numbered(self._graph, labelled_incidents)
            found = [one for each in numbered if (one := labelled_incident_of(each))]
            incidents = [
                [_of_problem(example, one.problem) for example in one.training_examples]
                for one in found
            ]
            self._own = labelled_incidents, _newest(incidents)
        return await self._entitled(self._own[1], is_own=True)

    async def _entitled(self, examples: Examples, *, is_own: bool) -> Examples:
        """Under the present titles; the same object while these and the examples are the same."""
        titles = await self._titles({one.problem for one in examples if one.problem})
        cached = self._cached.get(is_own)
        if cached is not None and cached[0] is examples and cached[1] == titles:
            return cached[2]
        renamed = tuple(
            replace(one, title=titles.get(one.problem, one.title)) if one.problem else one
            for one in examples
        )
        self._cached[is_own] = examples, titles, renamed
        return renamed

    async def _titles(self, keys: set[str]) -> Mapping[str, str]:
        canonical = await problems.find_canonical(self._graph, keys)
        by_key = await problems.find_by_keys(self._graph, canonical.values())
        return {key: by_key[now].title for key, now in canonical.items() if now in by_key}


def _of_problem(example: TrainingExample, problem: str) -> TrainingExample:
    return example if example.title == NON_ROOT else replace(example, problem=problem)


def _imported(texts: Sequence[str]) -> Examples:
    """The examples of all sources; they were checked when they were imported."""
    return tuple(
        replace(one, is_imported=True) for text in texts for one in from_record(json.loads(text))
    )


def _newest(incidents: Sequence[Sequence[TrainingExample]]) -> Examples:
    """The last incidents, in order, that have no more than MOST_FEATURES together."""
    newest, left = list[Sequence[TrainingExample]](), MOST_FEATURES
    for incident in reversed(incidents):
        left -= sum(len(one.features) for one in incident)
        if left < 0:
            break
        newest.append(incident)
    return tuple(one for incident in reversed(newest) for one in incident)
