"""The schedule inside a worker: one on all hosts, begun again when it ends."""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
import redis
from celery import Celery

from tests.conftest import TestStack
from workers.schedule import ScheduleProcess, ScheduleStep

pytestmark = pytest.mark.stack


@pytest.fixture
def ticking(stack: TestStack) -> Iterator[Celery]:
    """An application that sends a message every 0.2 s to a queue of its own; no worker reads it."""
    queue = f"ticks-{uuid.uuid4().hex}"
    app = Celery("ticking", broker=stack.redis_url, set_as_current=False)
    app.conf.update(
        task_default_queue=queue,
        beat_scheduler="redbeat.RedBeatScheduler",
        beat_max_loop_interval=1,
        redbeat_lock_timeout=2,
        redbeat_redis_url=stack.redis_url,
        redbeat_key_prefix=f"{queue}:",
        beat_schedule={"tick": {"task": "tick", "schedule": 0.2}},
    )
    yield app
    app.close()


def senders(app: Celery, count: int) -> set[str]:
    """Waits for `count` more messages, and says which processes sent them."""
    queue, seen = app.conf.task_default_queue, []
    with redis.Redis.from_url(app.conf.broker_url) as client:
        client.delete(queue)

        def has_enough() -> bool:
            while message := client.rpop(queue):
                seen.append(json.loads(message)["headers"]["origin"])
            return len(seen) >= count

        until(has_enough)
    return set(seen)


def until(condition: Callable[[], bool]) -> None:
    """Waits for another process; fails loudly when it never comes."""
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_of_two_hosts_one_runs_the_schedule(ticking: Celery) -> None:
    """Every message comes from one process; the other goes on when that one ends, or is killed."""
    first, second = ScheduleProcess(ticking), ScheduleProcess(ticking)
    first.start()
    leader = senders(ticking, 5)
    second.start()
    try:
        assert leader == senders(ticking, 5) == {f"gen{first.pid}@{os.uname().nodename}"}

        first.terminate()
        first.join()
        assert first.exitcode == 0
        assert senders(ticking, 5) == {f"gen{second.pid}@{os.uname().nodename}"}
    finally:
        first.terminate()
        second.terminate()
        second.join()


def test_a_schedule_that_was_killed_is_started_again(ticking: Celery) -> None:
    """The worker looks after it: what `--beat` of Celery would not do."""
    step = ScheduleStep(object(), with_schedule=True)
    step.stay_running(ticking)
    assert step.process is not None
    killed = step.process.pid
    senders(ticking, 2)
    step.stay_running(ticking)
    assert step.process.pid == killed

    os.kill(killed, signal.SIGKILL)
    step.process.join()
    step.stay_running(ticking)
    try:
        assert step.process.pid != killed
        assert senders(ticking, 2) == {f"gen{step.process.pid}@{os.uname().nodename}"}
    finally:
        process = step.process
        step.stop(object())
    assert process.exitcode == 0


def test_a_schedule_that_hangs_is_replaced(
    ticking: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is alive and sends nothing; the worker sees that its rounds have stopped."""
    monkeypatch.setattr("workers.schedule._STANDS_STILL_S", 3.0)
    step = ScheduleStep(object(), with_schedule=True)
    step.stay_running(ticking)
    assert step.process is not None
    hanging = step.process
    senders(ticking, 2)
    assert hanging.ticked_at is not None and not hanging.stands_still

    os.kill(hanging.pid, signal.SIGSTOP)
    until(lambda: hanging.stands_still)
    step.stay_running(ticking)
    try:
        assert not hanging.is_alive()
        assert senders(ticking, 2) == {f"gen{step.process.pid}@{os.uname().nodename}"}
    finally:
        step.stop(object())


def test_only_a_worker_that_is_asked_to_runs_it() -> None:
    """Workers of other queues, and on other hosts, are started without."""
    assert not ScheduleStep(object()).include_if(object())
    assert ScheduleStep(object(), with_schedule=True).include_if(object())
