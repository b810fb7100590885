"""One consumer of the telemetry stream: the only writer of the telemetry store.

Reads batches in a consumer group, commits them, then acknowledges. Killed at any moment it
loses nothing: what it had taken is claimed again, and the store takes a batch twice unharmed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from labo.adapters.telemetry.rolled import Retention
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.adapters.telemetry.stream import Entry, StreamReader
from labo.errors import Unavailable
from workers.stream.consumers import RolledBatchConsumer

HEARTBEAT_KEY = "labo:heartbeat:stream"
HEARTBEAT_TTL_S = 15
_HEARTBEAT_EVERY_S = 5.0
_FORGET_IDLE_MS = 3_600_000
_BACKOFF_S = (0.2, 5.0)

log = structlog.get_logger()


class BatchConsumer(Protocol):
    """`stream` is read `at_once` entries at a time; `save` commits and acknowledges them."""

    stream: str
    at_once: int

    async def save(self, reader: StreamReader, entries: list[Entry]) -> int:
        """How many items were stored. Raises Unavailable when they have to wait."""
        ...


Readers = list[tuple[StreamReader, BatchConsumer]]


@dataclass
class StreamProcess:
    """One consumer of every stream, by default of batches alone.

    `idle_ms` is how long another consumer's unfinished entries are left to it.

    `block_ms` stays under redis-py's default socket timeout of 5 s.
    """

    client: Redis
    store: SqlTelemetryStore
    retention: Retention = field(default_factory=Retention)
    idle_ms: int = 15_000
    block_ms: int = 1_000
    batch_consumers: Sequence[BatchConsumer] = ()
    consumer: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")
    stored: int = 0
    waiting: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; outages of the stream and the store are waited out."""
        batch_consumers = self.batch_consumers or (RolledBatchConsumer(self.store),)
        readers = [
            (StreamReader(self.client, self.consumer, batch_consumer.stream), batch_consumer)
            for batch_consumer in batch_consumers
        ]
        housekeeping = asyncio.create_task(self._housekeeping(readers, stop))
        try:
            async with asyncio.TaskGroup() as group:
                for reader, batch_consumer in readers:
                    group.create_task(self._consume(reader, batch_consumer, stop))
        finally:
            housekeeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await housekeeping

    async def _consume(
        self, reader: StreamReader, batch_consumer: BatchConsumer, stop: asyncio.Event
    ) -> None:
        backoff, longest = _BACKOFF_S
        prepared = False
        while not stop.is_set():
            try:
                if not prepared:
                    await reader.prepare()
                    prepared = True
                entries = await reader.read(count=batch_consumer.at_once, block_ms=self.block_ms)
                if entries:
                    self.stored += await batch_consumer.save(reader, entries)
                backoff = _BACKOFF_S[0]
            except (RedisError, OSError, Unavailable) as error:
                prepared = False  # a server that lost its data has no group any more
                log.warning(
                    "stream.waiting",
                    stream=batch_consumer.stream,
                    error=str(error),
                    seconds=backoff,
                )
                await _sleep(stop, backoff)
                backoff = min(backoff * 2, longest)

    async def _housekeeping(self, readers: Readers, stop: asyncio.Event) -> None:
        """Heartbeat, retention, and what dead consumers left; an outage only delays them."""
        due = dict.fromkeys(("beat", "reclaim", "expire"), 0.0)
        every = {"beat": _HEARTBEAT_EVERY_S, "reclaim": self._reclaim_every, "expire": 3600.0}
        work = {
            "beat": partial(self._beat, readers),
            "reclaim": partial(self._reclaim, readers),
            "expire": partial(self._expire, readers),
        }
        while not stop.is_set():
            now = time.monotonic()
            for name in (name for name, at in due.items() if at <= now):
                try:
                    await work[name]()
                    due[name] = now + every[name]
                except (RedisError, OSError, Unavailable) as error:
                    due[name] = now + 1.0
                    log.warning("stream.housekeeping_delayed", duty=name, error=str(error)[:300])
            await _sleep(stop, max(0.05, min(due.values()) - time.monotonic()))

    @property
    def _reclaim_every(self) -> float:
        return self.idle_ms / 3_000

    async def _beat(self, readers: Readers) -> None:
        self.waiting = sum([await reader.waiting() for reader, _ in readers])
        state = {
            "consumer": self.consumer,
            "at": datetime.now(UTC).isoformat(),
            "stored": self.stored,
            "waiting": self.waiting,
        }
        await self.client.set(HEARTBEAT_KEY, json.dumps(state), ex=HEARTBEAT_TTL_S)

    async def _reclaim(self, readers: Readers) -> None:
        for reader, batch_consumer in readers:
            while entries := await reader.reclaim(
                idle_ms=self.idle_ms, count=batch_consumer.at_once
            ):
                log.info("stream.reclaimed", stream=batch_consumer.stream, entries=len(entries))
                self.stored += await batch_consumer.save(reader, entries)

    async def _expire(self, readers: Readers) -> None:
        expired = await self.store.expire(datetime.now(UTC), self.retention)
        for reader, batch_consumer in readers:
            gone = await reader.forget_dead_consumers(idle_ms=_FORGET_IDLE_MS)
            log.info("stream.expired", stream=batch_consumer.stream, rows=expired, consumers=gone)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
