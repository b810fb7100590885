"""The telemetry streams in Valkey or Redis: any number of producers, one consumer group.

An entry of `STREAM_KEY` is one batch as JSON, one of `OTLP_KEY` an OTLP request as it came, in
protobuf, which is cheaper to hand on than to read. An entry is deleted once the store has
committed it, so the streams hold only what still waits; when too much waits, producers are
refused, nothing is cut.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog
from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from labo.domain.telemetry.batches import TelemetryBatch
from labo.errors import InvalidInput, Unavailable

log = structlog.get_logger()

STREAM_KEY = "labo:telemetry"
OTLP_KEY = "labo:otlp"
OTLP_BYTES_KEY = "labo:otlp:bytes"
DEAD_KEY = "labo:telemetry:dead"
GROUP = "labo-store"
MAX_WAITING = 20_000
MAX_WAITING_BYTES = 64_000_000
"""Of OTLP requests; with fewer than 256 MB in all, the broker's messages always find room."""

_DELETE = """
local freed = 0
for i = 2, #ARGV, 2 do
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[i])
  if redis.call('XDEL', KEYS[1], ARGV[i]) == 1 then
    freed = freed + math.floor(tonumber(ARGV[i + 1]) or 0)
  end
end
if KEYS[2] then redis.call('DECRBY', KEYS[2], freed) end
"""
"""Bytes are given back with the entry that held them: one done twice, since it was claimed while it
was still at work, would let the bound drift away."""

_DEAD_KEPT = 1_000
_FIELD = "batch"
_BATCH = TypeAdapter(TelemetryBatch)


@dataclass(frozen=True, slots=True)
class Entry:
    """One stream entry: its fields as they were added."""

    id: str
    fields: Mapping[str, str]

    @property
    def payload(self) -> str:
        """The batch as JSON text, of an entry of `STREAM_KEY`."""
        return self.fields.get(_FIELD, "")


@dataclass(frozen=True, slots=True)
class OtlpEntry:
    """An OTLP request: `signal` names which, `body` is protobuf, `digest` identifies it.

    `system` is what its sender's header named; `received_at` is in epoch seconds.
    """

    workspace: str
    signal: str
    system: str
    received_at: float
    digest: str
    body: bytes


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

    def __init__(
        self,
        client: Redis,
        *,
        max_waiting: int = MAX_WAITING,
        max_bytes: int = MAX_WAITING_BYTES,
    ) -> None:
        self._client = client
        self._max_waiting = max_waiting
        self._max_bytes = max_bytes

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
            raise _silent(error) from error

    async def append_otlp(self, entry: OtlpEntry) -> None:
        """Raises Unavailable while the server is away or too much waits."""
        body = base64.b64encode(entry.body).decode("ascii")
        try:
            waiting = int(await self._client.get(OTLP_BYTES_KEY) or 0)
            if waiting + len(body) > self._max_bytes:
                raise Unavailable(
                    f"{waiting} bytes of telemetry wait for the stream process",
                    where=OTLP_KEY,
                    hint="see whether it runs: `labo status`",
                )
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.xadd(
                    OTLP_KEY,
                    {
                        "workspace": entry.workspace,
                        "signal": entry.signal,
                        "system": entry.system,
                        "received_at": entry.received_at,
                        "digest": entry.digest,
                        "bytes": len(body),
                        "body": body,
                    },
                )
                pipe.incrby(OTLP_BYTES_KEY, len(body))
                await pipe.execute()
        except RedisError as error:
            raise _silent(error) from error


def _silent(error: RedisError) -> Unavailable:
    # The reason names addresses, and this is told to senders.
    log.warning("telemetry.not_sent", reason=str(error))
    return Unavailable("the telemetry stream does not answer", hint="see `labo doctor`")


def decode_otlp(entry: Entry) -> OtlpEntry:
    """Raises InvalidInput for anything that `append_otlp` did not write."""
    try:
        fields = entry.fields
        return OtlpEntry(
            fields["workspace"],
            fields["signal"],
            fields["system"],
            float(fields["received_at"]),
            fields["digest"],
            base64.b64decode(fields["body"], validate=True),
        )
    except (KeyError, ValueError) as error:
        raise InvalidInput("not an OTLP request", where=OTLP_KEY, hint=str(error)) from error


class StreamReader:
    """The stream process's side. `consumer` must differ between running processes.

    `client` decodes its answers (`decode_responses=True`).
    """

    def __init__(self, client: Redis, consumer: str, stream: str = STREAM_KEY) -> None:
        self._client = client
        self._consumer = consumer
        self._stream = stream

    async def prepare(self) -> None:
        """Create the stream and the group where they are missing."""
        try:
            await self._client.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def read(self, *, count: int, block_ms: int) -> list[Entry]:
        """New entries, waiting for the first. `block_ms` must be under the socket's timeout."""
        answer = await self._client.xreadgroup(
            GROUP, self._consumer, {self._stream: ">"}, count=count, block=block_ms
        )
        if not answer or not isinstance(answer, list):
            return []
        return [entry for _, rows in answer for entry in _entries(rows)]

    async def reclaim(self, *, idle_ms: int, count: int) -> list[Entry]:
        """Entries that some consumer took, but did not finish within `idle_ms`."""
        answer = await self._client.xautoclaim(
            self._stream, GROUP, self._consumer, min_idle_time=idle_ms, count=count
        )
        return _entries(answer[1])

    async def done(self, entries: list[Entry]) -> None:
        """Acknowledge and delete what the store has committed."""
        keys = [self._stream, OTLP_BYTES_KEY] if self._stream == OTLP_KEY else [self._stream]
        rows = [part for entry in entries for part in (entry.id, entry.fields.get("bytes", "0"))]
        await self._client.eval(_DELETE, len(keys), *keys, GROUP, *rows)

    async def dead_letter(self, entry: Entry, reason: str) -> None:
        """Dead-letter an entry that can never be stored; the newest thousand are retained."""
        await self._client.xadd(
            DEAD_KEY,
            {_FIELD: entry.payload or json.dumps(dict(entry.fields)), "reason": reason},
            maxlen=_DEAD_KEPT,
            approximate=True,
        )
        await self.done([entry])

    async def forget_dead_consumers(self, *, idle_ms: int) -> int:
        """Remove the names of consumers that are gone and left nothing behind. How many."""
        gone = 0
        for row in await self._client.xinfo_consumers(self._stream, GROUP):
            name = str(row["name"])
            if row["idle"] > idle_ms and not row["pending"] and name != self._consumer:
                gone += 1
                await self._client.xgroup_delconsumer(self._stream, GROUP, name)
        return gone

    async def waiting(self) -> int:
        """Batches not yet stored."""
        return int(await self._client.xlen(self._stream))


def _entries(rows: Iterable[tuple[str, Mapping[str, str]]]) -> list[Entry]:
    return [Entry(str(key), fields) for key, fields in rows]
