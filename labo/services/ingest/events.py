"""Accepting events: acknowledged means committed; the same event twice changes nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import prometheus_client
import structlog

from graph import events as stored
from graph.client import Graph, Transaction
from graph.events import CommittedBatch, NewEvent
from labo.domain.entities.jobs import JobKind
from labo.domain.incidents.events import Event, implausible_time
from labo.domain.incidents.untimed_events import LastEvent, after, in_episode, is_untimed
from labo.errors import InvalidInput
from labo.ports.jobs import Jobs
from labo.services.ingest.group_commit import BATCH, GroupCommit, Waiting

EVENTS_ACCEPTED = prometheus_client.Counter(
    "labo_events_accepted_total", "Events committed and acknowledged.", ["source"]
)

EVENTS_REFUSED = prometheus_client.Counter(
    "labo_events_refused_total", "Events that cannot be stored, and are not.", ["source"]
)

Accept = Callable[[str, Sequence[Event]], Awaitable[object]]
"""Takes a workspace's events in, for what emits events of its own."""

_Key = tuple[str, str, str]
_Identify = Callable[[Transaction, Sequence[Waiting]], Awaitable[list[NewEvent | None]]]

log = structlog.get_logger()

_TICK = timedelta(microseconds=1)

MESSAGE_GAP_S = 0.5
"""One message for all that is committed meanwhile, the first at once: a message a commit would
outrun the workers, and each keeps those of other workspaces waiting."""


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """An event that is not stored: its position among those given, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many events are new, how many the graph had already, and which are not stored."""

    accepted: int
    duplicates: int
    refused: tuple[RefusedEvent, ...] = ()


class EventStore:
    """Commits batches of any workspaces and notifies the workers. One per process."""

    def __init__(self, graph: Graph, jobs: Jobs) -> None:
        self._graph = graph
        self._jobs = jobs
        self._episodes = asyncio.Lock()
        self._untold: dict[str, str] = {}
        self._forwarding: dict[str, asyncio.Task[None]] = {}

    async def commit(self, waiting: Sequence[Waiting]) -> list[bool]:
        """Save all of them or none; for each, whether it is new.

        Events without times are distinguished by the earlier events of their dedup key, so
        transactions that contain any run one after another, across processes.
        """
        if any(is_untimed(one.event) for one in waiting):
            async with self._episodes:  # first, so that no connection is held while waiting
                return await self._save(waiting, _in_turn)
        return await self._save(waiting, _as_they_are)

    async def expire(self, age: timedelta) -> int:
        """Delete linked events older than `age`, in every workspace; returns how many."""
        before, deleted = datetime.now(UTC) - age, 0
        while some := await stored.expire(self._graph, before):
            deleted += some
        return deleted

    async def settle(self) -> None:
        """Await the messages under way."""
        await asyncio.gather(*self._forwarding.values(), return_exceptions=True)

    async def _save(self, waiting: Sequence[Waiting], identify: _Identify) -> list[bool]:
        async def unit(tx: Transaction) -> tuple[list[NewEvent | None], list[CommittedBatch]]:
            rows = await identify(tx, waiting)
            new = {(row.workspace, row.id): row for row in rows if row is not None}
            return rows, await stored.add(tx, list(new.values()))

        rows, batches = await self._graph.write(unit, name="events.accept")
        known = {(batch.workspace, id_) for batch in batches for id_ in batch.duplicates}
        outcomes = _outcomes(rows, known)
        fresh = {one.workspace for one, new in zip(waiting, outcomes, strict=True) if new}
        for batch in batches:
            if batch.workspace in fresh:
                self._send(batch.workspace, batch.batch)
        return outcomes

    def _send(self, workspace: str, batch: str) -> None:
        # Not awaited: an acknowledgement never waits for the broker, and the outbox has the job.
        self._untold[workspace] = batch
        if workspace not in self._forwarding:
            self._forwarding[workspace] = asyncio.create_task(self._forward(workspace))

    async def _forward(self, workspace: str) -> None:
        """Name the newest batch now and then: the worker that links it also links what waits."""
        try:
            while batch := self._untold.pop(workspace, None):
                await self._jobs.enqueue(JobKind.LINK_EVENTS, workspace, batch)
                await asyncio.sleep(MESSAGE_GAP_S)
        finally:
            del self._forwarding[workspace]


class EventService:
    """Takes one workspace's events in."""

    def __init__(self, workspace: str, group: GroupCommit) -> None:
        self._workspace = workspace
        self._group = group

    async def accept(self, events: Sequence[Event]) -> Accepted:
        """Return once all `events` that can be stored are committed; the others are named.

        An event whose times cannot be true is refused: in the graph it would spoil the linking of
        the others. Raises Unavailable: nothing may be assumed, send again.
        """
        now = datetime.now(UTC)
        refused: list[RefusedEvent] = []
        waiting: list[tuple[int, Waiting]] = []
        for position, event in enumerate(events):
            if reason := implausible_time(event, now):
                log.info("event.refused", source=event.source, event_id=event.id, reason=reason)
                refused.append(RefusedEvent(position, reason))
                continue
            # Distinct times preserve the order within one request.
            received_at = now + timedelta(microseconds=position)
            waiting.append((position, Waiting(self._workspace, event, received_at)))
        parts = [waiting[i : i + BATCH] for i in range(0, len(waiting), BATCH)]
        results = await asyncio.gather(*map(self._submit, parts), return_exceptions=True)
        new: list[tuple[Event, bool]] = []
        for part, result in zip(parts, results, strict=True):
            if isinstance(result, BaseException):
                raise result
            for (position, one), outcome in zip(part, result, strict=True):
                if isinstance(outcome, InvalidInput):
                    refused.append(RefusedEvent(position, outcome.message))
                else:
                    new.append((one.event, outcome))
        for source, count in Counter(event.source for event, is_new in new if is_new).items():
            EVENTS_ACCEPTED.labels(source).inc(count)
        for refusal in refused:
            EVENTS_REFUSED.labels(events[refusal.index].source).inc()
        accepted = sum(is_new for _, is_new in new)
        return Accepted(accepted, len(new) - accepted, tuple(refused))

    async def _submit(self, part: Sequence[tuple[int, Waiting]]) -> list[bool | InvalidInput]:
        """For each event whether it is new, or why it cannot be stored.

        A part with such an event is refused as a whole, although its others are stored; sent again
        one by one, those count as duplicates and the one at fault is found.
        """
        waiting = [one for _, one in part]
        try:
            return [*await self._group.submit(waiting)]
        except InvalidInput as error:
            if len(waiting) == 1:
                return [error]
        halves = await asyncio.gather(*(self._submit([item]) for item in part))
        return [outcome for half in halves for outcome in half]


async def _as_they_are(tx: Transaction, waiting: Sequence[Waiting]) -> list[NewEvent | None]:
    del tx
    return [NewEvent(one.workspace, one.event, one.received_at) for one in waiting]


async def _in_turn(tx: Transaction, waiting: Sequence[Waiting]) -> list[NewEvent | None]:
    """Each event under its identity; None for one that repeats the end of an episode.

    An event without times counts as received after the events before it: a process that takes a
    turn later may have received it earlier, and the graph orders by receipt.
    """
    keys = {_key(one) for one in waiting if is_untimed(one.event)}
    await stored.lock_episodes(tx, (workspace for workspace, _, _ in keys))
    last: dict[_Key, LastEvent | None] = {}
    latest: dict[_Key, datetime] = {}
    for last_event in await stored.find_last(tx, keys):
        key = (last_event.workspace, last_event.source, last_event.dedup_key)
        last[key], latest[key] = (
            LastEvent(last_event.status, last_event.resolution),
            last_event.received_at,
        )
    identified: list[NewEvent | None] = []
    for one in waiting:
        key, event, received_at = _key(one), one.event, one.received_at
        before = last.get(key)
        if is_untimed(event):
            if key in latest:
                received_at = max(received_at, latest[key] + _TICK)
            chosen = in_episode(event, before)
        else:
            chosen = event
        if chosen is None:
            identified.append(None)
            continue
        identified.append(NewEvent(one.workspace, chosen, received_at))
        last[key] = after(chosen, before)
        latest[key] = max(received_at, latest.get(key, received_at))
    return identified


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
