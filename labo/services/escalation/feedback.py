"""Learning from a resolved incident: one document, and an experience per executed action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import structlog

from graph import experiences, jobs, resolutions
from graph import incident_acts as acts
from graph.client import Graph, Transaction
from graph.resolutions import ExecutionRow
from labo.domain.entities.jobs import ALL, JobKind
from labo.domain.escalation.resolutions import experience_of, of_execution, resolution_of
from labo.domain.escalation.verification_outcomes import VerificationOutcome
from labo.domain.incidents.incidents import OVER
from labo.ports.jobs import Jobs
from labo.services.escalation.known_solutions import KnownSolutionService
from labo.services.escalation.memory import MemoryService
from labo.services.learning.learner import LearningService

log = structlog.get_logger()

MOST_CORRECTED = 5
"""Newest earlier incidents of the problem whose cure did not last that are learnt again at once:
it bounds the transaction."""


class FeedbackService:
    """`learn` is safe to run twice, and at once: it writes what the graph says by then."""

    def __init__(
        self,
        graph: Graph,
        memory: MemoryService,
        solutions: KnownSolutionService,
        learning: LearningService,
        sender: Jobs,
    ) -> None:
        self._graph = graph
        self._memory = memory
        self._solutions = solutions
        self._learning = learning
        self._sender = sender

    async def learn(self, incident_id: str) -> None:
        """Save the document on a resolved incident, embedded, and what its actions taught.

        An incident that is not over, or that a person made memory forget, is left alone. Raises
        NotFound, Unavailable.
        """
        resolved = await resolutions.get_resolved(self._graph, incident_id)
        if resolved.status not in OVER:
            return
        at = datetime.now(UTC)
        own = await self._executions("", [incident_id], at)
        actions = [row.to_domain() for row in own]
        problem = max(own, key=lambda row: row.ended_at).problem if own else ""
        past = await self._executions(problem, [incident_id], at)
        foreseen = await self._foreseen(own)
        document = resolution_of(
            resolved, actions, [row.to_domain() for row in past], foreseen, at=at
        )
        vector_name, vector = await self._memory.embed(document.text)
        await self._memory.remember(incident_id)
        learnt = [*own, *_lost(past, incident_id)]

        async def unit(tx: Transaction) -> list[str] | None:
            await acts.hold(tx, [incident_id])
            if not await resolutions.save(tx, document, vector_name, vector):
                return None
            if not await save_experiences(tx, learnt, resolved.system):
                return []
            return await jobs.add(tx, JobKind.CATCH_UP, [ALL])

        following = await self._graph.write(unit, name=JobKind.LEARN_FROM_RESOLVED)
        for subject in following or ():
            await self._sender.enqueue(JobKind.CATCH_UP, self._graph.workspace, subject)
        if following:
            await self._learning.wake()
        log.info("incident.learnt", incident=incident_id, actions=len(own))

    async def _executions(
        self, problem: str, incidents: Sequence[str], before: datetime
    ) -> list[ExecutionRow]:
        return await resolutions.find_executions(
            self._graph, problem=problem, incidents=incidents, before=before
        )

    async def _foreseen(self, own: Sequence[ExecutionRow]) -> Mapping[str, float]:
        """What was foreseen, computed once: what was learnt since must not change it."""
        known = {key: chance for row in own for key, chance in row.foreseen.items()}
        return known | await self._solutions.foresee([row for row in own if row.id not in known])


async def save_experiences(
    tx: Transaction, rows: Sequence[ExecutionRow], system: str, *, withdrawn: bool = False
) -> bool:
    """Let exactly what these actions did count; whether that changes anything."""
    earlier = await experiences.read_actions(tx, [row.incident for row in rows])
    is_changed = False
    for row in rows:
        experience = experience_of(
            row.to_domain(),
            of_execution(earlier, row.id),
            system=system,
            by_person=row.id in row.corrections,
            withdrawn=withdrawn,
        )
        if experience is not None:
            await experiences.append(tx, experience)
            is_changed = True
    return is_changed


def _lost(past: Sequence[ExecutionRow], incident: str) -> list[ExecutionRow]:
    """Cures elsewhere that did not last, as is known by now."""
    lost = [
        row
        for row in past
        if row.incident != incident
        and row.outcome is VerificationOutcome.WORKED
        and row.to_domain().helped is False
    ]
    return sorted(lost, key=lambda row: row.ended_at)[-MOST_CORRECTED:]
