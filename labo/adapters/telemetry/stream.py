"""The telemetry streams in Valkey or Redis: any number of producers, one consumer group.

An entry of `STREAM_KEY` is one batch as JSON, one of `OTLP_KEY` an OTLP request as it came, in
protobuf, which is cheaper to hand on than to read. An entry is deleted once the store has
committed it, so the streams hold only what still waits; when too many bytes wait, producers are
refused, nothing is cut. What can never be stored is dead-lettered, bounded by bytes as well.
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

from labo.adapters.telemetry.stream_scripts import ATTEMPT, DEAD_LETTER, DELETE
from labo.domain.telemetry.batches import TelemetryBatch
from labo.errors import InvalidInput, Unavailable

log = structlog.get_logger()

STREAM_KEY = "labo:telemetry"
OTLP_KEY = "labo:otlp"
DEAD_KEY = "labo:telemetry:dead"
GROUP = "labo-store"
MAX_WAITING_BYTES = 64_000_000
MAX_BATCH_BYTES = 32_000_000
"""Of OTLP requests, and of batches; with fewer than 256 MB in all, the broker's messages always
find room."""
MAX_DEAD_BYTES = 4_000_000
MAX_DEAD_LETTER = 64_000
"""Bytes of all dead letters and of one; what is longer is cut. They are for a person to read."""

FULL_S = 600
"""Seconds for which a workspace counts as full after a series of it was left out."""
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

    `system` is what its sender's header named; `received_at` is in epoch seconds. Of a large one
    that came in parts, this is the one of that number.
    """

    workspace: str
    signal: str
    system: str
    received_at: float
    digest: str
    body: bytes
    part: int = 0


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
        max_bytes: int = MAX_WAITING_BYTES,
        max_batch_bytes: int = MAX_BATCH_BYTES,
    ) -> None:
        self._client = client
        self._max_bytes = max_bytes
        self._max_batch_bytes = max_batch_bytes

    async def append(self, batch: TelemetryBatch) -> None:
        """Raises Unavailable while the server is away or too much waits, InvalidInput for a batch
        that is too large ever to be taken."""
        if not len(batch):
            return
        text = encode_batch(batch)
        size = len(text.encode("utf-8", "replace"))
        if size > self._max_batch_bytes:
            raise InvalidInput(
                f"a batch of {size} bytes",
                where=STREAM_KEY,
                hint=f"at most {self._max_batch_bytes} at once",
            )
        await self._append(STREAM_KEY, {_FIELD: text}, size, self._max_batch_bytes)

    async def append_otlp(self, entry: OtlpEntry) -> bool:
        """Whether new series of its workspace are left out at present, since it has too many.
        Raises Unavailable while the server is away or too much waits."""
        body = base64.b64encode(entry.body).decode("ascii")
        fields: dict[str, str | float] = {
            "workspace": entry.workspace,
            "signal": entry.signal,
            "system": entry.system,
            "received_at": entry.received_at,
            "digest": entry.digest,
            "body": body,
            "part": entry.part,
        }
        return await self._append(
            OTLP_KEY, fields, len(body), self._max_bytes, full_key(entry.workspace)
        )

    async def _append(
        self, stream: str, fields: dict[str, str | float], size: int, bound: int, mark: str = ""
    ) -> bool:
        """Whether the `mark` is set."""
        try:
            found, marked = await self._client.mget(bytes_key(stream), mark)
            waiting = int(found or 0)
            if waiting + size > bound:
                raise Unavailable(
                    f"{waiting} bytes of telemetry wait for the stream process",
                    where=stream,
                    hint="see whether it runs: `labo status`",
                )
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.xadd(stream, {**fields, "bytes": size})  # type: ignore[dict-item]
                pipe.incrby(bytes_key(stream), size)
                await pipe.execute()
        except RedisError as error:
            raise _silent(error) from error
        return marked is not None


def _silent(error: RedisError) -> Unavailable:
    # The reason names addresses, and this is told to senders.
    log.warning("telemetry.not_sent", reason=str(error))
    return Unavailable("the telemetry stream does not answer", hint="see `labo doctor`")


def bytes_key(stream: str) -> str:
    """Where the bytes that wait in a stream are counted."""
    return f"{stream}:bytes"


def full_key(workspace: str) -> str:
    """Set while a workspace has as many series as it may, and new ones are left out."""
    return f"{OTLP_KEY}:full:{workspace}"


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
            int(fields.get("part", 0)),
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

    async def attempt(self, entry: Entry) -> int:
        """Count that work on a claimed entry begins. How often it began without an end."""
        return int(await self._client.eval(ATTEMPT, 1, self._attempts, entry.id))

    async def returned(self, entry: Entry) -> None:
        """Work on it ended without a fault of its own: it waits for an outage to pass."""
        await self._client.hdel(self._attempts, entry.id)

    async def done(self, entries: list[Entry]) -> None:
        """Acknowledge and delete what the store has committed."""
        keys = [self._stream, bytes_key(self._stream), self._attempts]
        rows = [part for entry in entries for part in (entry.id, entry.fields.get("bytes", "0"))]
        await self._client.eval(DELETE, len(keys), *keys, GROUP, *rows)

    async def dead_letter(self, entry: Entry, reason: str) -> None:
        """Dead-letter an entry that can never be stored, cut; the newest are retained."""
        payload = entry.payload or json.dumps(dict(entry.fields))
        if len(payload) > MAX_DEAD_LETTER:
            payload = f"{payload[:MAX_DEAD_LETTER]}… of {len(payload)} characters"
        kept = MAX_DEAD_BYTES, _DEAD_KEPT
        await self._client.eval(
            DEAD_LETTER, 2, DEAD_KEY, bytes_key(DEAD_KEY), payload, reason, *kept
        )
        await self.done([entry])

    @property
    def _attempts(self) -> str:
        return f"{self._stream}:attempts"

    async def announce_full(self, workspace: str) -> None:
        """Its senders are told that new series are left out."""
        await self._client.set(full_key(workspace), 1, ex=FULL_S)

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
