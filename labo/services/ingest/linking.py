"""Linking a batch of events: occurrences, problems, incidents, and the diagnosis they call for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from graph import jobs
from graph import linking as kept
from graph.client import Graph, Transaction
from labo.domain.entities.jobs import JobKind
from labo.errors import Conflict, Unavailable
from labo.ports.jobs import Jobs
from labo.services.ingest.linked_events import Linked, link_events

log = structlog.get_logger()

_ROUNDS = 5
_TIMEOUT_S = 60.0
"""Includes the wait for the workspace's turn."""


class LinkingService:
    """Linking the same batch twice changes nothing; batches of a workspace take turns."""

    def __init__(self, graph: Graph, jobs: Jobs, publish: Callable[[str], Awaitable[None]]) -> None:
        self._graph = graph
        self._jobs = jobs
        self._publish = publish

    async def link(self, batch: str) -> Linked:
        """Link the batch's events, and those of batches that wait with it, in one transaction.

        Events that can't be linked become dead letters, one each; the others are linked. Raises
        Unavailable.
        """
        try:
            linked = await self._written(lambda tx: self._waiting(tx, batch))
        except Unavailable:
            raise
        except Exception:
            # Whatever it is, one of the events may be the cause, and no other must wait for it.
            # The transaction is undone, and its events are linked in ever smaller parts.
            log.warning("linking.in_parts", batch=batch, exc_info=True)
            linked = await self._in_parts(batch)
        log.info(
            "events.linked",
            batch=batch,
            events=linked.events,
            occurrences=linked.occurrences,
            incidents=len(linked.incidents),
            set_aside=len(linked.set_aside),
        )
        if linked.following:
            await self._jobs.enqueue(JobKind.LINK_EVENTS, self._graph.workspace, linked.following)
        await self._announce(linked)
        return linked

    async def link_event(self, event: str) -> Linked:
        """Link an event that was set aside; any failure is raised."""
        linked = await self._written(lambda tx: self._some(tx, [event]))
        await self._announce(linked)
        return linked

    async def _announce(self, linked: Linked) -> None:
        if linked.incidents:
            for incident in await jobs.Jobs(self._graph).claim(JobKind.DIAGNOSE):
                await self._jobs.enqueue(JobKind.DIAGNOSE, self._graph.workspace, incident)
        for incident in linked.incidents:
            await self._publish(incident)

    async def _waiting(self, tx: Transaction, batch: str) -> Linked:
        waiting = await kept.waiting(tx, batch)
        linked = await link_events(tx, await kept.events_of(tx, waiting.batches))
        await jobs.withdraw(tx, JobKind.LINK_EVENTS, waiting.others)
        return replace(linked, following=waiting.following)

    async def _some(self, tx: Transaction, events: Sequence[str]) -> Linked:
        return await link_events(tx, await kept.find_events(tx, events))

    async def _in_parts(self, batch: str) -> Linked:
        async def read(tx: Transaction) -> tuple[kept.Waiting, list[str]]:
            waiting = await kept.waiting(tx, batch)
            return waiting, [event.id for event in await kept.events_of(tx, waiting.batches)]

        waiting, events = await self._graph.read(read, name=JobKind.LINK_EVENTS)
        linked = await self._bisected(events)
        await self._graph.write(lambda tx: jobs.withdraw(tx, JobKind.LINK_EVENTS, waiting.others))
        return replace(linked, following=waiting.following)

    async def _bisected(self, events: Sequence[str]) -> Linked:
        """Link what can be linked; an event that fails on its own is set aside."""
        if not events:
            return Linked()
        try:
            return await self._written(lambda tx: self._some(tx, events))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - any other error may be one event's fault
            if len(events) == 1:
                return await self._set_aside(events[0], error)
            half = len(events) // 2
            return await self._bisected(events[:half]) + await self._bisected(events[half:])

    async def _set_aside(self, event: str, error: Exception) -> Linked:
        log.error("event.set_aside", event_id=event, reason=repr(error)[:500])
        await jobs.Jobs(self._graph).park(JobKind.LINK_EVENT, event, repr(error))
        return Linked(set_aside=(event,))

    async def _written(self, unit: Callable[[Transaction], Awaitable[Linked]]) -> Linked:
        async def in_turn(tx: Transaction) -> Linked:
            await kept.lock_linking(tx)
            return await unit(tx)

        for _ in range(_ROUNDS):
            try:
                return await self._graph.write(
                    in_turn, name=JobKind.LINK_EVENTS, timeout_s=_TIMEOUT_S
                )
            except Conflict:
                # Somebody decided on an incident meanwhile: read again and decide anew.
                log.info("linking.looked_again")
        raise Unavailable("incidents change too fast to link events", where="linking")
