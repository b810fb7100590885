"""Telling subscribers that an incident changed: Redis pub/sub, best effort."""

from __future__ import annotations

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

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
