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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from labo.adapters.telemetry.rolled import Retention
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.adapters.telemetry.stream import Entry, StreamReader, decode_batch
from labo.domain.telemetry import TelemetryBatch
from labo.errors import InvalidInput, Unavailable

HEARTBEAT_KEY = "labo:heartbeat:stream"
HEARTBEAT_TTL_S = 15
_HEARTBEAT_EVERY_S = 5.0
_FORGET_IDLE_MS = 3_600_000
_BACKOFF_S = (0.2, 5.0)

log = structlog.get_logger()


@dataclass
class StreamProcess:
    """One consumer. `idle_ms` is how long another's unfinished batch is left to it.

    `block_ms` stays under redis-py's default socket timeout of 5 s.
    """

    client: Redis
    store: SqlTelemetryStore
    retention: Retention = field(default_factory=Retention)
    idle_ms: int = 15_000
    block_ms: int = 1_000
    batch_size: int = 200
    consumer: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")
    stored: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; outages of the stream and the store are waited out."""
        reader = StreamReader(self.client, self.consumer)
        chores = asyncio.create_task(self._chores(reader, stop))
        backoff, longest = _BACKOFF_S
        prepared = False
        try:
            while not stop.is_set():
                try:
                    if not prepared:
                        await reader.prepare()
                        prepared = True
                    await self._round(reader)
                    backoff = _BACKOFF_S[0]
                except (RedisError, OSError, Unavailable) as error:
                    prepared = False  # a server that lost its data has no group any more
                    log.warning("stream.waiting", error=str(error), seconds=backoff)
                    await _sleep(stop, backoff)
                    backoff = min(backoff * 2, longest)
        finally:
            chores.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await chores

    async def _round(self, reader: StreamReader) -> None:
        entries = await reader.read(count=self.batch_size, block_ms=self.block_ms)
        if entries:
            await self.keep(reader, entries)

    async def keep(self, reader: StreamReader, entries: list[Entry]) -> None:
        """Commit the entries, then acknowledge them. What can never be stored is set aside."""
        batches: list[tuple[Entry, TelemetryBatch]] = []
        for entry in entries:
            try:
                batches.append((entry, decode_batch(entry.payload)))
            except InvalidInput as error:
                await self._bury(reader, entry, error)
        try:
            for merged in _merged([batch for _, batch in batches]):
                await self.store.append(merged)
        except (SQLAlchemyError, ValueError):  # a value that the database refuses: find whose it is
            batches = await self._keep_singly(reader, batches)
        if batches:
            await reader.done([entry for entry, _ in batches])
            self.stored += sum(len(batch) for _, batch in batches)

    async def _keep_singly(
        self, reader: StreamReader, batches: list[tuple[Entry, TelemetryBatch]]
    ) -> list[tuple[Entry, TelemetryBatch]]:
        kept = []
        for entry, batch in batches:
            try:
                await self.store.append(batch)
            except (SQLAlchemyError, ValueError) as error:
                await self._bury(reader, entry, error)
            else:
                kept.append((entry, batch))
        return kept

    async def _bury(self, reader: StreamReader, entry: Entry, error: Exception) -> None:
        log.error("stream.unusable_batch", entry=entry.id, error=str(error)[:300])
        await reader.bury(entry, str(error)[:300])

    async def _chores(self, reader: StreamReader, stop: asyncio.Event) -> None:
        """Heartbeat, retention, and what dead consumers left; an outage only delays them."""
        due = dict.fromkeys(("beat", "reclaim", "expire"), 0.0)
        every = {"beat": _HEARTBEAT_EVERY_S, "reclaim": self._reclaim_every, "expire": 3600.0}
        work = {
            "beat": partial(self._beat, reader),
            "reclaim": partial(self._reclaim, reader),
            "expire": partial(self._expire, reader),
        }
        while not stop.is_set():
            now = time.monotonic()
            for name in (name for name, at in due.items() if at <= now):
                try:
                    await work[name]()
                    due[name] = now + every[name]
                except (RedisError, OSError, Unavailable) as error:
                    due[name] = now + 1.0
                    log.warning("stream.chore_delayed", chore=name, error=str(error)[:300])
            await _sleep(stop, max(0.05, min(due.values()) - time.monotonic()))

    @property
    def _reclaim_every(self) -> float:
        return self.idle_ms / 3_000

    async def _beat(self, reader: StreamReader) -> None:
        state = {
            "consumer": self.consumer,
            "at": datetime.now(UTC).isoformat(),
            "stored": self.stored,
            "waiting": await reader.waiting(),
        }
        await self.client.set(HEARTBEAT_KEY, json.dumps(state), ex=HEARTBEAT_TTL_S)

    async def _reclaim(self, reader: StreamReader) -> None:
        while entries := await reader.reclaim(idle_ms=self.idle_ms, count=self.batch_size):
            log.info("stream.reclaimed", entries=len(entries))
            await self.keep(reader, entries)

    async def _expire(self, reader: StreamReader) -> None:
        expired = await self.store.expire(datetime.now(UTC), self.retention)
        gone = await reader.forget_dead_consumers(idle_ms=_FORGET_IDLE_MS)
        log.info("stream.expired", rows=expired, consumers=gone)


def _merged(batches: list[TelemetryBatch]) -> list[TelemetryBatch]:
    """One batch per workspace, in order, so that a round costs one commit each."""
    together: dict[str, list[TelemetryBatch]] = {}
    for batch in batches:
        together.setdefault(batch.workspace, []).append(batch)
    return [
        TelemetryBatch(
            workspace,
            samples=tuple(sample for batch in group for sample in batch.samples),
            lines=tuple(line for batch in group for line in batch.lines),
            traces=tuple(trace for batch in group for trace in batch.traces),
        )
        for workspace, group in together.items()
    ]


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
