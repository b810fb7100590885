"""One consumer of the telemetry stream: the only writer of the telemetry store.

Reads batches in a consumer group, commits them, then acknowledges. Killed at any moment it
loses nothing: what it had taken is claimed again, and the store takes a batch twice unharmed. An
entry that ends the process again and again is dead-lettered.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import structlog
from redis.asyncio import Redis

from labo.adapters.telemetry.rolled import Retention
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.adapters.telemetry.stream import Entry, StreamReader
from labo.domain.telemetry.heartbeat import (
    HEARTBEAT_EVERY_S,
    HEARTBEAT_KEY,
    Heartbeat,
    Progress,
    encode_heartbeat,
    is_forgotten,
)
from workers.stream.consumers import OUTAGES, OtlpConsumer, RolledBatchConsumer, dead_letter
from workers.stream.pausing import pause
from workers.stream.watchdog import Watchdog

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


@dataclass
class ConsumedStream:
    """A consumer with its reader, and since when it does what it does, by the monotonic clock."""

    reader: StreamReader
    batch_consumer: BatchConsumer
    progressed_at: float = field(default_factory=time.monotonic)
    busy_since: float | None = None
    claimed_since: float | None = None
    waiting: int = 0

    def busy_s(self) -> float:
        begun = [at for at in (self.busy_since, self.claimed_since) if at is not None]
        return time.monotonic() - min(begun) if begun else 0.0


@dataclass
class StreamProcess:
    """One consumer of every stream, by default of batches alone.

    `idle_ms` is how long another consumer's unfinished entries are left to it; `max_attempts`, how
    often work on one may end the process.

    `block_ms` stays under redis-py's default socket timeout of 5 s.
    """

    client: Redis
    store: SqlTelemetryStore
    retention: Retention = field(default_factory=Retention)
    idle_ms: int = 15_000
    block_ms: int = 1_000
    batch_consumers: Sequence[BatchConsumer] = ()
    consumer: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")
    max_attempts: int = 3
    watchdog: Watchdog | None = None
    stored: int = 0
    failing: Callable[[], Sequence[str]] = tuple
    _streams: ConsumedStreams = field(default_factory=list)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; outages of the stream and the store are waited out. Any other
        failure ends it with the exception: whoever supervises the process starts it again."""
        batch_consumers = self.batch_consumers or (RolledBatchConsumer(self.store),)
        streams = self._streams = [
            ConsumedStream(StreamReader(self.client, self.consumer, one.stream), one)
            for one in batch_consumers
        ]
        try:
            async with asyncio.TaskGroup() as group:
                for consumed in streams:
                    group.create_task(self._consume(consumed, stop))
                for duty, seconds in (
                    (self._beat, HEARTBEAT_EVERY_S),
                    (self._reclaim, self.idle_ms / 3_000),
                    (self._expire, 3600.0),
                ):
                    group.create_task(_repeat(partial(duty, streams), seconds, stop))
                group.create_task(self._watch(streams, stop))
        finally:
            with contextlib.suppress(*OUTAGES):
                await self.client.hdel(HEARTBEAT_KEY, self.consumer)

    async def _consume(self, consumed: ConsumedStream, stop: asyncio.Event) -> None:
        reader, batch_consumer = consumed.reader, consumed.batch_consumer
        backoff, longest = _BACKOFF_S
        prepared = False
        while not stop.is_set():
            try:
                if not prepared:
                    await reader.prepare()
                    prepared = True
                entries = await reader.read(count=batch_consumer.at_once, block_ms=self.block_ms)
                if entries:
                    consumed.busy_since = time.monotonic()
                    self.stored += await batch_consumer.save(reader, entries)
                consumed.progressed_at = time.monotonic()
                backoff = _BACKOFF_S[0]
            except OUTAGES as error:
                prepared = False  # a server that lost its data has no group any more
                consumed.busy_since = None
                log.warning(
                    "stream.waiting",
                    stream=batch_consumer.stream,
                    error=str(error),
                    seconds=backoff,
                )
                await pause(stop, backoff)
                backoff = min(backoff * 2, longest)
            consumed.busy_since = None

    async def _watch(self, streams: ConsumedStreams, stop: asyncio.Event) -> None:
        """Feed the watchdog as long as no consumer is stuck."""
        if self.watchdog is None:
            return
        budget = self.watchdog.budget_s
        while not stop.is_set():
            for consumed in streams:
                if consumed.busy_s() > budget:
                    name = consumed.batch_consumer.stream
                    self.watchdog.end(f"busy with an entry of {name} for {budget:.0f} s")
            self.watchdog.feed()
            await pause(stop, min(1.0, budget / 4))

    def heartbeat(self) -> Heartbeat:
        """How the work stands; what waits is as it was last asked for."""
        now = time.monotonic()
        progress = [
            Progress(
                consumed.batch_consumer.stream,
                consumed.waiting,
                round(consumed.busy_s(), 1),
                round(now - consumed.progressed_at, 1),
            )
            for consumed in self._streams
        ]
        otlp = [
            c.batch_consumer for c in self._streams if isinstance(c.batch_consumer, OtlpConsumer)
        ]
        return Heartbeat(
            self.consumer,
            datetime.now(UTC).isoformat(),
            self.stored,
            tuple(progress),
            tuple(self.failing()),
            sum(len(one.overlapping) for one in otlp),
            tuple(name for one in otlp for name in one.full()),
        )

    async def _beat(self, streams: ConsumedStreams) -> None:
        for consumed in streams:
            consumed.waiting = await consumed.reader.waiting()
        await self.client.hset(HEARTBEAT_KEY, self.consumer, encode_heartbeat(self.heartbeat()))

    async def _reclaim(self, streams: ConsumedStreams) -> None:
        for consumed in streams:
            try:
                # One at a time: which of several ended its process would not be known.
                while entries := await consumed.reader.reclaim(idle_ms=self.idle_ms, count=1):
                    consumed.claimed_since = time.monotonic()
                    await self._save_claimed(consumed, entries[0])
                    consumed.progressed_at = time.monotonic()
            finally:
                consumed.claimed_since = None

    async def _save_claimed(self, consumed: ConsumedStream, entry: Entry) -> None:
        attempts = await consumed.reader.attempt(entry)
        log.info("stream.reclaimed", stream=consumed.batch_consumer.stream, attempt=attempts)
        if attempts > self.max_attempts:
            reason = RuntimeError(f"work on it ended {self.max_attempts} processes")
            await dead_letter(consumed.reader, entry, reason)
            return
        try:
            self.stored += await consumed.batch_consumer.save(consumed.reader, [entry])
        except OUTAGES:
            await consumed.reader.returned(entry)
            raise

    async def _expire(self, streams: ConsumedStreams) -> None:
        now = datetime.now(UTC)
        expired = await self.store.expire(now, self.retention)
        for consumed in streams:
            gone = await consumed.reader.forget_dead_consumers(idle_ms=_FORGET_IDLE_MS)
            name = consumed.batch_consumer.stream
            log.info("stream.expired", stream=name, rows=expired, consumers=gone)
        for consumer, report in (await self.client.hgetall(HEARTBEAT_KEY)).items():
            if is_forgotten(str(report), now):
                await self.client.hdel(HEARTBEAT_KEY, consumer)


ConsumedStreams = list[ConsumedStream]


async def _repeat(duty: Callable[[], Awaitable[None]], seconds: float, stop: asyncio.Event) -> None:
    """Do it at once and then every so many seconds; an outage only delays it."""
    while not stop.is_set():
        wait_s = seconds
        try:
            await duty()
        except OUTAGES as error:
            wait_s = min(1.0, seconds)
            log.warning("stream.housekeeping_delayed", error=str(error)[:300])
        await pause(stop, wait_s)
