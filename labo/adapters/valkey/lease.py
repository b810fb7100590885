"""Leases in Valkey or Redis: who does a piece of work now. They save work, and guard nothing."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

log = structlog.get_logger()

_TTL_S = 30
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"


class Lease:
    """The lease called `name`. A holder that dies still has it for `ttl_s`; so does a slow one."""

    def __init__(self, client: redis.Redis, name: str, *, ttl_s: int = _TTL_S) -> None:
        self._client = client
        self._key = f"labo:lease:{name}"
        self._ttl_s = ttl_s

    @asynccontextmanager
    async def held(self) -> AsyncIterator[bool]:
        """Whether the lease is ours; while Redis is away it is everybody's."""
        token = secrets.token_hex(8)
        try:
            mine = bool(await self._client.set(self._key, token, nx=True, ex=self._ttl_s))
        except (RedisError, OSError) as error:
            log.warning("lease.unknown", lease=self._key, reason=type(error).__name__)
            yield True
            return
        try:
            yield mine
        finally:
            if mine:
                await self._release(token)

    async def _release(self, token: str) -> None:
        try:
            await self._client.eval(_RELEASE, 1, self._key, token)
        except (RedisError, OSError) as error:
            log.warning("lease.not_released", lease=self._key, reason=type(error).__name__)
