"""Learning as a part of the stream process: woken by its stream, a snapshot when it stops."""

from __future__ import annotations

import asyncio
import os
import socket

import structlog
from redis.exceptions import RedisError

from labo.adapters.valkey.experience_stream import ExperienceStream
from labo.bootstrap import App
from labo.errors import LaboError

BLOCK_MS = 1_000

log = structlog.get_logger()


async def learn(app: App, stop: asyncio.Event) -> None:
    """Until `stop` is set. What is missed here, the outbox's job `learning.catch_up` learns."""
    stream = ExperienceStream(app.redis, f"{socket.gethostname()}-{os.getpid()}")
    await stream.prepare()
    learnt: set[str] = set()
    try:
        while not stop.is_set():
            messages = await stream.read(block_ms=BLOCK_MS)
            for workspace in sorted({message.workspace for message in messages}):
                await app.workspace(workspace).learning.catch_up()
                learnt.add(workspace)
            if messages:
                await stream.done(messages)
    finally:
        await _leave(app, stream, learnt)


async def _leave(app: App, stream: ExperienceStream, learnt: set[str]) -> None:
    """So that the next learner need not fold again what this one has; no harm if it must."""
    try:
        for workspace in sorted(learnt):
            await app.workspace(workspace).learning.take_snapshot()
        await stream.forget()
    except (LaboError, RedisError, OSError) as error:
        log.warning("learner.left_without_snapshot", reason=str(error))
