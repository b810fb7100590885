"""The stream that wakes learners: a message names a workspace with experiences, never which.

The experiences are in Neo4j. A lost message delays learning until the outbox's job, nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError, ResponseError

log = structlog.get_logger()

STREAM_KEY = "labo:experiences"
GROUP = "labo-learner"
_MOST_WAITING = 10_000
_FIELD = "workspace"


@dataclass(frozen=True, slots=True)
class WakeUp:
    """One message: `workspace` has something to learn."""

    id: str
    workspace: str


class ExperienceStream:
    """Both sides of the stream; `consumer` must differ between running learners."""

    def __init__(self, client: redis.Redis, consumer: str = "") -> None:
        self._client = client
        self._consumer = consumer

    async def announce(self, workspace: str) -> None:
        """Never raises for a Redis that is away: the outbox has the job."""
        try:
            await self._client.xadd(
                STREAM_KEY, {_FIELD: workspace}, maxlen=_MOST_WAITING, approximate=True
            )
        except (RedisError, OSError) as error:
            log.warning("experiences.not_announced", reason=type(error).__name__)

    async def prepare(self) -> None:
        """Create the stream and the group where they are missing."""
        try:
            await self._client.xgroup_create(STREAM_KEY, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def read(self, *, block_ms: int) -> list[WakeUp]:
        """New messages, waiting for the first. `block_ms` must be under the socket's timeout."""
        answer = await self._client.xreadgroup(
            GROUP, self._consumer, {STREAM_KEY: ">"}, count=100, block=block_ms
        )
        if not answer or not isinstance(answer, list):
            return []
        return [WakeUp(str(key), fields[_FIELD]) for _, rows in answer for key, fields in rows]

    async def done(self, messages: list[WakeUp]) -> None:
        """Acknowledge and delete: what they were about is learnt."""
        ids = [message.id for message in messages]
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.xack(STREAM_KEY, GROUP, *ids)
            pipe.xdel(STREAM_KEY, *ids)
            await pipe.execute()

    async def forget(self) -> None:
        """Take the consumer's name out of the group; what it left is the outbox's."""
        await self._client.xgroup_delconsumer(STREAM_KEY, GROUP, self._consumer)
