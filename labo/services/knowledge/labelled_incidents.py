"""Learning from labelled cases: the diagnosis without the label, the labelled incident, then
learning."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from graph import experiences
from graph.client import Graph, Transaction
from labo.domain.entities.keys import hypothesis_key
from labo.domain.entities.series import Case
from labo.domain.learning.labelled_incidents import (
    LabelOutcome,
    case_id,
    claims,
    correcting,
    labelled_incidents_of,
)
from labo.services.knowledge.reader import KnowledgeReader
from labo.services.learning.learner import LearningService


@dataclass(frozen=True, slots=True)
class LearntCase:
    """`learnt` are the causes that count now, `problem@component`; `new` is how many of them did
    not before. `refused` is why nothing was learnt from a label."""

    learnt: tuple[str, ...] = ()
    new: int = 0
    refused: str = ""


NOTHING_LEARNT = LearntCase()


class LabellingService:
    """Labels of cases into experiences, learnt at once."""

    def __init__(self, graph: Graph, learning: LearningService, known: KnowledgeReader) -> None:
        self._graph = graph
        self._learning = learning
        self._known = known

    async def learn_from(self, case: Case, *, system: str) -> LearntCase:
        """Learn from the label of `case`, if it has one; what is known after this counts at once.

        The same case again changes nothing; under another label, the newer one counts. Raises
        InvalidInput when a label names a component that the case does not have, Unavailable.
        """
        if not case.label:
            return NOTHING_LEARNT
        labelled_incidents = await self._labelled_incidents(case)
        new = await self._save(case, labelled_incidents, system)
        await self._learning.catch_up()
        learnt = tuple(
            hypothesis_key(labelled_incident.title, labelled_incident.component)
            for labelled_incident in labelled_incidents.labelled_incidents
        )
        return LearntCase(learnt, new, labelled_incidents.refused)

    async def _labelled_incidents(self, case: Case) -> LabelOutcome:
        knowledge = await self._known.of_case(case)

        def compute() -> LabelOutcome:
            return labelled_incidents_of(case, claims(case, knowledge, self._known.learnt))

        return await asyncio.to_thread(compute)

    async def _save(self, case: Case, found: LabelOutcome, system: str) -> int:
        subject = case_id(case, system)
        at = case.symptom.start

        async def unit(tx: Transaction) -> int:
            earlier = await experiences.read_labelled_incidents(tx, subject)
            new = correcting(subject, found.labelled_incidents, earlier, system=system, at=at)
            for experience in new:
                await experiences.append(tx, experience)
            return len(new) if found.labelled_incidents else 0

        return await self._graph.write(unit, name="lessons.save")
