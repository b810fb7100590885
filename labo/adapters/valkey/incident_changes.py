"""Notifying subscribers that an incident changed: Redis pub/sub, best effort."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import redis.asyncio as redis
import structlog
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from labo.errors import Unavailable

log = structlog.get_logger()


class IncidentChanges:
    """The changes of one workspace. A lost message costs a subscriber a refresh, nothing more."""

    def __init__(self, client: redis.Redis, workspace: str) -> None:
        self._client = client
        self.channel = f"labo:{workspace}:incidents"

    async def publish(self, incident_id: str) -> None:
        """Never raises for a Redis that is away: the write is committed already."""
        try:
            await self._client.publish(self.channel, incident_id)
        except (RedisError, OSError) as error:
            log.warning("incident_change.not_published", reason=type(error).__name__)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[AsyncGenerator[str, None]]:
        """Ids of incidents as they change, from the moment this is entered.

        Raises Unavailable when Redis goes away.
        """
        try:
            async with self._client.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.subscribe(self.channel)
                yield _ids(subscription)
        except RedisError as error:
            raise Unavailable("changes can't be followed now", hint="see `labo doctor`") from error


async def _ids(subscription: PubSub) -> AsyncGenerator[str, None]:
    async for message in subscription.listen():
        yield str(message["data"])
