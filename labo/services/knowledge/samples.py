"""What the newest labelled incidents showed: one object while they are the same (see
`learnt_weights`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from graph import experiences, problems
from graph.client import Graph
from labo.domain.knowledge.experiences import (
    NON_ROOT,
    LabelledIncident,
    TrainingExample,
    labelled_incident_of,
)

MOST_FEATURES = 200_000
"""Of all training examples, the newest labelled incidents first; learning the weights of so many
takes five seconds."""


class TrainingSetReader:
    """Reads for one workspace."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._labelled_incidents: tuple[tuple[int, ...], list[LabelledIncident]] = (), []
        self._cached: tuple[object, tuple[TrainingExample, ...]] = None, ()

    async def of(self, labelled_incidents: tuple[int, ...]) -> tuple[TrainingExample, ...]:
        """The training examples of the labelled incidents with these numbers, under the present
        titles: a problem that was merged into another has that one's."""
        if self._labelled_incidents[0] != labelled_incidents:
            numbered = await experiences.find_numbered(self._graph, labelled_incidents)
            self._labelled_incidents = (
                labelled_incidents,
                _newest([one for each in numbered if (one := labelled_incident_of(each))]),
            )
        labelled = self._labelled_incidents[1]
        titles = await self._titles({labelled_incident.problem for labelled_incident in labelled})
        key = labelled_incidents, tuple(sorted(titles.items()))
        if self._cached[0] != key:
            self._cached = key, _entitled(labelled, titles)
        return self._cached[1]

    async def _titles(self, keys: set[str]) -> dict[str, str]:
        canonical = await problems.find_canonical(self._graph, keys)
        by_key = await problems.find_by_keys(self._graph, canonical.values())
        return {key: by_key[now].title for key, now in canonical.items() if now in by_key}


def _newest(labelled_incidents: Sequence[LabelledIncident]) -> list[LabelledIncident]:
    """The last labelled incidents, in order, that have no more than MOST_FEATURES together."""
    newest, left = list[LabelledIncident](), MOST_FEATURES
    for labelled_incident in reversed(labelled_incidents):
        left -= sum(len(one.features) for one in labelled_incident.training_examples)
        if left < 0:
            break
        newest.append(labelled_incident)
    return newest[::-1]


def _entitled(
    labelled_incidents: Sequence[LabelledIncident], titles: Mapping[str, str]
) -> tuple[TrainingExample, ...]:
    return tuple(
        one
        if one.title == NON_ROOT
        else replace(one, title=titles.get(labelled_incident.problem, one.title))
        for labelled_incident in labelled_incidents
        for one in labelled_incident.training_examples
    )
