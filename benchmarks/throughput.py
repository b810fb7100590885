"""Events per second through HTTP to committed, beside the raw driver.

`python -m benchmarks.throughput` against the servers of `LABO_NEO4J__URI`, `LABO_NEO4J__PASSWORD`
and `LABO_REDIS__URL`. It starts one API process, posts Grafana groups signed with HMAC over
keep-alive connections, and prints one JSON line per case. Nothing links the events: what is
measured is acceptance. It writes to a workspace of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from graph import events as stored
from graph.client import Graph
from graph.driver import open_driver
from graph.events import NewEvent
from labo.adapters.sources import SOURCES
from labo.errors import InvalidInput
from labo.settings import Settings

SECRET = uuid.uuid4().hex
WARM_UP_S = 5.0


@dataclass(frozen=True)
class Case:
    """`connections` senders, each posting `size` alerts at a time for `seconds`."""

    name: str
    connections: int
    size: int
    seconds: float = 15.0


CASES = (Case("single posts", 64, 1), Case("batches of 100", 16, 100))


def a_group(size: int) -> bytes:
    """A Grafana body whose alerts nobody sent before."""
    run = uuid.uuid4().hex
    alert = {
        "status": "firing",
        "startsAt": "2026-01-31T12:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "annotations": {"summary": "Many requests fail", "description": "5xx ratio is 12 %"},
        "generatorURL": "https://grafana.example.org/alerting/grafana/abc/view",
    }
    alerts = [
        {
            **alert,
            "fingerprint": f"{run}{n}",
            "labels": {
                "alertname": "HighErrorRate",
                "service": f"service-{n % 50}",
                "namespace": "shop",
                "severity": "critical",
                "instance": f"10.0.0.{n % 250}:9100",
            },
        }
        for n in range(size)
    ]
    return json.dumps({"alerts": alerts, "version": "1"}).encode()


def a_request(port: int, size: int) -> bytes:
    body = a_group(size)
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = (
        f"POST /hooks/grafana HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Grafana-Alerting-Signature: {signature}\r\n\r\n"
    )
    return head.encode() + body


async def post_until(port: int, size: int, end: float, times: list[float]) -> None:
    """One connection's posts; `times` gets the seconds of each accepted one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.perf_counter() < end:
            request = a_request(port, size)
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 202"):
                raise RuntimeError(head.decode())
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            times.append(time.perf_counter() - started)
    finally:
        writer.close()


async def over_http(port: int, case: Case) -> dict[str, object]:
    times: list[float] = []
    started = time.perf_counter()
    end = started + case.seconds
    await asyncio.gather(
        *(post_until(port, case.size, end, times) for _ in range(case.connections))
    )
    return figures(case.name, case.size, times, time.perf_counter() - started)


async def raw_driver(settings: Settings, size: int, seconds: float = 10.0) -> dict[str, object]:
    """The same rows by the same statement, two writers, without HTTP, signature and normaliser."""
    neo4j = settings.neo4j
    if not neo4j.uri or not neo4j.password:
        raise InvalidInput("no Neo4j is configured", where="LABO_NEO4J__URI")
    driver = open_driver(neo4j.uri, neo4j.user, neo4j.password.get_secret_value())
    graph = Graph(driver, workspace=settings.workspace)
    times: list[float] = []
    started = time.perf_counter()

    async def write() -> None:
        while time.perf_counter() < started + seconds:
            events = SOURCES["grafana"].normalise(json.loads(a_group(size)), {})
            now = datetime.now(UTC)
            began = time.perf_counter()
            await stored.commit(graph, [NewEvent(settings.workspace, e, now) for e in events])
            times.append(time.perf_counter() - began)

    await asyncio.gather(write(), write())
    await graph.close()
    return figures(f"raw driver, {size} a commit", size, times, time.perf_counter() - started)


def figures(name: str, size: int, times: list[float], took: float) -> dict[str, object]:
    cuts = statistics.quantiles(times, n=100)
    return {
        "case": name,
        "events_per_second": round(len(times) * size / took),
        "p50_ms": round(cuts[49] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
        "load_average": os.getloadavg()[0],
    }


@contextlib.contextmanager
def an_api(settings: Settings) -> Iterator[int]:
    """An API process; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {
        **os.environ,
        "LABO_WORKSPACE": settings.workspace,
        "LABO_LOG_LEVEL": "ERROR",
        "LABO_HOOKS__SECRETS": json.dumps({"grafana": [SECRET]}),
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "api.app:create_app"]
    command += ["--port", str(port), "--no-access-log", "--log-level", "error"]
    process = subprocess.Popen(command, env=env)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(30)


async def main() -> None:
    settings = Settings(workspace=f"throughput-{uuid.uuid4().hex[:8]}")
    with an_api(settings) as port:
        for case in CASES:
            await over_http(port, Case("warm-up", case.connections, case.size, WARM_UP_S))
            print(json.dumps(await over_http(port, case)), flush=True)
    for size in (100, 500):
        print(json.dumps(await raw_driver(settings, size)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
