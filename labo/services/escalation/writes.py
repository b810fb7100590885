"""One write of the escalation, and what follows it: messages to workers and watchers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from graph import jobs
from graph.client import Graph, Transaction
from labo.domain.entities.jobs import JobKind
from labo.domain.escalation.stages import JOB_OF, Stage
from labo.ports.jobs import Jobs

_NEWS = frozenset({Stage.GATE, Stage.ACTION, Stage.EXPERT, Stage.RESTING, Stage.FINISHED})
"""Stages that people are notified of: those between are passed within seconds."""

Unit = Callable[[Transaction], Awaitable[bool]]


class EscalationWrites:
    """Every service of the escalation writes through one."""

    def __init__(
        self, graph: Graph, sender: Jobs, publish: Callable[[str], Awaitable[None]]
    ) -> None:
        self._graph = graph
        self._sender = sender
        self._publish = publish

    async def write(self, unit: Unit, *, name: str, incident: str, stage: Stage) -> bool:
        """Whether `unit` wrote. Then people are notified where `stage` is news, and the jobs whose
        turn it is are sent, that of `stage` among them."""
        is_news = stage in _NEWS
        kinds = {*((JobKind.NOTIFY,) if is_news else ()), JOB_OF[stage]}

        async def in_transaction(tx: Transaction) -> bool:
            if not await unit(tx):
                return False
            if is_news:
                await jobs.ask(tx, JobKind.NOTIFY, [incident])
            return True

        if not await self._graph.write(in_transaction, name=name):
            return False
        outbox = jobs.Jobs(self._graph)
        for kind in sorted(kinds):
            for subject in await outbox.claim(kind):
                await self._sender.enqueue(kind, self._graph.workspace, subject)
        await self._publish(incident)
        return True
