"""OTLP over gRPC beside HTTP: spans a second that one API process takes, in one run.

`python -m benchmarks.otlp_grpc [SECONDS]` starts an API process over a Valkey of its own, without a
graph, and sends the same requests to each door in turn. The senders are asyncio clients of this
process (httpx, grpc.aio) and their cost is in the figures.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import grpc
import httpx
from redis.asyncio import Redis

from benchmarks.otlp import a_process, until_open
from benchmarks.otlp_requests import a_request
from benchmarks.table import Table
from labo.adapters.telemetry.stream import OTLP_KEY, bytes_key
from labo.stack.processes import free_port
from labo.stack.valkey_server import start_valkey

SENDERS = 8
ROUNDS = 3
METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

Send = Callable[[bytes], Awaitable[None]]


async def empty_stream(redis_url: str) -> None:
    """Throw away what the stream holds, so that only the doors are measured."""
    async with Redis.from_url(redis_url) as client:
        while True:
            await client.delete(OTLP_KEY, bytes_key(OTLP_KEY))
            await asyncio.sleep(0.1)


async def measure(send: Send, body: bytes, spans: int, seconds: float) -> float:
    """Spans a second of all senders."""
    deadline = time.monotonic() + seconds
    taken = 0

    async def sender() -> None:
        nonlocal taken
        while time.monotonic() < deadline:
            await send(body)
            taken += spans

    started = time.monotonic()
    await asyncio.gather(*(sender() for _ in range(SENDERS)))
    return taken / (time.monotonic() - started)


async def compare(http_port: int, grpc_port: int, seconds: float) -> Table:
    request = a_request(1, time.time_ns())
    body = request.SerializeToString()
    spans = sum(len(scope.spans) for one in request.resource_spans for scope in one.scope_spans)
    found: dict[str, list[float]] = {}
    async with contextlib.AsyncExitStack() as held:
        http = await held.enter_async_context(httpx.AsyncClient(timeout=30))
        channel = await held.enter_async_context(
            grpc.aio.insecure_channel(f"127.0.0.1:{grpc_port}")
        )
        call = channel.unary_unary(METHOD)
        headers = {"content-type": "application/x-protobuf"}
        url = f"http://127.0.0.1:{http_port}/v1/traces"

        async def by_http(content: bytes) -> None:
            (await http.post(url, content=content, headers=headers)).raise_for_status()

        async def by_http_gzip(content: bytes) -> None:
            packed = {**headers, "content-encoding": "gzip"}
            (await http.post(url, content=content, headers=packed)).raise_for_status()

        async def by_grpc(content: bytes) -> None:
            await call(content)

        ways: dict[str, tuple[Send, bytes]] = {
            "HTTP": (by_http, body),
            "gRPC": (by_grpc, body),
            "HTTP, gzip": (by_http_gzip, gzip.compress(body, 6)),
        }
        for _ in range(ROUNDS):
            for name, (send, content) in ways.items():
                rate = await measure(send, content, spans, seconds)
                found.setdefault(name, []).append(rate)
    return table(found, f"requests of {spans} spans ({len(body)} bytes), {SENDERS} senders")


def table(found: dict[str, list[float]], remark: str) -> Table:
    rows = [
        (name, f"{median(rates):,.0f}", f"{median(rates) / median(found['HTTP']):.2f}")
        for name, rates in found.items()
    ]
    return Table(f"OTLP spans a second, {remark}", ("way", "spans/s", "of HTTP"), rows)


async def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as held:
        valkey = start_valkey(Path(folder) / "valkey")
        held.callback(valkey.stop)
        port, grpc_port = free_port(), free_port()
        env = {
            "LABO_REDIS__URL": valkey.url,
            "LABO_TELEMETRY__URL": f"sqlite:///{folder}/telemetry.db",
            "LABO_LOG_LEVEL": "ERROR",
            "LABO_NEO4J__URI": "bolt://127.0.0.1:1",
            "LABO_NEO4J__PASSWORD": "unused",
            "LABO_API__ALLOW_UNAUTHENTICATED_LOOPBACK_HOOKS": "true",
        }
        words = ["-m", "api.server", "--port", str(port), "--grpc-port", str(grpc_port)]
        held.enter_context(a_process(words, env))
        await until_open(port)
        emptying = asyncio.create_task(empty_stream(valkey.url))
        print((await compare(port, grpc_port, seconds)).markdown())
        emptying.cancel()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0))
