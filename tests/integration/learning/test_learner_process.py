"""The learner as a part of the stream process, woken over a real stream, killed and stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from graph import snapshots
from graph.client import Graph
from labo.adapters.valkey.experience_stream import GROUP, STREAM_KEY, ExperienceStream, WakeUp
from labo.bootstrap import App, build
from labo.domain.learning.state import LearnerState, fold
from labo.errors import Unavailable
from labo.services.learning.learner import LearningService
from labo.settings import Settings
from tests.builders.experiences import numbered
from tests.conftest import TestStack
from tests.integration.learning.test_learner import a_stream, save
from workers.stream import learner

pytestmark = pytest.mark.stack

KILLED = """
import asyncio, os, signal
from labo.adapters.valkey.experience_stream import ExperienceStream
from labo.bootstrap import build
from labo.settings import Settings
from workers.stream.learner import learn

async def die(self, messages):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    await learn(await build(Settings()), asyncio.Event())

ExperienceStream.done = die
asyncio.run(main())
"""


@pytest.fixture
async def redis_url(stack: TestStack) -> AsyncIterator[str]:
    """An empty database of the run's Valkey: the stream has one name for everybody."""
    url = stack.redis_url.rpartition("/")[0] + "/9"
    client = Redis.from_url(url)
    await client.flushdb()
    yield url
    await client.flushdb()
    await client.aclose()


@pytest.fixture
async def app(
    stack: TestStack, migrated: Graph, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[App]:
    del migrated
    settings = Settings.model_validate(
        {
            "workspace": f"learner-{uuid.uuid4().hex}",
            "data_dir": tmp_path_factory.mktemp("learner"),
            "neo4j": {"uri": stack.neo4j_uri, "password": stack.neo4j_password},
            "redis": {"url": redis_url},
        }
    )
    app = await build(settings)
    yield app
    await app.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what another task or process does; a minute for a crowded machine."""
    for _ in range(600):
        if await holds():
            return
        await asyncio.sleep(0.1)
    pytest.fail("in vain")


async def waiting(app: App) -> int:
    return int(await app.redis.xlen(STREAM_KEY))


async def consumers(app: App) -> list[tuple[str, int]]:
    """Name and number of unfinished messages of each."""
    return [
        (one["name"], one["pending"]) for one in await app.redis.xinfo_consumers(STREAM_KEY, GROUP)
    ]


async def test_a_killed_learner_is_replaced_and_a_stopped_one_leaves_a_snapshot(
    app: App, stack: TestStack, redis_url: str
) -> None:
    """SIGKILL between learning and acknowledging: the next one learns what came since, nothing
    twice, and the state is the one that a replay from nothing gives."""
    labo, stream = app.workspace(), a_stream(5)
    await save(labo.graph, *stream[:6])
    await labo.learning.wake()
    env = {
        **os.environ,
        **stack.env,
        "LABO_REDIS__URL": redis_url,
        "LABO_WORKSPACE": labo.graph.workspace,
        "LABO_DATA_DIR": str(app.settings.data_dir),
    }
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED], env=env, check=False, timeout=120
    )
    assert died.returncode == -signal.SIGKILL
    assert (await labo.learning.status()).position == 6
    assert [pending for _, pending in await consumers(app)] == [1]

    stop = asyncio.Event()
    running = asyncio.create_task(learner.learn(app, stop))
    await save(labo.graph, *stream[6:])
    await labo.learning.wake()

    async def acknowledged() -> bool:
        return await waiting(app) == 1  # the one that the killed learner held

    await until(acknowledged)
    stop.set()
    await running

    fresh = LearningService(labo.graph)
    assert await fresh.state() == fold(LearnerState(), numbered(stream))
    assert [(k.position, k.reason) for k in await snapshots.find(labo.graph)] == [(10, "stop")]
    assert len(await consumers(app)) == 1
    assert not (await fresh.replay(1)).moved


async def test_a_learner_stops_though_its_snapshot_cannot_be_kept(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the graph away at the end nothing is lost: the next learner folds again."""
    labo = app.workspace()
    await save(labo.graph, *a_stream(1))
    await labo.learning.wake()
    stop = asyncio.Event()
    running = asyncio.create_task(learner.learn(app, stop))

    async def learnt() -> bool:
        return (await labo.learning.status()).position == 2 and await waiting(app) == 0

    await until(learnt)

    async def away(self: LearningService) -> None:
        raise Unavailable("the graph is away")

    monkeypatch.setattr(LearningService, "take_snapshot", away)
    stop.set()
    await running

    assert (await labo.learning.status()).snapshot == 0


async def test_the_stream_names_workspaces_until_they_are_learnt(app: App) -> None:
    """Two consumers share the messages; what is acknowledged is gone from the stream."""
    one, other = (ExperienceStream(app.redis, name) for name in ("one", "other"))
    await one.prepare()
    await other.prepare()  # the group is there already
    for workspace in ("a", "b"):
        await one.announce(workspace)
    read = await one.read(block_ms=10)
    assert [message.workspace for message in read] == ["a", "b"]
    assert await other.read(block_ms=10) == []
    await one.done(read[:1])
    assert [fields["workspace"] for _, fields in await app.redis.xrange(STREAM_KEY)] == ["b"]
    assert sorted(await consumers(app)) == [("one", 1), ("other", 0)]

    await other.forget()
    await one.done([WakeUp(read[1].id, "b")])
    assert await consumers(app) == [("one", 0)]


async def test_announcing_never_fails_and_preparing_says_what_is_in_the_way(app: App) -> None:
    """A Redis that is away delays learning until the outbox's job; a key of another type is an
    error that nobody waits out."""
    away = Redis.from_url("redis://127.0.0.1:1/0")
    await ExperienceStream(away).announce("a")
    await away.aclose()
    await app.redis.set(STREAM_KEY, "something else")

    await ExperienceStream(app.redis).announce("a")
    with pytest.raises(ResponseError):
        await ExperienceStream(app.redis, "one").prepare()
