"""Group commit: many requests, one transaction.

No timer: a free writer takes whatever waits, at most `BATCH` events, so an idle server answers
at once and a busy one fills its batches by itself. Two writers, because one leaves the database
idle while Python works.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from graph.failures import ServerFault
from labo.domain.incidents.events import Event
from labo.errors import Conflict, InvalidInput, LaboError, Unavailable

log = structlog.get_logger()

BATCH = 500
WRITERS = 2
_CONFLICT_RETRIES = 3
_FAULTS_A_BATCH = 2 * (BATCH.bit_length() + 1)
"""Failed commits by which one batch may be divided: enough to find two events that the server fails
at among `BATCH`, and little for a server that fails at all."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One event on its way into the graph."""

    workspace: str
    event: Event
    received_at: datetime


Commit = Callable[[Sequence[Waiting]], Awaitable[list[bool]]]
"""Commits all or none; answers for each whether it is new. Raises Unavailable when it may work
later, InvalidInput, ValueError or OverflowError when a value of theirs can't be stored."""


@dataclass(frozen=True, slots=True)
class _Request:
    waiting: tuple[Waiting, ...]
    done: asyncio.Future[list[bool]]


class GroupCommit:
    """Bound to one event loop; shared by all requests and workspaces of a process.

    `queue_max` is how many events may wait, so that a request of more can never be stored.
    """

    def __init__(self, commit: Commit, *, queue_max: int) -> None:
        self._commit = commit
        self.queue_max = queue_max
        self._queue: deque[_Request] = deque()
        self._events_waiting = 0
        self._wake = asyncio.Event()
        self._writers: list[asyncio.Task[None]] = []
        self._stopping = False

    async def submit(self, waiting: Sequence[Waiting]) -> list[bool]:
        """For each event whether it is new, once all of them are committed.

        At most `BATCH` events. Raises Unavailable when too many wait, the graph is away or fails,
        or the process stops; InvalidInput when one of them can't be stored (the others are).
        """
        if self._stopping:
            raise Unavailable("the server is stopping")
        if self._events_waiting + len(waiting) > self.queue_max:
            raise Unavailable("too many events wait to be stored", retry_after=2)
        request = _Request(tuple(waiting), asyncio.get_running_loop().create_future())
        self._queue.append(request)
        self._events_waiting += len(waiting)
        self._start()
        self._wake.set()
        return await request.done

    async def stop(self) -> None:
        """Refuse what waits and await the commits in flight. Nothing acknowledged is given up."""
        self._stopping = True
        while self._queue:
            _fail(self._queue.popleft(), Unavailable("the server is stopping"))
        self._events_waiting = 0
        self._wake.set()
        await asyncio.gather(*self._writers, return_exceptions=True)

    def _start(self) -> None:
        # Also after a worker's cleaning up has cancelled them: a task's time limit ends only its
        # own work.
        self._writers = [writer for writer in self._writers if not writer.done()]
        while len(self._writers) < WRITERS:
            self._writers.append(asyncio.create_task(self._write(), name="group-commit"))

    async def _write(self) -> None:
        while True:
            while not self._queue:
                if self._stopping:
                    return
                self._wake.clear()
                await self._wake.wait()
            requests = self._next_batch()
            if not requests:
                continue
            try:
                await self._commit_requests(requests)
            except BaseException:
                for request in requests:
                    _fail(request, Unavailable("the commit was interrupted"))
                raise

    def _next_batch(self) -> list[_Request]:
        """As many requests as fit. Without those that were given up meanwhile: their senders were
        refused and send again, and what nobody waits for must not fill the memory."""
        taken: list[_Request] = []
        size = 0
        while self._queue and size + len(self._queue[0].waiting) <= BATCH:
            request = self._queue.popleft()
            self._events_waiting -= len(request.waiting)
            if not request.done.done():
                size += len(request.waiting)
                taken.append(request)
        return taken

    async def _commit_requests(self, requests: Sequence[_Request]) -> None:
        batch = _Batch(self._commit)
        outcomes = await batch.outcomes([w for request in requests for w in request.waiting])
        position = 0
        for request in requests:
            own = outcomes[position : position + len(request.waiting)]
            position += len(own)
            errors = [outcome for outcome in own if isinstance(outcome, LaboError)]
            if errors:
                # The sender should retry if it can: then the rest of its events are ingested.
                _fail(request, min(errors, key=lambda e: not isinstance(e, Unavailable)))
            elif not request.done.done():
                request.done.set_result([outcome is True for outcome in own])


@dataclass(slots=True)
class _Batch:
    """One batch on its way, and how many `faults` of the server its parts met."""

    commit: Commit
    faults: int = 0

    async def outcomes(
        self, batch: Sequence[Waiting], retries: int = _CONFLICT_RETRIES
    ) -> list[bool | LaboError]:
        """Commit `batch`; where that fails for good, find the offending events by bisecting.

        Only a value that can't be stored is its sender's fault. An event at which the server fails
        is set apart likewise, so that it takes no other with it, but its sender may send again.
        """
        try:
            return list(await self.commit(batch))
        except (InvalidInput, ValueError, OverflowError) as error:
            if len(batch) == 1:
                return [_refused(batch[0], error)]
            return await self._halves(batch)
        except Conflict as error:
            if retries:
                return await self.outcomes(batch, retries - 1)
            return [Unavailable(error.message)] * len(batch)
        except ServerFault as error:
            return await self._divided(batch, error)
        except Unavailable as error:
            return [error] * len(batch)
        except Exception:
            log.exception("events.commit_failed", events=len(batch))
            return await self._divided(batch, Unavailable("the events could not be stored"))

    async def _divided(
        self, batch: Sequence[Waiting], fault: Unavailable
    ) -> list[bool | LaboError]:
        self.faults += 1
        if len(batch) == 1 or self.faults > _FAULTS_A_BATCH:
            return [fault] * len(batch)
        return await self._halves(batch)

    async def _halves(self, batch: Sequence[Waiting]) -> list[bool | LaboError]:
        half = len(batch) // 2
        return await self.outcomes(batch[:half]) + await self.outcomes(batch[half:])


def _refused(waiting: Waiting, error: Exception) -> InvalidInput:
    log.error(
        "event.refused",
        source=waiting.event.source,
        event_id=waiting.event.id,
        workspace=waiting.workspace,
        reason=repr(error)[:500],
    )
    return InvalidInput(
        "this event cannot be stored",
        where=f"event {waiting.event.source_event_id}",
        hint="its values are not representable in the graph",
    )


def _fail(request: _Request, error: LaboError) -> None:
    if not request.done.done():
        request.done.set_exception(error)
