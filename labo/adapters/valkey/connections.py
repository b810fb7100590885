"""Connections to Valkey or Redis: a bounded pool whose waits all end."""

from __future__ import annotations

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost

MAX_CONNECTIONS = 50
"""A process's. One command takes a fraction of a millisecond, so few are ever in use."""


def open_client(url: str, *, timeout_s: float) -> redis.Redis:
    """A client for short commands, which connects lazily.

    `timeout_s` bounds connecting, waiting for a connection, and each answer. A command whose answer
    does not come loses its connection; one that finds its connection closed, as all do after a
    restart of the server, is sent once more.
    """
    pool = redis.BlockingConnectionPool.from_url(
        url,
        decode_responses=True,
        max_connections=MAX_CONNECTIONS,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionLost,)),
    )
    return redis.Redis.from_pool(pool)


def open_listener(url: str, *, timeout_s: float) -> redis.Redis:
    """A client of one connection that listens; `timeout_s` bounds connecting alone."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        protocol=2,  # in which a listener's PING is answered as a message
        max_connections=2,  # the lost one is given back after the next one is taken
        socket_timeout=None,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
    )
