"""What every task has in common: bound log, retries, and the life of its job in the outbox."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from math import ceil

import structlog
from celery import Task, current_task
from structlog.contextvars import bound_contextvars

from graph.jobs import Jobs
from labo.bootstrap import App, Services
from labo.errors import Conflict, NotFound, Unavailable
from workers.runtime import open_runtime

log = structlog.get_logger()

JOB_LEASE_S = 330
"""Longer than a task may run, so that the sweeper does not send what still runs."""

RETRY_AFTER_FAILURE_S = 30
_MOST_RETRIES = 5


class LaboTask(Task):
    """Retries what may pass, drops what is decided, fails loudly on anything else."""

    def __call__(self, *args: object, **kwargs: object) -> object:
        with bound_contextvars(task=self.name, task_id=self.request.id, args=list(args)):
            try:
                return super().__call__(*args, **kwargs)
            except Unavailable as error:
                log.warning("task.retried", reason=str(error))
                raise self.retry(
                    exc=error, countdown=_jittered(self.request.retries), max_retries=_MOST_RETRIES
                ) from error
            except (NotFound, Conflict) as error:
                log.info("task.dropped", reason=str(error))
                return None


def run(use: Callable[[App], Awaitable[None]]) -> None:
    """Run `use(app)` on this process's loop."""
    open_runtime().run(use)


def run_job(workspace: str, subject: str, use: Callable[[Services], Awaitable[object]]) -> None:
    """Run the current task's job on `subject`. It is due again later when `use` returns a
    timedelta: after so long.

    A message whose job is done or parked does nothing, so `use` may be costly. The job is
    deleted after `use`; asked for again meanwhile, it is sent once more. `use` has to be safe to
    run twice, even at once: a worker can die between the two, and a second message can come while
    the first one's work is under way.
    """
    kind = str(current_task.name)
    run(lambda app: do_job(app, kind, workspace, subject, use))


async def do_job(
    app: App,
    kind: str,
    workspace: str,
    subject: str,
    use: Callable[[Services], Awaitable[object]],
) -> None:
    """One attempt, and what becomes of the job: done, asked for again, due later, or parked.

    Then the workspace's next job of the kind gets its message, behind those of the others.
    """
    services = app.workspace(workspace)
    jobs = Jobs(services.graph)
    try:
        await _attempt(app, jobs, services, kind, subject, use)
    finally:
        for following in await jobs.claim(kind):
            await app.jobs.enqueue(kind, workspace, following)


async def _attempt(
    app: App,
    jobs: Jobs,
    services: Services,
    kind: str,
    subject: str,
    use: Callable[[Services], Awaitable[object]],
) -> None:
    attempt = await jobs.begin(kind, subject, lease_s=JOB_LEASE_S)
    if attempt is None:
        log.info("job.already_done", kind=kind, subject=subject)
        return
    if attempt.parked:
        log.error("job.parked", kind=kind, subject=subject, attempts=attempt.attempts)
        return
    try:
        answer = await use(services)
    except NotFound:
        await jobs.finish(kind, subject, attempt)
        raise
    except (Unavailable, Conflict) as error:
        # The first writer did other work than this: after a lost race, too, it is still to do.
        lost = isinstance(error, Conflict)
        await jobs.fail(kind, subject, str(error), delay_s=RETRY_AFTER_FAILURE_S, counts=lost)
        raise
    except Exception as error:
        await jobs.fail(kind, subject, repr(error), delay_s=RETRY_AFTER_FAILURE_S)
        raise
    if isinstance(answer, timedelta):
        await jobs.fail(kind, subject, "", delay_s=ceil(answer.total_seconds()), counts=False)
        return
    if not await jobs.finish(kind, subject, attempt):
        await app.jobs.enqueue(kind, services.graph.workspace, subject)


def _jittered(retries: int) -> float:
    """Seconds: doubling from 1, at most 60, each drawn from its upper half."""
    longest = min(60.0, 2.0**retries)
    return random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret
