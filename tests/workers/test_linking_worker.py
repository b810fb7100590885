"""Events accepted by this process, linked by a real worker process."""

from __future__ import annotations

import os
import signal

import pytest
from redis import Redis

from tests.builders.events import an_alert
from tests.workers.conftest import Floor, children

pytestmark = pytest.mark.stack

INCIDENTS = "MATCH (i:Incident {workspace: $w}) RETURN count(i)"
UNLINKED = "MATCH (e:Event {workspace: $w}) WHERE e.linked_at IS NULL RETURN count(e)"
# Long overdue: the sweeper takes the oldest first, and other tests leave jobs behind.
OVERDUE = "MATCH (j:Job {workspace: $w}) SET j.due_at = datetime('2000-01-01') RETURN count(j)"
ATTEMPTS = "MATCH (j:Job {workspace: $w}) RETURN coalesce(sum(j.attempts), 0)"
LINK_JOBS = "MATCH (j:Job {workspace: $w, kind: 'events.link'}) RETURN count(j)"


async def test_an_accepted_event_becomes_an_incident(floor: Floor) -> None:
    """From the commit over the broker to the incident; the job is gone when it is done."""
    floor.pool.start()
    await floor.app.workspace().events.accept([an_alert()])

    async def linked() -> bool:
        return await floor.count(INCIDENTS) == 1 and await floor.count(LINK_JOBS) == 0

    await floor.until(linked, "an incident")


async def test_a_worker_child_killed_in_its_task_loses_nothing(floor: Floor) -> None:
    """The task is handed out again, and the batch is linked once."""
    parent = floor.pool.start()
    async with floor.app.graph._driver.session() as session:
        blocking = await session.begin_transaction()
        await blocking.run(
            "MERGE (l:Lock {workspace: $w, key: 'linking'}) SET l.updated_at = datetime()",
            w=floor.settings.workspace,
        )
        await floor.app.workspace().events.accept([an_alert()])

        async def began() -> bool:
            return await floor.count(ATTEMPTS) == 1

        await floor.until(began, "an attempt")
        for child in children(parent):
            os.kill(child, signal.SIGKILL)
        await blocking.rollback()

    async def linked() -> bool:
        return await floor.count(UNLINKED) == 0 and await floor.count(LINK_JOBS) == 0

    await floor.until(linked, "the second attempt")

    assert await floor.count(INCIDENTS) == 1
    assert "WorkerLostError" in floor.pool.logs()


async def test_what_a_lost_broker_forgot_is_sent_again_by_the_sweeper(floor: Floor) -> None:
    """The outbox has the job, whatever becomes of its message."""
    await floor.app.workspace().events.accept([an_alert()])
    await floor.app.event_store.settle()
    with Redis.from_url(floor.broker_url) as broker:
        broker.flushdb()
    await floor.count(OVERDUE)
    floor.pool.start()
    await floor.ready()
    await floor.app.jobs.enqueue("jobs.sweep")

    async def linked() -> bool:
        return await floor.count(INCIDENTS) == 1 and await floor.count(LINK_JOBS) == 0

    await floor.until(linked, "an incident")
