"""The outbox: work that a write implies, stored until it is done or parked as a dead letter."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import NoneType

from graph.client import Graph, Transaction
from graph.statements import load
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.keys import digest

SEND_GRACE_S = 15
"""How long the direct message may take before the sweeper sends the job again."""

MOST_ATTEMPTS = 5

MOST_UNDER_WAY = 16
"""Jobs of one kind and workspace that have a message or run: a few for each process that a host
runs, so that none idles. What waits beyond them stays out of the broker, whose queues are first
come, first served: there a workspace's backlog would be everybody's."""

HEAD_START_MS = 30 * 60 * 1000
"""How much longer something one severity less must have waited to come first. Severity alone would
let a lasting storm of critical incidents keep the others for ever."""

MOST_DUE = 5_000
"""Due jobs that get a turn in one transaction: some hundred milliseconds."""


@dataclass(frozen=True, slots=True)
class RequestedJob:
    """`is_gone`: another worker was just deleting it, so that it must be requested again."""

    id: str
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """`born` (milliseconds) and `requests` show whether the job was requested again meanwhile."""

    born: int
    requests: int
    attempts: int
    parked: bool


@dataclass(frozen=True, slots=True)
class DueJob:
    workspace: str
    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class JobQueue:
    """Jobs of one kind in one workspace that wait for their turn."""

    workspace: str
    kind: str


@dataclass(frozen=True, slots=True)
class ReplayedJob:
    id: str
    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    id: str
    kind: str
    subject: str
    attempts: int
    parked_at: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """Of all workspaces. Seconds since the oldest was asked for, and since one should have been
    sent again and was not; None where there is none."""

    waiting: int
    oldest_s: int | None
    overdue_s: int | None
    parked: int


UPSERT_JOBS = load("jobs/upsert_jobs", row=RequestedJob)
UPSERT_ATTEMPT = load("jobs/upsert_attempt", row=Attempt)
UPSERT_FAILURE = load("jobs/upsert_failure", row=NoneType)
UPSERT_SENT = load("jobs/upsert_sent", row=str)
UPSERT_DUE = load("jobs/upsert_due", row=int)
UPSERT_PARKED = load("jobs/upsert_parked", row=NoneType)
FIND_NEXT_QUEUE = load("jobs/find_next_queue", row=JobQueue)
UPSERT_REPLAY = load("jobs/upsert_replay", row=ReplayedJob)
DELETE_JOB = load("jobs/delete_job", row=bool)
DELETE_JOBS = load("jobs/delete_jobs", row=NoneType)
FIND_BACKLOG = load("jobs/find_backlog", row=Backlog)
FIND_PARKED = load("jobs/find_parked", row=DeadLetter)


def job_id(kind: str, subject: str) -> str:
    return digest("job", kind, subject)


async def add(
    tx: Transaction, kind: JobKind, subjects: Iterable[str], *, delay_s: int | None = None
) -> list[str]:
    """Ask for `kind` on each subject, within the transaction that implies the work.

    Returns the subjects to send a message for, which may have been asked for earlier: the jobs of
    a kind take turns by severity and age, and only so many have a message at once. What waits or
    runs is counted, and runs once more when it was asked for again while it ran. With `delay_s`
    the sweeper sends them, from then on.
    """
    await ask(tx, kind, subjects, delay_s=delay_s)
    return await _claim(tx, kind, MOST_UNDER_WAY) if delay_s is None else []


async def ask(
    tx: Transaction, kind: JobKind, subjects: Iterable[str], *, delay_s: int | None = None
) -> None:
    """As `add`, without taking those whose turn it is: for a transaction that holds many locks."""
    rows = [
        {"id": job_id(kind, subject), "kind": kind.value, "subject": subject}
        for subject in sorted(set(subjects))
    ]
    rows.sort(key=lambda row: row["id"])
    while rows:
        requested = await tx.run(UPSERT_JOBS, rows=rows, delay=delay_s, head_start_ms=HEAD_START_MS)
        gone = {job.id for job in requested if job.is_gone}
        rows = [row for row in rows if row["id"] in gone]


async def _claim(tx: Transaction, kind: str, most: int) -> list[str]:
    return await tx.run(UPSERT_SENT, kind=str(kind), most=most, grace=SEND_GRACE_S)


async def withdraw(tx: Transaction, kind: JobKind, subjects: Iterable[str]) -> None:
    """Delete jobs whose work was done along with another's; unknown ones are ignored."""
    ids = sorted(job_id(kind, subject) for subject in set(subjects))
    if ids:
        await tx.run(DELETE_JOBS, ids=ids)


async def claim_due(graph: Graph, limit: int) -> list[DueJob]:
    """At most `limit` due jobs, of every workspace and kind as many; each is due again later.

    When there are more queues than `limit`, one of each of so many, drawn by chance.
    """
    while await graph.execute(UPSERT_DUE, limit=MOST_DUE, head_start_ms=HEAD_START_MS) == [
        MOST_DUE
    ]:
        pass
    queues = await _find_queues(graph)
    if len(queues) > limit:
        queues = random.sample(queues, limit)
    most = min(MOST_UNDER_WAY, limit // max(1, len(queues)))
    due: list[DueJob] = []
    for queue in queues:
        subjects = await Jobs(graph.scoped(queue.workspace)).claim(queue.kind, most)
        due += (DueJob(queue.workspace, queue.kind, subject) for subject in subjects)
    return due


async def _find_queues(graph: Graph) -> list[JobQueue]:
    queues: list[JobQueue] = []
    last = JobQueue("", "")
    while found := await graph.fetch(
        FIND_NEXT_QUEUE, after_workspace=last.workspace, after_kind=last.kind
    ):
        [last] = found
        queues.append(last)
    return queues


async def find_backlog(graph: Graph) -> Backlog:
    """What waits in the outbox."""
    [backlog] = await graph.fetch(FIND_BACKLOG)
    return backlog


class Jobs:
    """One workspace's jobs, as a worker and an operator see them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def begin(self, kind: str, subject: str, *, lease_s: int) -> Attempt | None:
        """Count an attempt. None when the job is done or parked: there is nothing to do.

        The count is stored before the work starts, so a job that kills its worker is parked too.
        The sweeper leaves the job alone for `lease_s`.
        """
        rows = await self._graph.execute(
            UPSERT_ATTEMPT, id=job_id(kind, subject), most=MOST_ATTEMPTS, lease=lease_s
        )
        return rows[0] if rows else None

    async def claim(self, kind: str, most: int = MOST_UNDER_WAY) -> list[str]:
        """The subjects whose turn it is, to send a message for each; at most `most` are under way
        then."""
        return await self._graph.write(lambda tx: _claim(tx, kind, most), name=UPSERT_SENT.name)

    async def park(self, kind: JobKind, subject: str, error: str) -> None:
        """Store work that failed for good as a dead letter, which can be replayed."""
        await self._graph.execute(
            UPSERT_PARKED,
            id=job_id(kind, subject),
            kind=kind.value,
            subject=subject,
            error=error[:500],
        )

    async def finish(self, kind: str, subject: str, attempt: Attempt) -> bool:
        """Delete the job. False when it was requested again meanwhile and must run once more: then
        send a message. Of several workers that finish the same job, one gets False."""
        [again] = await self._graph.execute(
            DELETE_JOB,
            id=job_id(kind, subject),
            born=attempt.born,
            requests=attempt.requests,
            grace=SEND_GRACE_S,
        )
        return not again

    async def fail(
        self, kind: str, subject: str, error: str, *, delay_s: int, counts: bool = True
    ) -> None:
        """Save `error`; due again in `delay_s`. `counts=False` when the job is not at fault."""
        await self._graph.execute(
            UPSERT_FAILURE,
            id=job_id(kind, subject),
            error=error[:500],
            delay=delay_s,
            given_back=0 if counts else 1,
        )

    async def find_parked(self, limit: int = 100) -> list[DeadLetter]:
        """Dead letters, the newest first."""
        return await self._graph.fetch(FIND_PARKED, limit=limit)

    async def replay(self, ids: Sequence[str] | None = None) -> list[ReplayedJob]:
        """Make the parked jobs named (ids), by default all, due at once; returns those that were
        parked."""
        return await self._graph.execute(UPSERT_REPLAY, ids=list(ids) if ids is not None else None)
