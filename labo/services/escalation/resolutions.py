"""What memory holds of resolved incidents: shown, corrected, forgotten; and what they cost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog

from graph import experiences, incidents, jobs, resolutions
from graph import incident_acts as acts
from graph.client import Graph, Transaction
from labo.domain.entities.jobs import ALL, JobKind
from labo.domain.entities.justification import justified
from labo.domain.escalation.economy import Economy, Period, economy
from labo.domain.escalation.resolutions import Resolution, corrected, experience_of, of_execution
from labo.domain.escalation.verification_outcomes import VerificationOutcome
from labo.domain.incidents.acts import ActKind, an_act
from labo.errors import Conflict, InvalidInput, NotFound
from labo.ports.jobs import Jobs
from labo.services.escalation.feedback import save_experiences
from labo.services.escalation.memory import MemoryService
from labo.services.learning.learner import LearningService

log = structlog.get_logger()

MOST = 100
MOST_COSTS = 5_000
"""Newest resolved incidents that the economy is computed from."""
_BEGINNING_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC)
WORDS_ON_AN_ACTION = (
    VerificationOutcome.WORKED,
    VerificationOutcome.NO_EFFECT,
    VerificationOutcome.WORSE,
    VerificationOutcome.UNKNOWN,
)
"""What a person can say that an action did."""


class ResolutionService:
    """The documents on resolved incidents in one workspace."""

    def __init__(
        self,
        graph: Graph,
        memory: MemoryService,
        learning: LearningService,
        sender: Jobs,
        publish: Callable[[str], Awaitable[None]],
    ) -> None:
        self._graph = graph
        self._memory = memory
        self._learning = learning
        self._sender = sender
        self._publish = publish

    async def find(self, *, text: str | None = None, limit: int = 20) -> list[Resolution]:
        """The newest, or those nearest to a text. Raises InvalidInput unless `limit` is 1 to 100,
        Unavailable."""
        if not 1 <= limit <= MOST:
            raise InvalidInput(f"ask for 1 to {MOST} at a time", where="first")
        if text is None:
            return await resolutions.find_newest(self._graph, limit)
        vector_name, vector = await self._memory.embed(text)
        return await resolutions.find_nearest(self._graph, vector_name, vector, limit)

    async def get(self, incident: str) -> Resolution:
        """Raises NotFound, also for what was forgotten."""
        return await resolutions.get(self._graph, incident)

    async def correct(
        self,
        incident: str,
        outcome: VerificationOutcome,
        *,
        reason: str,
        by: str,
        execution: str | None = None,
    ) -> Resolution:
        """Say what an action on the incident really did; by default the one that is remembered.

        It counts from now on instead of what was measured, and is in the timeline. Raises NotFound,
        InvalidInput, and Conflict where no action was verified.
        """
        by, reason = justified(by, reason)
        if outcome not in WORDS_ON_AN_ACTION:
            raise InvalidInput(f"{outcome} is no effect of an action", where="outcome")
        document = await resolutions.get(self._graph, incident)
        row = await self._execution(incident, execution or document.execution)
        about, at = await incidents.get(self._graph, incident), datetime.now(UTC)
        said = {**document.corrections, row.id: outcome.value}
        after = corrected(row.to_domain(), said)
        text = f"{row.template}: {outcome.value}. {reason}"

        async def unit(tx: Transaction) -> list[str]:
            await acts.hold(tx, [incident])
            if not await resolutions.save_corrections(tx, incident, said, by=by, reason=reason):
                raise NotFound("nothing is remembered of this incident", where=incident)
            earlier = of_execution(await experiences.read_actions(tx, [incident]), row.id)
            if learnt := experience_of(after, earlier, system=about.system, by_person=True):
                await experiences.append(tx, learnt)
            await acts.save(tx, an_act(incident, ActKind.SOLUTION_CORRECTED, by, at, text))
            await jobs.ask(tx, JobKind.LEARN_FROM_RESOLVED, [incident])
            return await jobs.add(tx, JobKind.CATCH_UP, [ALL])

        await self._learn(await self._graph.write(unit, name="resolutions.correct"))
        log.info("solution.corrected", incident=incident, outcome=outcome.value, by=by)
        await self._publish(incident)
        return await resolutions.get(self._graph, incident)

    async def forget(self, incident: str, *, reason: str, by: str) -> None:
        """Delete what is remembered of the incident: no known solution rests on it any longer, and
        nothing is learnt from its actions. The incident and its timeline stay.

        Raises InvalidInput without a reason, NotFound where nothing is remembered.
        """
        by, reason = justified(by, reason)
        about, at = await incidents.get(self._graph, incident), datetime.now(UTC)
        rows = await self._executions(incident)

        async def unit(tx: Transaction) -> list[str]:
            await acts.hold(tx, [incident])
            if not await resolutions.forget(tx, incident, by=by, reason=reason):
                raise NotFound("nothing is remembered of this incident", where=incident)
            await save_experiences(tx, rows, about.system, withdrawn=True)
            await acts.save(tx, an_act(incident, ActKind.SOLUTION_FORGOTTEN, by, at, reason))
            return await jobs.add(tx, JobKind.CATCH_UP, [ALL])

        await self._learn(await self._graph.write(unit, name="resolutions.forget"))
        log.info("solution.forgotten", incident=incident, by=by)
        await self._publish(incident)

    async def economy(self, period: Period, *, since: datetime | None = None) -> Economy:
        """What resolving incidents cost over time; of at most the 5,000 newest since then."""
        costs = await resolutions.find_costs(self._graph, since or _BEGINNING_OF_TIME, MOST_COSTS)
        return economy(costs, period)

    async def _executions(self, incident: str) -> list[resolutions.ExecutionRow]:
        return await resolutions.find_executions(
            self._graph, problem="", incidents=[incident], before=datetime.now(UTC)
        )

    async def _execution(self, incident: str, wanted: str) -> resolutions.ExecutionRow:
        """Raises NotFound, and Conflict where none is wanted since none was verified."""
        if not wanted:
            raise Conflict("no action was verified on this incident", where=incident)
        for row in await self._executions(incident):
            if row.id == wanted:
                return row
        raise NotFound("there is no such verified action on the incident", where=wanted)

    async def _learn(self, following: list[str]) -> None:
        for subject in following:
            await self._sender.enqueue(JobKind.CATCH_UP, self._graph.workspace, subject)
        await self._learning.wake()
