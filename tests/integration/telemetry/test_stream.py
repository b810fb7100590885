"""The stream process against a real Valkey and a real store."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from labo.adapters.telemetry.rolled import Retention
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.adapters.telemetry.stream import (
    DEAD_KEY,
    GROUP,
    STREAM_KEY,
    StreamReader,
    StreamSink,
)
from labo.domain.entities.series import Window
from labo.domain.telemetry.batches import StoredLine, TelemetryBatch
from labo.domain.telemetry.heartbeat import HEARTBEAT_KEY, fault_of
from labo.errors import Unavailable
from labo.stack.valkey_server import ValkeyProcess, start_valkey
from workers.stream.process import StreamProcess

ALL_TIME = Window(datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(10_000, UTC))


def batch(*numbers: int, workspace: str = "default") -> TelemetryBatch:
    return TelemetryBatch(
        workspace,
        lines=tuple(
            StoredLine(f"f:{n:06d}", "shop", "cart", float(n), "ERROR", f"line {n}")
            for n in numbers
        ),
    )


async def bodies(store: SqlTelemetryStore, workspace: str = "default") -> list[str]:
    lines = await store.log_lines(workspace, "shop", ALL_TIME, limit=100_000)
    return [one.body for one in lines]


async def until(check: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not await check():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.05)


@pytest.fixture
async def process(client: Redis, store: SqlTelemetryStore) -> StreamProcess:
    return StreamProcess(client, store, idle_ms=300, block_ms=100, consumer="one")


async def run_until(process: StreamProcess, check: Callable[[], Awaitable[bool]]) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(process.run(stop))
    try:
        await until(check)
    finally:
        stop.set()
        await running


async def test_a_batch_reaches_the_store_and_leaves_the_stream(
    process: StreamProcess, client: Redis, store: SqlTelemetryStore
) -> None:
    """What producers append is stored per workspace, and nothing is left waiting."""
    sink = StreamSink(client)
    await sink.append(batch(1, 2))
    await sink.append(batch(3, workspace="other"))
    await sink.append(TelemetryBatch())

    reports: list[str] = []

    async def stored() -> bool:
        reports.extend(await client.hvals(HEARTBEAT_KEY))
        return (
            bool(reports) and await client.xlen(STREAM_KEY) == 0 and len(await bodies(store)) == 2
        )

    await run_until(process, stored)
    assert json.loads(reports[-1])["consumer"] == "one"
    assert fault_of(reports[-1:], datetime.now(UTC)) == ""
    assert await bodies(store) == ["line 1", "line 2"]
    assert await bodies(store, "other") == ["line 3"]
    assert await client.hvals(HEARTBEAT_KEY) == []


async def test_what_a_dead_consumer_took_is_claimed(
    process: StreamProcess, client: Redis, store: SqlTelemetryStore
) -> None:
    """A batch that another consumer read and never finished is stored by this one."""
    dead = StreamReader(client, "dead")
    await dead.prepare()
    await StreamSink(client).append(batch(7))
    assert len(await dead.read(count=10, block_ms=100)) == 1

    async def stored() -> bool:
        return await bodies(store) == ["line 7"] and await client.xlen(STREAM_KEY) == 0

    await run_until(process, stored)
    assert await StreamReader(client, "one").forget_dead_consumers(idle_ms=0) == 1
    names = {row["name"] for row in await client.xinfo_consumers(STREAM_KEY, GROUP)}
    assert names == {"one"}


async def test_an_unusable_batch_is_set_aside(
    process: StreamProcess, client: Redis, store: SqlTelemetryStore
) -> None:
    """Neither nonsense nor a value that the database refuses stops what comes after."""
    surrogate = StoredLine("\ud800", "shop", "cart", 1.0, "ERROR", "lone surrogate")
    await client.xadd(STREAM_KEY, {"batch": "{"})
    await client.xadd(STREAM_KEY, {"other": "x"})
    await StreamSink(client).append(TelemetryBatch(lines=(surrogate,)))
    await StreamSink(client).append(batch(8))

    async def stored() -> bool:
        return await client.xlen(STREAM_KEY) == 0

    await run_until(process, stored)
    assert await bodies(store) == ["line 8"]
    assert await client.xlen(DEAD_KEY) == 3


async def test_a_full_stream_refuses_producers(client: Redis) -> None:
    """Over the bound a producer is told to come back, and nothing is cut."""
    sink = StreamSink(client, max_batch_bytes=300)
    await sink.append(batch(1))

    with pytest.raises(Unavailable, match="wait for the stream process"):
        await sink.append(batch(2))
    assert await client.xlen(STREAM_KEY) == 1


async def test_a_restart_of_valkey_loses_nothing(
    process: StreamProcess, client: Redis, valkey: ValkeyProcess, store: SqlTelemetryStore
) -> None:
    """Killed with -9 and started again, the server's batches all arrive, old and new."""
    sink = StreamSink(client)
    stop = asyncio.Event()
    running = asyncio.create_task(process.run(stop))
    await sink.append(batch(1))
    await until(lambda: _equals(bodies(store), ["line 1"]))
    await asyncio.sleep(1.1)  # the append-only file is synced each second

    os.kill(valkey.process.pid, signal.SIGKILL)
    valkey.process.wait()
    with pytest.raises(Unavailable, match="does not answer"):
        await sink.append(batch(2))
    again = start_valkey(valkey.folder, port=valkey.port, password=valkey.password)
    try:
        await until(lambda: _succeeds(sink.append(batch(2))))
        await until(lambda: _equals(bodies(store), ["line 1", "line 2"]))
    finally:
        stop.set()
        await running
        again.stop()


async def _equals(call: Awaitable[list[str]], expected: list[str]) -> bool:
    return await call == expected


async def _succeeds(call: Awaitable[None]) -> bool:
    try:
        await call
    except Unavailable:
        return False
    return True


async def test_a_store_that_is_away_is_waited_for(
    client: Redis, store: SqlTelemetryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the store refuses, batches stay in the stream; then they are stored."""
    refusals = iter([True, True])
    append = store.append

    async def moody(batch: TelemetryBatch) -> None:
        if next(refusals, False):
            raise Unavailable("the telemetry store does not answer")
        await append(batch)

    monkeypatch.setattr(store, "append", moody)
    await StreamSink(client).append(batch(5))

    process = StreamProcess(client, store, idle_ms=300, block_ms=100, consumer="one")
    await run_until(process, lambda: _equals(bodies(store), ["line 5"]))
    assert process.stored == 1


async def test_old_rows_are_expired_at_start(client: Redis, store: SqlTelemetryStore) -> None:
    """The process deletes what is past its retention, counted from receipt."""
    await store.append(batch(1), received_at=datetime.now(UTC) - timedelta(days=8))

    process = StreamProcess(client, store, retention=Retention(timedelta(days=7)), block_ms=100)
    await run_until(process, lambda: _equals(bodies(store), []))
    assert await bodies(store) == []


@pytest.fixture
def child_env(valkey: ValkeyProcess, store_url: str) -> dict[str, str]:
    return os.environ | {"LABO_REDIS__URL": valkey.url, "LABO_TELEMETRY__URL": store_url}


def start_child(env: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "workers.stream"]
    return subprocess.Popen(command, env=env, stderr=subprocess.PIPE)


async def test_the_process_survives_kills_and_stops_cleanly(
    client: Redis, store: SqlTelemetryStore, child_env: dict[str, str]
) -> None:
    """Killed with -9 amid the flow and started again, it stores every line exactly once;
    SIGTERM ends it with code 0."""
    sink = StreamSink(client)
    first = start_child(child_env)
    for start in range(0, 200, 10):
        await sink.append(batch(*range(start, start + 10)))
    await until(lambda: _is_true(bodies(store)))
    first.kill()
    first.communicate()
    for start in range(200, 400, 10):
        await sink.append(batch(*range(start, start + 10)))

    second = start_child(child_env)
    try:
        await until(lambda: _equals(bodies(store), [f"line {n}" for n in range(400)]), 40)
    finally:
        second.terminate()
        _, errors = second.communicate(timeout=10)
    assert second.returncode == 0, errors.decode()


async def _is_true(call: Awaitable[list[str]]) -> bool:
    return bool(await call)


def test_without_redis_the_process_says_what_to_do() -> None:
    """With no Redis configured it ends at once, with code 1 and a hint."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("LABO_")}
    child = start_child(env)
    _, errors = child.communicate(timeout=30)

    assert child.returncode == 1
    assert b"LABO_REDIS__URL" in errors
