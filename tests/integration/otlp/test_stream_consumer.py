"""The stream process on OTLP requests, with a real Valkey and a real store."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from redis.asyncio import Redis
from sqlalchemy import select

from labo.adapters.otlp import intake
from labo.adapters.telemetry import tables
from labo.adapters.telemetry.outbox import decode_message
from labo.adapters.telemetry.rolled import Retention
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.adapters.telemetry.stream import (
    DEAD_KEY,
    OTLP_KEY,
    OtlpEntry,
    StreamReader,
    StreamSink,
    bytes_key,
)
from labo.domain.entities.series import SeriesKey, SeriesQuery, Window
from labo.domain.incidents.events import Event
from labo.domain.telemetry.batches import RolledBatch
from labo.domain.telemetry.spans.bodies import hops_of, path_of
from labo.domain.telemetry.spans.topology import CallGraph
from labo.errors import Unavailable
from labo.stack.valkey_server import ValkeyProcess
from workers.stream import consumers
from workers.stream.consumers import OtlpConsumer
from workers.stream.process import StreamProcess

NOW = float(int(time.time()) // 600 * 600 - 1_200)
NANOS = 1_000_000_000
SPANS = 10
ALL = Window(datetime.fromtimestamp(NOW - 600, UTC), datetime.fromtimestamp(NOW + 600, UTC))
RATE = SeriesKey("cart", "server.request.rate")


def traces(number: int, *, at: float = NOW) -> bytes:
    """Ten traces of `web` calling `cart`; the number makes their ids."""
    request = ExportTraceServiceRequest()
    scopes = []
    for name in ("web", "cart"):
        resource = request.resource_spans.add()
        resource.resource.attributes.add(key="service.name").value.string_value = name
        scopes.append(resource.scope_spans.add())
    for trace in range(SPANS):
        ids = (number * SPANS + trace + 1).to_bytes(16, "big")
        for place, scope in enumerate(scopes):
            span = scope.spans.add(trace_id=ids, span_id=ids[:7] + bytes([place + 1]), kind=2)
            span.parent_span_id = ids[:7] + b"\x01" if place else b""
            span.start_time_unix_nano = int((at + trace) * NANOS)
            span.end_time_unix_nano = int((at + trace + 0.5) * NANOS)
    return request.SerializeToString()


def failure() -> bytes:
    """One error record of `cart`."""
    logs = ExportLogsServiceRequest()
    resource = logs.resource_logs.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "cart"
    record = resource.scope_logs.add().log_records.add(severity_number=17)  # type: ignore[arg-type]
    record.body.string_value = "payment 4711 failed"
    record.time_unix_nano = int(NOW * NANOS)
    return logs.SerializeToString()


def entry(number: int, body: bytes | None = None, signal: str = "traces") -> OtlpEntry:
    return OtlpEntry("default", signal, "shop", NOW + 60, f"d{number}", body or traces(number))


async def through(
    batch_consumer: OtlpConsumer, client: Redis, *given: OtlpEntry, consumer: str = "one"
) -> int:
    reader = StreamReader(client, consumer, OTLP_KEY)
    await reader.prepare()
    for one in given:
        await StreamSink(client).append_otlp(one)
    return await batch_consumer.save(reader, await reader.read(count=100, block_ms=100))


async def total(store: SqlTelemetryStore, step_s: float = 10) -> float:
    series = await store.series(SeriesQuery("default", "shop", ALL, step_s=step_s))
    return float(series[RATE].values.sum() * step_s) if RATE in series else 0.0


async def test_a_request_counts_once_at_every_step(client: Redis, store: SqlTelemetryStore) -> None:
    """Sent twice, together and later, to this process or the next: the same roll-ups; late spans
    go to the step of their own time."""
    batch_consumer = OtlpConsumer(store, system="default", forwards_to_graph=True)
    await through(batch_consumer, client, entry(1), entry(1), entry(2))
    await through(batch_consumer, client, entry(1))
    await through(OtlpConsumer(store, system="default", forwards_to_graph=True), client, entry(2))
    await through(batch_consumer, client, entry(3, traces(3, at=NOW - 300)))

    assert [await total(store, step) for step in (10, 60, 600)] == pytest.approx([30.0] * 3)
    assert await client.xlen(OTLP_KEY) == 0
    assert int(await client.get(bytes_key(OTLP_KEY)) or 0) == 0
    whole = await store.series(SeriesQuery("default", "shop", ALL))
    assert whole[SeriesKey("cart", "server.request.duration.p99")].values == pytest.approx(
        0.5, rel=0.03
    )


async def test_an_entry_that_is_done_twice_gives_its_bytes_back_once(client: Redis) -> None:
    """One that was claimed while it was at work is done by both: the bound must not drift."""
    reader = StreamReader(client, "one", OTLP_KEY)
    await reader.prepare()
    for number in range(2):
        await StreamSink(client).append_otlp(entry(number))
    first, second = await reader.read(count=2, block_ms=100)

    await reader.done([first])
    await reader.done([first, second])

    assert int(await client.get(bytes_key(OTLP_KEY)) or 0) == 0
    assert await client.xlen(OTLP_KEY) == 0


async def test_series_that_are_left_out_are_announced(
    client: Redis, store: SqlTelemetryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer has been given by then: the next senders are told, and the process reports it."""
    monkeypatch.setattr(intake, "_MAX_SERIES", 1)
    batch_consumer = OtlpConsumer(store, system="default", forwards_to_graph=False)

    assert not await StreamSink(client).append_otlp(entry(1))
    await through(batch_consumer, client)

    assert batch_consumer.full() == ["default"]
    assert await StreamSink(client).append_otlp(entry(2))


async def test_a_round_is_stored_once_it_takes_much(
    client: Redis, store: SqlTelemetryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request still counts once, whatever round it comes to."""
    monkeypatch.setattr(consumers, "_ROUND_BYTES", 1)
    rounds = []
    save = store.save

    async def noted(batch: RolledBatch) -> None:
        rounds.append(batch.digests)
        await save(batch)

    monkeypatch.setattr(store, "save", noted)
    batch_consumer = OtlpConsumer(store, system="default", forwards_to_graph=False)

    assert await through(batch_consumer, client, *map(entry, range(3))) == 6 * SPANS
    assert rounds == [("d0",), ("d1",), ("d2",)]
    assert await total(store) == 3 * SPANS


async def test_what_the_graph_is_owed_waits_with_the_telemetry(
    client: Redis, store: SqlTelemetryStore
) -> None:
    """Topology and log events are in the outbox; exemplar traces have their path."""
    batch_consumer = OtlpConsumer(store, system="default", forwards_to_graph=True)
    again = entry(3, failure(), "logs")

    await through(batch_consumer, client, entry(1), entry(2, again.body, "logs"), again)

    told = [decode_message(key, text) for _, key, text in await store.pending_events(100)]
    links = {(d.source, d.target) for g in told if isinstance(g, CallGraph) for d in g.dependencies}
    assert links == {("shop/web", "shop/cart")}
    assert [one.title for one in told if isinstance(one, Event)] == ["payment <*> failed"]
    assert [one.body for one in await store.log_lines("default", "shop", ALL)] == [
        "payment 4711 failed"
    ]
    found = await store.traces("default", "shop", ALL)
    assert {path_of(hops_of(one.body)) for one in found} == {("web", "cart")}
    rows = await store.read(select(tables.trace_components.c.component).distinct())
    assert {row[0] for row in rows} == {"web", "cart"}
    assert await store.state("log-templates:default")


async def test_what_can_never_be_read_is_set_aside(client: Redis, store: SqlTelemetryStore) -> None:
    """Nonsense in the stream costs only itself."""
    await client.xadd(OTLP_KEY, {"workspace": "default"})
    batch_consumer = OtlpConsumer(store, system="default", forwards_to_graph=False)
    bad = entry(8, b"\xff\xff"), entry(9, b"x", "profiles")

    assert await through(batch_consumer, client, *bad, entry(1)) == 2 * SPANS
    assert await client.xlen(DEAD_KEY) == 3
    assert await store.pending_events(10) == []


async def test_a_store_that_was_away_loses_and_doubles_nothing(
    client: Redis, store: SqlTelemetryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request whose commit failed is read again in full, although its spans and lines were met
    before."""
    batch_consumer = OtlpConsumer(store, system="default", forwards_to_graph=True)
    save = store.save

    async def away(batch: object) -> None:
        raise Unavailable("the telemetry store does not answer")

    monkeypatch.setattr(store, "save", away)
    with pytest.raises(Unavailable):
        await through(batch_consumer, client, entry(1), entry(2, failure(), "logs"))
    monkeypatch.setattr(store, "save", save)
    reader = StreamReader(client, "one", OTLP_KEY)

    await batch_consumer.save(reader, await reader.reclaim(idle_ms=0, count=10))

    assert await total(store) == SPANS
    told = [decode_message(key, text) for _, key, text in await store.pending_events(100)]
    assert [one.title for one in told if isinstance(one, Event)] == ["payment <*> failed"]
    assert await store.state("log-templates:default")


async def test_retention_goes_by_step(client: Redis, store: SqlTelemetryStore) -> None:
    """Fine roll-ups go first; what remains is read from the next step."""
    batch_consumer = OtlpConsumer(store, system="default", forwards_to_graph=False)
    await through(batch_consumer, client, entry(1))

    assert await store.expire(datetime.now(UTC) + timedelta(days=3), Retention()) > 0

    assert await total(store, 10) == 0
    assert await total(store, 60) == SPANS
    assert RATE in await store.series(SeriesQuery("default", "shop", ALL))
    only = await store.series(SeriesQuery("default", "shop", ALL, components=frozenset({"web"})))
    assert {key.component for key in only} == {"web"}


async def test_killed_amid_the_flow_every_span_counts_once(
    client: Redis, store: SqlTelemetryStore, valkey: ValkeyProcess, store_url: str
) -> None:
    """Killed with -9 while requests come, the next process counts every span exactly once."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("LABO_NEO4J")}
    env |= {"LABO_REDIS__URL": valkey.url, "LABO_TELEMETRY__URL": store_url}
    sink = StreamSink(client)
    count = 300
    for number in range(count):
        await sink.append_otlp(entry(number))

    async def some() -> bool:
        return 0 < await client.xlen(OTLP_KEY) < count

    killed = start_child(env)
    await until(some)
    killed.kill()
    killed.wait()
    left = await client.xlen(OTLP_KEY)
    stop = asyncio.Event()
    batch_consumer = OtlpConsumer(store, system="default", forwards_to_graph=False)
    after = StreamProcess(
        client, store, idle_ms=300, block_ms=100, batch_consumers=(batch_consumer,), consumer="two"
    )
    running = asyncio.create_task(after.run(stop))
    try:
        await until(lambda: _is(client.xlen(OTLP_KEY), 0))
    finally:
        stop.set()
        await running
    assert left > 0
    assert await total(store) == count * SPANS


async def _is(call: Awaitable[int], expected: int) -> bool:
    return await call == expected


async def until(check: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not await check():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.01)


def start_child(env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "workers.stream"], env=env)
