"""The telemetry stream in Valkey or Redis: any number of producers, one consumer group.

One entry is one batch as JSON. An entry is deleted once the store has committed it, so the
stream holds only what still waits; when too much waits, producers are refused, nothing is cut.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from labo.domain.telemetry import TelemetryBatch
from labo.errors import InvalidInput, Unavailable

STREAM_KEY = "labo:telemetry"
DEAD_KEY = "labo:telemetry:dead"
GROUP = "labo-store"
MAX_WAITING = 20_000
_DEAD_KEPT = 1_000
_FIELD = "batch"
_BATCH = TypeAdapter(TelemetryBatch)


@dataclass(frozen=True, slots=True)
class Entry:
    """One stream entry: `payload` is the batch as JSON text."""

    id: str
    payload: str


def encode_batch(batch: TelemetryBatch) -> str:
    """JSON text, with the literal NaN for an unknown value."""
    return json.dumps(_BATCH.dump_python(batch), separators=(",", ":"))


def decode_batch(text: str) -> TelemetryBatch:
    """Raises InvalidInput for anything that `encode_batch` did not write."""
    try:
        return _BATCH.validate_json(text)
    except ValidationError as error:
        raise InvalidInput("not a telemetry batch", where=STREAM_KEY, hint=str(error)) from error


class StreamSink:
    """The producers' side of the stream: a `TelemetrySink`."""

    def __init__(self, client: Redis, *, max_waiting: int = MAX_WAITING) -> None:
        self._client = client
        self._max_waiting = max_waiting

    async def append(self, batch: TelemetryBatch) -> None:
        """Raises Unavailable while the server is away or too many batches wait."""
        if not len(batch):
            return
        try:
            waiting = await self._client.xlen(STREAM_KEY)
            if waiting >= self._max_waiting:
                raise Unavailable(
                    f"{waiting} telemetry batches wait for the stream process",
                    where=STREAM_KEY,
                    hint="see whether it runs: `labo status`",
                )
            await self._client.xadd(STREAM_KEY, {_FIELD: encode_batch(batch)})
        except RedisError as error:
            raise Unavailable(
                "the telemetry stream does not answer", where="LABO_REDIS__URL", hint=str(error)
            ) from error


class StreamReader:
    """The stream process's side. `consumer` must differ between running processes.

    `client` decodes its answers (`decode_responses=True`).
    """

    def __init__(self, client: Redis, consumer: str) -> None:
        self._client = client
        self._consumer = consumer

    async def prepare(self) -> None:
        """Create the stream and the group where they are missing."""
        try:
            await self._client.xgroup_create(STREAM_KEY, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def read(self, *, count: int, block_ms: int) -> list[Entry]:
        """New entries, waiting for the first. `block_ms` must be under the socket's timeout."""
        answer = await self._client.xreadgroup(
            GROUP, self._consumer, {STREAM_KEY: ">"}, count=count, block=block_ms
        )
        if not answer or not isinstance(answer, list):
            return []
        return [entry for _, rows in answer for entry in _entries(rows)]

    async def reclaim(self, *, idle_ms: int, count: int) -> list[Entry]:
        """Entries that some consumer took, but did not finish within `idle_ms`."""
        answer = await self._client.xautoclaim(
            STREAM_KEY, GROUP, self._consumer, min_idle_time=idle_ms, count=count
        )
        return _entries(answer[1])

    async def done(self, entries: list[Entry]) -> None:
        """Acknowledge and delete what the store has committed."""
        ids = [entry.id for entry in entries]
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.xack(STREAM_KEY, GROUP, *ids)
            pipe.xdel(STREAM_KEY, *ids)
            await pipe.execute()

    async def bury(self, entry: Entry, reason: str) -> None:
        """Set an entry aside that can never be stored; the newest thousand are kept."""
        await self._client.xadd(
            DEAD_KEY, {_FIELD: entry.payload, "reason": reason}, maxlen=_DEAD_KEPT, approximate=True
        )
        await self.done([entry])

    async def forget_dead_consumers(self, *, idle_ms: int) -> int:
        """Remove the names of consumers that are gone and left nothing behind. How many."""
        gone = 0
        for row in await self._client.xinfo_consumers(STREAM_KEY, GROUP):
            name = str(row["name"])
            if row["idle"] > idle_ms and not row["pending"] and name != self._consumer:
                gone += 1
                await self._client.xgroup_delconsumer(STREAM_KEY, GROUP, name)
        return gone

    async def waiting(self) -> int:
        """Batches not yet stored."""
        return int(await self._client.xlen(STREAM_KEY))


def _entries(rows: Iterable[tuple[str, Mapping[str, str]]]) -> list[Entry]:
    return [Entry(str(key), fields.get(_FIELD, "")) for key, fields in rows]
