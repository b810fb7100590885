"""Spans per second over OTLP/HTTP, accepted and rolled up, beside the bare protobuf parser.

`python -m benchmarks.otlp` starts a Valkey, one API and one stream process of its own on free ports
and an SQLite store in a temporary folder, posts requests that were serialised beforehand over
keep-alive connections, waits until the stream is drained, and checks that every span was counted.
No Neo4j runs: the topology, which is sent once in ten minutes, is not sent at all. One JSON line
per case; both cores are shared with the sender.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans
from redis.asyncio import Redis

from labo.adapters.telemetry.stream import OTLP_KEY
from labo.stack.valkey_server import start_valkey

MARK = b"\xa5\x5a\xc3\x3c\x0f\xf0\x69\x96"
TRACES_AT_ONCE = 64
SPANS_OF_TRACE = 8
SPANS_AT_ONCE = TRACES_AT_ONCE * SPANS_OF_TRACE
ENTRIES_OF_TRACE = 3
TEMPLATES = 12
CONNECTIONS = 4

HTTP: dict[str, str | int] = {
    "http.request.method": "POST",
    "http.route": "/api/orders",
    "http.response.status_code": 200,
    "url.path": "/api/orders",
    "url.scheme": "http",
    "network.protocol.version": "1.1",
    "user_agent.original": "python-requests/2.32",
}
# service, parent's index, kind, name, attributes
SHAPE: tuple[tuple[str, int | None, int, str, dict[str, str | int]], ...] = (
    ("frontend", None, 2, "POST /", {**HTTP, "server.address": "shop"}),
    ("frontend", 0, 3, "POST", {**HTTP, "server.address": "checkout"}),
    ("checkout", 1, 2, "POST /orders", {**HTTP, "server.address": "checkout"}),
    ("checkout", 2, 1, "validate", {}),
    ("checkout", 3, 3, "SELECT", {"db.system": "postgresql", "server.address": "orders-db"}),
    ("checkout", 3, 3, "GET", {"db.system": "redis", "server.address": "sessions"}),
    ("checkout", 3, 3, "POST", {**HTTP, "server.address": "payment"}),
    ("payment", 6, 2, "POST /pay", {**HTTP, "server.address": "payment"}),
)


@dataclass(frozen=True)
class Case:
    """`requests` posts of `SPANS_AT_ONCE` spans."""

    name: str
    content_type: str
    requests: int


CASES = (
    Case("protobuf", "application/x-protobuf", 800),
    Case("JSON", "application/json", 60),
)


def a_request(seed: int, now: int) -> ExportTraceServiceRequest:
    """Traces of eight spans over three services, a database and a cache."""
    rng = random.Random(seed)
    request = ExportTraceServiceRequest()
    scopes: dict[str, ScopeSpans] = {}
    for service, *_ in SHAPE:
        if service not in scopes:
            resource = request.resource_spans.add()
            for key, text in (("service.name", service), ("service.namespace", "bench")):
                resource.resource.attributes.add(key=key).value.string_value = text
            scopes[service] = resource.scope_spans.add()
    for _ in range(TRACES_AT_ONCE):
        trace = MARK + rng.randbytes(8)
        ids = [rng.randbytes(8) for _ in SHAPE]
        for index, (service, parent, kind, name, attributes) in enumerate(SHAPE):
            took = int(rng.lognormvariate(17, 0.5))
            span = scopes[service].spans.add(
                trace_id=trace,
                span_id=ids[index],
                parent_span_id=b"" if parent is None else ids[parent],
                kind=kind,
                name=name,
                start_time_unix_nano=now - took,
                end_time_unix_nano=now,
            )
            for key, value in attributes.items():
                pair = span.attributes.add(key=key)
                if isinstance(value, int):
                    pair.value.int_value = value
                else:
                    pair.value.string_value = value
    return request


def bodies(case: Case) -> list[bytes]:
    """Serialised requests, each with trace ids of its own."""
    now = time.time_ns()
    made = [a_request(seed, now - seed * 5_000_000_000) for seed in range(TEMPLATES)]
    is_json = case.content_type.endswith("json")
    templates = [_as_json(one) if is_json else one.SerializeToString() for one in made]
    mark = MARK.hex().encode() if is_json else MARK
    found = []
    for number in range(case.requests):
        own = random.Random(f"{case.name} {number}").randbytes(len(MARK))
        found.append(
            templates[number % TEMPLATES].replace(mark, own.hex().encode() if is_json else own)
        )
    return found


def _as_json(request: ExportTraceServiceRequest) -> bytes:
    value = MessageToDict(request, use_integers_for_enums=True)
    for resource, read in zip(value["resourceSpans"], request.resource_spans, strict=True):
        for scope, spans in zip(resource["scopeSpans"], read.scope_spans, strict=True):
            for span, one in zip(scope["spans"], spans.spans, strict=True):
                span["traceId"], span["spanId"] = one.trace_id.hex(), one.span_id.hex()
                if one.parent_span_id:
                    span["parentSpanId"] = one.parent_span_id.hex()
    return json.dumps(value).encode()


def bare_parser(made: list[bytes]) -> float:
    """Spans per second of `ExportTraceServiceRequest.FromString` alone, on one core."""
    started = time.perf_counter()
    for body in made:
        ExportTraceServiceRequest.FromString(body)
    return len(made) * SPANS_AT_ONCE / (time.perf_counter() - started)


async def post_all(port: int, kind: str, waiting: list[bytes], refused: list[int]) -> None:
    """One connection's posts; a refused one is sent again, as an exporter would."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while waiting:
            body = waiting.pop()
            head = (
                f"POST /v1/traces HTTP/1.1\r\nHost: localhost:{port}\r\n"
                f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            while True:
                writer.write(head.encode() + body)
                answer = await reader.readuntil(b"\r\n\r\n")
                length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                if answer.startswith(b"HTTP/1.1 200"):
                    break
                if not answer.startswith(b"HTTP/1.1 503"):
                    raise RuntimeError(answer.decode())
                refused.append(1)
                await asyncio.sleep(0.2)
    finally:
        writer.close()


async def run(case: Case, made: list[bytes], port: int, redis_url: str) -> dict[str, object]:
    client = Redis.from_url(redis_url)
    refused: list[int] = []
    waiting = list(made)
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(post_all(port, case.content_type, waiting, refused))
    accepted = time.perf_counter() - started
    await until_drained(client)
    rolled = time.perf_counter() - started
    await client.aclose()
    spans = case.requests * SPANS_AT_ONCE
    return {
        "case": case.name,
        "spans": spans,
        "bytes_per_span": round(sum(map(len, made)) / spans),
        "accepted_per_second": round(spans / accepted),
        "accepted_and_rolled_up_per_second": round(spans / rolled),
        "refused_and_sent_again": len(refused),
    }


@contextlib.contextmanager
def a_process(words: list[str], env: dict[str, str]) -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, *words], env=os.environ | env)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def counted(database: Path) -> int:
    """How many entry spans the roll-ups hold."""
    query = (
        "SELECT sum(r.total) FROM telemetry_rollups r JOIN telemetry_rollup_series s "
        "ON s.id = r.series_id WHERE r.step = 10 AND s.metric = 'http.server.request.rate'"
    )
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(query).fetchone()[0] or 0)


async def main() -> None:
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as held:
        folder = Path(name)
        valkey = start_valkey(folder / "valkey")
        held.callback(valkey.stop)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        env = {
            "LABO_REDIS__URL": valkey.url,
            "LABO_TELEMETRY__URL": f"sqlite:///{folder / 'telemetry.db'}",
            "LABO_LOG_LEVEL": "ERROR",
        }
        stream = held.enter_context(a_process(["-m", "workers.stream"], env))
        words = ["-m", "uvicorn", "--factory", "api.app:create_app", "--port", str(port)]
        words += ["--no-access-log", "--log-level", "error"]
        graph = {"LABO_NEO4J__URI": "bolt://127.0.0.1:1", "LABO_NEO4J__PASSWORD": "unused"}
        local = {"LABO_API__ALLOW_UNAUTHENTICATED_LOOPBACK_HOOKS": "true"}
        api = held.enter_context(a_process(words, {**env, **graph, **local}))
        await until_open(port)
        sent = 0
        for case in CASES:
            made = bodies(case)
            bare = bare_parser(made) if case.name == "protobuf" else None
            figures = await run(case, made, port, valkey.url)
            sent += case.requests * TRACES_AT_ONCE * ENTRIES_OF_TRACE
            figures["counted_of_sent"] = f"{counted(folder / 'telemetry.db')}/{sent}"
            if bare is not None:
                figures["bare_parser_per_second"] = round(bare)
                rolled = figures["accepted_and_rolled_up_per_second"]
                figures["ratio_to_bare_parser"] = round(float(str(rolled)) / bare, 3)
            figures["api_rss_mb"] = round(api.memory_info().rss / 1e6)
            figures["stream_rss_mb"] = round(stream.memory_info().rss / 1e6)
            figures["load_average"] = os.getloadavg()[0]
            print(json.dumps(figures), flush=True)


async def until_drained(client: Redis) -> None:
    """Entries are deleted once they are committed."""
    for _ in range(60_000):
        if not await client.xlen(OTLP_KEY):
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("the stream process does not keep up")


async def until_open(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        await asyncio.sleep(0.2)
    raise TimeoutError(f"nothing listens on port {port}")


if __name__ == "__main__":
    asyncio.run(main())
