"""The loop of a worker process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from labo.bootstrap import App
from labo.settings import Settings
from workers.runtime import Runtime


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """Nothing listens at these addresses; connections are opened on first use only."""
    runtime = Runtime(
        Settings.model_validate(
            {
                "data_dir": tmp_path,
                "neo4j": {"uri": "bolt://127.0.0.1:1", "password": "unused-here"},
                "redis": {"url": "redis://127.0.0.1:1/0"},
            }
        )
    )
    yield runtime
    runtime.close()


@pytest.fixture
def soft_limit() -> Iterator[None]:
    """Celery's soft time limit, as its prefork children get it: an exception in a signal."""

    def expire(number: int, frame: FrameType | None) -> None:
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_what_a_time_limit_interrupted_does_not_go_on_in_later_tasks(
    runtime: Runtime, soft_limit: None
) -> None:
    """The coroutine and what it started are cancelled before the next task runs."""
    went_on: list[str] = []

    async def child() -> None:
        await asyncio.sleep(0.5)
        went_on.append("child")

    async def slow(app: App) -> None:
        background = asyncio.create_task(child())
        await asyncio.sleep(0.5)
        went_on.append("task")
        await background

    async def later(app: App) -> None:
        await asyncio.sleep(0.8)

    with pytest.raises(SoftTimeLimitExceeded):
        runtime.run(slow)
    runtime.run(later)

    assert went_on == []


def test_what_outlives_tasks_on_purpose_is_left_alone(runtime: Runtime) -> None:
    """Only what the failed task itself started is cancelled."""
    tasks: list[asyncio.Task[str]] = []

    async def background() -> str:
        await asyncio.sleep(0.1)
        return "done"

    async def start(app: App) -> None:
        tasks.append(asyncio.create_task(background()))

    async def fail(app: App) -> None:
        raise ValueError("of the task")

    async def wait(app: App) -> str:
        return await tasks[0]

    runtime.run(start)
    with pytest.raises(ValueError, match="of the task"):
        runtime.run(fail)

    assert runtime.run(wait) == "done"


def test_a_task_uses_the_one_app_of_its_process(runtime: Runtime) -> None:
    """Connections are opened once per process, not per task."""

    async def itself(app: App) -> App:
        return app

    assert runtime.run(itself) is runtime.run(itself)
