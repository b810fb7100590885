"""Accepting events: acknowledged means committed; the same event twice changes nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import prometheus_client

from graph import events as stored
from graph.client import Graph
from graph.events import NewEvent
from labo.domain.entities.jobs import JobKind
from labo.domain.incidents.events import Event
from labo.domain.incidents.untimed_events import LastWord, after, in_episode, is_untimed
from labo.ports.jobs import Jobs
from labo.services.ingest.group_commit import BATCH, GroupCommit, Waiting

EVENTS_ACCEPTED = prometheus_client.Counter(
    "labo_events_accepted_total", "Events committed and acknowledged.", ["source"]
)

_Key = tuple[str, str, str]


MESSAGE_GAP_S = 0.1
"""One message for all that is committed meanwhile: a message a commit would outrun the workers."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many events are new, and how many the graph had already."""

    accepted: int
    duplicates: int


class EventStore:
    """Commits batches of any workspaces and tells the workers. One per process."""

    def __init__(self, graph: Graph, jobs: Jobs) -> None:
        self._graph = graph
        self._jobs = jobs
        self._episodes = asyncio.Lock()
        self._untold: dict[str, str] = {}
        self._telling: dict[str, asyncio.Task[None]] = {}

    async def commit(self, waiting: Sequence[Waiting]) -> list[bool]:
        """Keep all of them or none; for each, whether it is new.

        Events without times are told apart by what was said before about their dedup key, so
        batches that hold any go one after another.
        """
        if any(is_untimed(one.event) for one in waiting):
            async with self._episodes:
                return await self._keep(waiting, await self._identified(waiting))
        return await self._keep(waiting, [one.event for one in waiting])

    async def expire(self, age: timedelta) -> int:
        """Delete linked events older than `age`, in every workspace; returns how many."""
        before, deleted = datetime.now(UTC) - age, 0
        while some := await stored.expire(self._graph, before):
            deleted += some
        return deleted

    async def settle(self) -> None:
        """Await the messages under way."""
        await asyncio.gather(*self._telling.values(), return_exceptions=True)

    async def _keep(self, waiting: Sequence[Waiting], events: Sequence[Event | None]) -> list[bool]:
        rows = [
            None if event is None else NewEvent(one.workspace, event, one.received_at)
            for one, event in zip(waiting, events, strict=True)
        ]
        new = {(row.workspace, row.id): row for row in rows if row is not None}
        batches = await stored.commit(self._graph, list(new.values()))
        known = {(batch.workspace, id_) for batch in batches for id_ in batch.duplicates}
        sizes: dict[str, int] = {}
        for workspace, _ in new:
            sizes[workspace] = sizes.get(workspace, 0) + 1
        for batch in batches:
            if len(batch.duplicates) < sizes[batch.workspace]:
                self._send(batch.workspace, batch.batch)
        return _outcomes(rows, known)

    async def _identified(self, waiting: Sequence[Waiting]) -> list[Event | None]:
        keys = {_key(one) for one in waiting if is_untimed(one.event)}
        last: dict[_Key, LastWord | None] = {
            (said.workspace, said.source, said.dedup_key): LastWord(said.status, said.resolution)
            for said in await stored.find_last(self._graph, keys)
        }
        identified: list[Event | None] = []
        for one in waiting:
            key, event = _key(one), one.event
            said = last.get(key)
            chosen = in_episode(event, said) if is_untimed(event) else event
            identified.append(chosen)
            if chosen is not None:
                last[key] = after(chosen, said)
        return identified

    def _send(self, workspace: str, batch: str) -> None:
        # Not awaited: an acknowledgement never waits for the broker, and the outbox has the job.
        self._untold[workspace] = batch
        if workspace not in self._telling:
            self._telling[workspace] = asyncio.create_task(self._tell(workspace))

    async def _tell(self, workspace: str) -> None:
        """Name the newest batch now and then: whoever links it takes along what waits."""
        try:
            while batch := self._untold.pop(workspace, None):
                await self._jobs.enqueue(JobKind.LINK_EVENTS, workspace, batch)
                await asyncio.sleep(MESSAGE_GAP_S)
        finally:
            del self._telling[workspace]


class EventService:
    """Takes one workspace's events in."""

    def __init__(self, workspace: str, group: GroupCommit) -> None:
        self._workspace = workspace
        self._group = group

    async def accept(self, events: Sequence[Event]) -> Accepted:
        """Return once all `events` are committed.

        Raises Unavailable (nothing may be assumed, send again) and InvalidInput.
        """
        now = datetime.now(UTC)
        waiting = [
            # Distinct times keep the order in which one request says things.
            Waiting(self._workspace, event, now + timedelta(microseconds=position))
            for position, event in enumerate(events)
        ]
        parts = [waiting[i : i + BATCH] for i in range(0, len(waiting), BATCH)]
        results = await asyncio.gather(
            *(self._group.submit(part) for part in parts), return_exceptions=True
        )
        new: list[bool] = []
        for result in results:
            if isinstance(result, BaseException):
                raise result
            new += result
        accepted = Counter(e.source for e, is_new in zip(events, new, strict=True) if is_new)
        for source, count in accepted.items():
            EVENTS_ACCEPTED.labels(source).inc(count)
        return Accepted(sum(new), len(new) - sum(new))


def _key(one: Waiting) -> _Key:
    return (one.workspace, one.event.source, one.event.dedup_key)


def _outcomes(rows: Sequence[NewEvent | None], known: set[tuple[str, str]]) -> list[bool]:
    """Whether each is new; of the same event twice in one batch, the first."""
    seen = set(known)
    outcomes = []
    for row in rows:
        key = (row.workspace, row.id) if row else None
        outcomes.append(key is not None and key not in seen)
        if key is not None:
            seen.add(key)
    return outcomes
