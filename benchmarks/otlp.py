"""Spans per second over OTLP/HTTP, accepted and rolled up, beside the bare protobuf parser.

`python -m benchmarks.otlp` starts a Valkey, one API and one stream process of its own on free
ports and an SQLite store in a temporary folder, posts requests that were serialised beforehand
over keep-alive connections, waits until the stream is drained, and checks that every span was
counted. No Neo4j runs: the topology, which is sent once in ten minutes, is not sent at all. One
JSON line per case; both cores are shared with the sender. In the same run a real OpenTelemetry
Collector takes the same requests over as many connections and drops them: the least any receiver
does, where Labo rolls up and stores. Without Go to build it, its figures are left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from redis.asyncio import Redis

from benchmarks.collector import Collector, a_collector, find_collector
from benchmarks.otlp_requests import (
    ENTRIES_OF_TRACE,
    SPANS_AT_ONCE,
    TRACES_AT_ONCE,
    Case,
    bodies,
)
from labo.adapters.telemetry.stream import OTLP_KEY
from labo.stack.processes import free_port
from labo.stack.valkey_server import start_valkey

CONNECTIONS = 4
COLLECTOR_ROUNDS = 5
"""How often the collector gets each request: JSON once takes it too short a time to measure."""

CASES = (
    Case("protobuf", "application/x-protobuf", 800),
    Case("JSON", "application/json", 60),
)


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


async def send(case: Case, made: list[bytes], port: int) -> tuple[float, int]:
    """Post all over `CONNECTIONS` connections: seconds taken, and how many were refused first."""
    refused: list[int] = []
    waiting = list(made)
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(post_all(port, case.content_type, waiting, refused))
    return time.perf_counter() - started, len(refused)


def cpu_s(processes: list[psutil.Process]) -> float:
    """Processor time that they have used so far, in seconds, the kernel's included."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


async def run(
    case: Case, made: list[bytes], port: int, redis_url: str, processes: list[psutil.Process]
) -> dict[str, float | str]:
    """One case to Labo, until it is rolled up; `processes` are those of Labo."""
    client = Redis.from_url(redis_url)
    cpu = cpu_s(processes)
    started = time.perf_counter()
    accepted, refused = await send(case, made, port)
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
        "cpu_us_per_span": round((cpu_s(processes) - cpu) / spans * 1e6, 2),
        "refused_and_sent_again": refused,
    }


async def run_collector(case: Case, made: list[bytes], collector: Collector) -> dict[str, float]:
    """The same posts to a fresh collector; raises RuntimeError unless it decoded every span."""
    cpu = cpu_s([collector.process])
    seconds, _ = await send(case, made * COLLECTOR_ROUNDS, collector.port)
    cpu = cpu_s([collector.process]) - cpu
    spans = case.requests * SPANS_AT_ONCE * COLLECTOR_ROUNDS
    if (counted := collector.accepted_spans()) != spans:
        raise RuntimeError(f"the collector counted {counted} spans, not {spans}")
    return {
        "collector_accepted_per_second": round(spans / seconds),
        "collector_cpu_us_per_span": round(cpu / spans * 1e6, 2),
        "collector_rss_mb": round(collector.process.memory_info().rss / 1e6),
    }


def ratios(figures: dict[str, float | str], theirs: dict[str, float]) -> dict[str, float]:
    """Labo's figures over the collector's."""
    return {
        f"{name}_ratio_to_collector": round(float(figures[name]) / theirs[f"collector_{name}"], 3)
        for name in ("accepted_per_second", "cpu_us_per_span")
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
    program = find_collector()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as held:
        folder = Path(name)
        valkey = start_valkey(folder / "valkey")
        held.callback(valkey.stop)
        port = free_port()
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
        processes = [api, stream, psutil.Process(valkey.process.pid)]
        sent = 0
        for case in CASES:
            made = bodies(case)
            bare = bare_parser(made) if case.name == "protobuf" else None
            figures = await run(case, made, port, valkey.url, processes)
            sent += case.requests * TRACES_AT_ONCE * ENTRIES_OF_TRACE
            figures["counted_of_sent"] = f"{counted(folder / 'telemetry.db')}/{sent}"
            if bare is not None:
                figures["bare_parser_per_second"] = round(bare)
                rolled = figures["accepted_and_rolled_up_per_second"]
                figures["ratio_to_bare_parser"] = round(float(rolled) / bare, 3)
            figures["api_rss_mb"] = round(api.memory_info().rss / 1e6)
            figures["stream_rss_mb"] = round(stream.memory_info().rss / 1e6)
            if program:
                with a_collector(program, folder) as collector:
                    theirs = await run_collector(case, made, collector)
                figures |= theirs | ratios(figures, theirs)
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
