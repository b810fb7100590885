"""The outbox: work that a write implies, stored until it is done or parked as a dead letter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import NoneType

from graph.client import Graph, Transaction
from graph.statements import load
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.keys import digest

SEND_GRACE_S = 15
"""How long the direct message may take before the sweeper sends the job again."""

MOST_ATTEMPTS = 5


class JobState(StrEnum):
    """What a request for a job found: none yet, one that waits or runs, one just being deleted."""

    SEND = "send"
    WAITS = "waits"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class RequestedJob:
    id: str
    subject: str
    state: JobState


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
UPSERT_DUE = load("jobs/upsert_due", row=DueJob)
UPSERT_REPLAY = load("jobs/upsert_replay", row=ReplayedJob)
DELETE_JOB = load("jobs/delete_job", row=bool)
DELETE_JOBS = load("jobs/delete_jobs", row=NoneType)
FIND_BACKLOG = load("jobs/find_backlog", row=Backlog)
FIND_PARKED = load("jobs/find_parked", row=DeadLetter)


def job_id(kind: str, subject: str) -> str:
    return digest("job", kind, subject)


async def add(
    tx: Transaction, kind: JobKind, subjects: Iterable[str], *, delay_s: int = SEND_GRACE_S
) -> list[str]:
    """Ask for `kind` on each subject, within the transaction that implies the work.

    Returns the subjects to send a message for; what waits or runs already has one, and runs once
    more when it was asked for again while it ran.
    """
    rows = [
        {"id": job_id(kind, subject), "kind": kind.value, "subject": subject, "delay": delay_s}
        for subject in sorted(set(subjects))
    ]
    rows.sort(key=lambda row: str(row["id"]))
    unsent: list[str] = []
    while rows:
        requested = await tx.run(UPSERT_JOBS, rows=rows)
        unsent += [job.subject for job in requested if job.state is JobState.SEND]
        gone = {job.id for job in requested if job.state is JobState.GONE}
        rows = [row for row in rows if row["id"] in gone]
    return unsent


async def withdraw(tx: Transaction, kind: JobKind, subjects: Iterable[str]) -> None:
    """Delete jobs whose work was done along with another's; unknown ones are ignored."""
    ids = sorted(job_id(kind, subject) for subject in set(subjects))
    if ids:
        await tx.run(DELETE_JOBS, ids=ids)


async def claim_due(graph: Graph, limit: int) -> list[DueJob]:
    """At most `limit` due jobs of every workspace; each is pushed back before it is sent."""
    return await graph.execute(UPSERT_DUE, limit=limit)


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
