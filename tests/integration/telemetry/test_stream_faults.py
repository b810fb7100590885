"""The stream process against contents and servers that mean it no good."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from redis.asyncio import Redis

from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.adapters.telemetry.stream import (
    DEAD_KEY,
    MAX_DEAD_BYTES,
    STREAM_KEY,
    Entry,
    StreamReader,
    StreamSink,
)
from labo.domain.telemetry.batches import StoredLine, TelemetryBatch
from labo.errors import Unavailable
from labo.stack.valkey_server import ValkeyProcess
from tests.integration.telemetry.test_stream import batch, bodies, until
from workers.stream.consumers import RolledBatchConsumer
from workers.stream.process import StreamProcess


async def test_whatever_a_batch_raises_costs_only_itself(
    client: Redis, store: SqlTelemetryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches read together with one that makes anything fail are stored all the same."""
    append = store.append

    async def failing(batch: TelemetryBatch) -> None:
        if any(line.body == "line 3" for line in batch.lines):
            raise OverflowError("cannot convert float infinity to integer")
        await append(batch)

    monkeypatch.setattr(store, "append", failing)
    reader = StreamReader(client, "one")
    await reader.prepare()
    for number in range(1, 6):
        await StreamSink(client).append(batch(number))

    stored = await RolledBatchConsumer(store).save(
        reader, await reader.read(count=10, block_ms=100)
    )

    assert stored == 4
    assert await bodies(store) == [f"line {number}" for number in (1, 2, 4, 5)]
    ((_, letter),) = await client.xrange(DEAD_KEY)
    assert letter["reason"] == "OverflowError: cannot convert float infinity to integer"
    assert await client.xlen(STREAM_KEY) == 0


async def test_a_duty_that_fails_ends_the_process(
    client: Redis, store: SqlTelemetryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process of which a part has died does not look alive: its supervisor starts another."""

    async def failing(*_: object) -> int:
        raise RuntimeError("a defect")

    monkeypatch.setattr(store, "expire", failing)
    process = StreamProcess(client, store, block_ms=100)

    with pytest.raises(ExceptionGroup) as ended:
        await asyncio.wait_for(process.run(asyncio.Event()), 30)

    assert ended.group_contains(RuntimeError, match="a defect")


async def test_dead_letters_are_bounded_by_bytes(client: Redis) -> None:
    """A long one is cut, and the oldest make room, however large each is."""
    reader = StreamReader(client, "one")
    await reader.prepare()
    for number in range(100):
        await reader.dead_letter(Entry(f"{number}-1", {"batch": "x" * 1_000_000}), "too long")

    letters = await client.xrange(DEAD_KEY)
    held = sum(len(fields["batch"]) for _, fields in letters)
    assert MAX_DEAD_BYTES * 0.9 < held <= MAX_DEAD_BYTES
    assert letters[-1][1]["batch"].endswith("… of 1000000 characters")
    assert int(await client.get(f"{DEAD_KEY}:bytes")) <= MAX_DEAD_BYTES


async def test_a_full_server_gets_room_again(client: Redis, store: SqlTelemetryStore) -> None:
    """Producers are sent back while it is full; what waits can be stored or set aside all the same,
    and then there is room."""
    reader = StreamReader(client, "one")
    await reader.prepare()
    used = int((await client.info("memory"))["used_memory"])
    await client.config_set("maxmemory", used + 2_000_000)
    sink = StreamSink(client)
    sent = 0
    with pytest.raises(Unavailable):
        for number in range(1_000):
            line = StoredLine(f"f:{number:06d}", "shop", "cart", 1.0, "E", "x" * 100_000)
            await sink.append(TelemetryBatch(lines=(line,)))
            sent += 1

    await reader.dead_letter((await reader.read(count=1, block_ms=100))[0], "for a test")
    while entries := await reader.read(count=10, block_ms=100):
        await RolledBatchConsumer(store).save(reader, entries)

    await sink.append(batch(1))
    assert sent > 2
    assert len(await bodies(store)) == sent - 1


STUCK = """
import asyncio, re, sys
from redis.asyncio import Redis
from labo.adapters.telemetry.store import SqlTelemetryStore
from workers.stream.consumers import RolledBatchConsumer
from workers.stream.process import StreamProcess
from workers.stream.watchdog import Watchdog

class Consumer(RolledBatchConsumer):
    at_once = 1

    async def save(self, reader, entries):
        if "line 2" in entries[0].payload:
            await asyncio.to_thread(re.match, "(a+)+$", "a" * 60 + "b")  # holds the interpreter
        return await super().save(reader, entries)

async def main():
    client = Redis.from_url(sys.argv[1], decode_responses=True)
    store = SqlTelemetryStore.open(sys.argv[2])
    process = StreamProcess(
        client, store, idle_ms=100, block_ms=100, batch_consumers=(Consumer(store),),
        max_attempts=1, watchdog=Watchdog(1.0),
    )
    await process.run(asyncio.Event())

asyncio.run(main())
"""


async def test_a_stuck_process_ends_and_its_entry_is_set_aside(
    client: Redis, store: SqlTelemetryStore, valkey: ValkeyProcess, store_url: str
) -> None:
    """An entry that holds the interpreter for ever ends its process, with the stacks on standard
    error, only so many times."""
    for number in (1, 2, 3):
        await StreamSink(client).append(batch(number))
    command = [sys.executable, "-c", STUCK, valkey.url, store_url]

    for _ in range(2):  # first met, and claimed once
        ended = await asyncio.to_thread(
            subprocess.run, command, stderr=subprocess.PIPE, timeout=30, check=False
        )
        assert ended.returncode != 0
        assert b"Timeout" in ended.stderr
    last = start_process(command)
    try:
        await until(lambda: _holds(store, "line 1", "line 3"))
        await until(lambda: _is_empty(client))
    finally:
        last.kill()
        last.wait()
    assert await client.xlen(DEAD_KEY) == 1


def start_process(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command)


async def _holds(store: SqlTelemetryStore, *expected: str) -> bool:
    return await bodies(store) == list(expected)


async def _is_empty(client: Redis) -> bool:
    return not await client.xlen(STREAM_KEY)
