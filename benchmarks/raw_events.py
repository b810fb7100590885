"""What no code in front of Neo4j can pass: the bare driver with the product's statement."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from neo4j import AsyncDriver, AsyncManagedTransaction

from benchmarks.wrk import Answered
from graph.driver import open_driver
from graph.events import UPSERT_EVENTS, NewEvent, batch_of
from labo.adapters.sources import SOURCES
from labo.errors import InvalidInput
from labo.services.ingest.group_commit import WRITERS
from labo.settings import Settings


def an_alert(number: int) -> dict[str, object]:
    """What `throughput.lua` posts."""
    return {
        "status": "firing",
        "labels": {
            "alertname": "HighErrorRate",
            "service": f"service-{number % 50}",
            "namespace": "shop",
            "severity": "critical",
            "instance": f"10.0.0.{number % 250}:9100",
        },
        "annotations": {"summary": "Many requests fail", "description": "5xx ratio is 12 %"},
        "startsAt": "2026-01-31T00:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://grafana.example.org/alerting/grafana/abc/view",
        "fingerprint": f"{uuid.uuid4().hex[:16]}-{number}",
    }


class RawDriver:
    """Commits of `size` events, made beforehand: only keys are made new while the clock runs."""

    def __init__(self, settings: Settings, size: int) -> None:
        neo4j = settings.neo4j
        if not neo4j.uri or not neo4j.password:
            raise InvalidInput("no Neo4j is configured", where="LABO_NEO4J__URI")
        self._login = (neo4j.uri, neo4j.user, neo4j.password.get_secret_value())
        self._size = size
        payload = {"alerts": [an_alert(number) for number in range(size)]}
        now = datetime.now(UTC)
        events = SOURCES["grafana"].normalise(payload, {}).events
        rows = [NewEvent(settings.workspace, event, now) for event in events]
        self._model = batch_of(settings.workspace, rows)

    async def for_seconds(self, seconds: float) -> Answered:
        end = time.perf_counter() + seconds
        return await self._run(iter(lambda: time.perf_counter() < end, False))

    async def for_events(self, count: int) -> Answered:
        return await self._run(itertools.repeat(True, -(-count // self._size)))

    async def _run(self, more: Iterator[bool]) -> Answered:
        uri, user, password = self._login
        driver = open_driver(uri, user, password)
        times: list[float] = []
        started, processor = time.perf_counter(), time.process_time()
        await asyncio.gather(*(self._write(driver, more, times) for _ in range(WRITERS)))
        took = time.perf_counter() - started
        await driver.close()
        cuts = statistics.quantiles(times, n=100)
        return Answered(
            len(times) * self._size / took,
            cuts[49] * 1000,
            cuts[98] * 1000,
            (time.process_time() - processor) / took,
        )

    async def _write(self, driver: AsyncDriver, more: Iterator[bool], times: list[float]) -> None:
        for _ in more:
            batches = [self._fresh()]

            async def unit(
                tx: AsyncManagedTransaction, batches: list[dict[str, Any]] = batches
            ) -> None:
                result = await tx.run(UPSERT_EVENTS.text, {"batches": batches})
                await result.consume()

            began = time.perf_counter()
            async with driver.session() as session:
                await session.execute_write(unit)
            times.append(time.perf_counter() - began)

    def _fresh(self) -> dict[str, Any]:
        """The model under keys that nobody used, in order."""
        key = uuid.uuid4().hex[:20]
        rows = []
        for number, row in enumerate(self._model["events"]):
            own = f"{key}{number:012x}"
            values = {**row["properties"], "dedup_key": own, "source_event_id": own}
            rows.append({**row, "id": own, "properties": values})
        return {**self._model, "id": key, "job": key, "events": rows}
