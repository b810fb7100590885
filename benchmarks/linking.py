"""How long an accepted event waits until it is linked, over time, at a steady rate and in a burst.

    python -m benchmarks.linking --rate 100 --seconds 600
    python -m benchmarks.linking --rate 1000 --seconds 60 --drain 60
    python -m benchmarks.linking --one-key 10000

Starts Neo4j, Valkey and the worker that links, as `labo up` does; nothing diagnoses. Alerts
come singly, as webhooks bring them: `--keys` dedup keys on `--services` services, in call chains of
five, fire and resolve in turns. The lag of an event is from its receipt to the transaction that
linked it. `--one-key` sends so many episodes of one dedup key instead, in batches.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, LiteralString

from neo4j import AsyncDriver

from graph.components import upsert
from graph.driver import open_driver
from graph.migrate import migrate
from labo.bootstrap import App, build
from labo.domain.entities.components import Component, Dependency
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus, episode_id
from labo.settings import Settings
from labo.stack.jars import default_jar_dir, ensure_jars
from labo.stack.neo4j_server import start_neo4j
from labo.stack.valkey_server import start_valkey

ROOT = Path(__file__).resolve().parent.parent
SPAN_S = 30
CHAIN = 5
TICKS = 10
"""A second; singles of one tick arrive together."""

LAGS = """
MATCH (e:Event {workspace: $w}) WHERE e.received_at >= $since AND e.received_at < $until
WITH (e.linked_at.epochMillis - e.received_at.epochMillis) / 1000.0 AS lag
RETURN count(*) AS events, count(lag) AS linked, percentileCont(lag, 0.5) AS p50,
       percentileCont(lag, 0.95) AS p95, max(lag) AS most
"""
WAITING = """
MATCH (e:Event {workspace: $w}) WHERE e.linked_at IS NULL RETURN count(*) AS n
"""
LINK_JOB = "MATCH (j:Job {workspace: $w, kind: $k}) RETURN j.subject AS batch"
SIZES = """
MATCH (i:Incident {workspace: $w}) WHERE i.merged_into IS NULL
RETURN count(i) AS incidents, sum(COUNT { (i)-[:INCLUDES]->() }) AS occurrences
"""


def an_alert(service: str, name: str, starts: datetime, ends: datetime | None = None) -> Event:
    """An alert on `service` that fires, or with `ends` resolves."""
    status = EventStatus.RESOLVED if ends else EventStatus.FIRING
    key = f"{service}/{name}"
    return Event(
        source="alertmanager",
        source_event_id=episode_id(key, starts, status, ends),
        dedup_key=key,
        status=status,
        severity=Severity.ERROR,
        title=name,
        starts_at=starts,
        ends_at=ends,
        labels={"alertname": name, "service": service},
    )


def alternating(services: int, keys: int) -> Iterator[Event]:
    """Every dedup key fires and resolves in turns, in another order each time round."""
    fired: dict[int, datetime] = {}
    order = random.Random(1)
    while True:
        for key in order.sample(range(keys), keys):
            service, name = f"service-{key % services:03d}", f"Alert{key // services}"
            now = datetime.now(UTC)
            began = fired.pop(key, None)
            if began is None:
                fired[key] = now
            yield an_alert(service, name, began or now, now if began else None)


@contextlib.asynccontextmanager
async def a_stack(workers: int) -> AsyncIterator[tuple[App, AsyncDriver]]:
    """Servers, the schema and `workers` linking processes, gone at the end (0: no worker)."""
    with tempfile.TemporaryDirectory(prefix="labo-linking-") as name:
        folder = Path(name)
        valkey = start_valkey(folder / "valkey")
        secret, jars = uuid.uuid4().hex, ensure_jars(default_jar_dir())
        neo4j = start_neo4j(folder / "neo4j", jars, password=secret)
        env = {"LABO_NEO4J__URI": neo4j.uri, "LABO_NEO4J__PASSWORD": secret}
        env |= {"LABO_REDIS__URL": valkey.url, "LABO_DATA_DIR": name, "LABO_LOG_LEVEL": "WARNING"}
        os.environ |= env
        app = await build(Settings())
        driver = open_driver(neo4j.uri, "neo4j", secret, timeout_s=60)
        await migrate(driver, app.graph)
        worker = a_worker(workers) if workers else None
        try:
            yield app, driver
        finally:
            if worker:
                worker.terminate()
                worker.wait(60)
            await app.close()
            await driver.close()
            neo4j.stop()
            valkey.stop()


def a_worker(processes: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", "ingest"]
    command += ["-c", str(processes), "-l", "WARNING", "--without-gossip", "--without-mingle"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


async def call_chains(app: App, services: int) -> None:
    """Each service calls the next of its chain."""
    names = [f"service-{number:03d}" for number in range(services)]
    components = [Component(f"default/{name}", name) for name in names]
    calls = [
        Dependency(one.key, other.key)
        for number, (one, other) in enumerate(pairwise(components), 1)
        if number % CHAIN
    ]
    await app.workspace().graph.write(lambda tx: upsert(tx, components, calls))


async def send(app: App, events: Iterator[Event], rate: int, seconds: float) -> None:
    """`rate` single alerts a second; late ticks are made up for."""
    accept, started = app.workspace().events.accept, time.monotonic()
    for tick in range(round(seconds * TICKS)):
        await asyncio.sleep(max(0.0, started + tick / TICKS - time.monotonic()))
        due = itertools.islice(events, rate // TICKS)
        await asyncio.gather(*(accept([event]) for event in due))


async def row(driver: AsyncDriver, cypher: LiteralString, **values: Any) -> dict[str, Any]:
    result = await driver.execute_query(cypher, w="default", **values)
    return dict(result.records[0])


async def report(driver: AsyncDriver, began: datetime, until: datetime) -> None:
    """The lags of what was received in each span of time."""
    print("\n| received, s | events | linked | lag p50, s | p95 | max |\n|---|---|---|---|---|---|")
    for number in itertools.count():
        since = began + timedelta(seconds=number * SPAN_S)
        if since >= until:
            return
        values = await row(driver, LAGS, since=since, until=since + timedelta(seconds=SPAN_S))
        lags = " | ".join("–" if values[n] is None else f"{values[n]:.2f}" for n in _LAGS)
        print(f"| {number * SPAN_S} | {values['events']} | {values['linked']} | {lags} |")


_LAGS = ("p50", "p95", "most")


async def steadily(options: argparse.Namespace) -> None:
    """Send at the rate, wait until all is linked, print."""
    async with a_stack(options.workers) as (app, driver):
        await call_chains(app, options.services)
        events = alternating(options.services, options.keys)
        await asyncio.sleep(10)  # the worker starts
        await send(app, events, 20, 10)  # and the server compiles what it runs
        began = datetime.now(UTC)
        await send(app, events, options.rate, options.seconds)
        ended = time.monotonic()
        print(f"\nsent in {(datetime.now(UTC) - began).total_seconds():.0f} s", end="")
        until = datetime.now(UTC)
        while time.monotonic() < ended + options.drain:
            waiting = (await row(driver, WAITING))["n"]
            if not waiting:
                break
            await asyncio.sleep(0.5)
        left = (await row(driver, WAITING))["n"]
        print(f", {left} not linked {time.monotonic() - ended:.1f} s after the end")
        await report(driver, began, until)
        print(f"\n{await row(driver, SIZES)}; load {os.getloadavg()[0]:.1f}")


async def one_key(options: argparse.Namespace) -> None:
    """Episodes of one dedup key, 250 a batch; each batch is linked before the next one comes."""
    began = datetime.now(UTC) - timedelta(seconds=2 * options.one_key)
    async with a_stack(0) as (app, driver):
        print("| episodes | ms a batch of 500 events |\n|---|---|")
        for first in range(0, options.one_key, 250):
            events = []
            for number in range(first, first + 250):
                starts = began + timedelta(seconds=2 * number)
                events.append(an_alert("service-000", "Flaps", starts))
                ends = starts + timedelta(seconds=1)
                events.append(an_alert("service-000", "Flaps", starts, ends))
            await app.workspace().events.accept(events)
            batch = (await row(driver, LINK_JOB, k=JobKind.LINK_EVENTS.value))["batch"]
            started = time.perf_counter()
            await app.workspace().linking.link(batch)
            taken = (time.perf_counter() - started) * 1000
            await driver.execute_query("MATCH (j:Job) WHERE j.subject = $b DELETE j", b=batch)
            if first % 1000 == 0:
                print(f"| {first + 250} | {taken:.0f} |", flush=True)
        print(await row(driver, SIZES))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--drain", type=float, default=60, help="seconds to wait after the end")
    parser.add_argument("--services", type=int, default=200)
    parser.add_argument("--keys", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--one-key", type=int, default=0)
    options = parser.parse_args()
    asyncio.run(one_key(options) if options.one_key else steadily(options))


if __name__ == "__main__":
    main()
