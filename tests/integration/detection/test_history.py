"""What is stored of the weeks before is at hand: no warm-up, and a nightly job is no news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks.debian import find_commands
from labo.adapters.metric_source.beside_store import RecentBesideSource
from labo.adapters.metric_source.prometheus import PrometheusSource
from labo.adapters.telemetry.recent import StoredRecentTelemetry
from labo.domain.entities.series import Series, SeriesKey, SeriesQuery
from labo.domain.incidents.events import Event
from labo.domain.telemetry.batches import Sample, TelemetryBatch
from labo.errors import Unavailable
from labo.ports.recent_telemetry import LineCount, RecentTelemetry
from labo.services.ingest.detection import DetectionPace, DetectionService
from tests.integration.detection.test_detection_service import NOW
from tests.integration.linking.conftest import Bench, bench
from tests.integration.metric_source.test_prometheus import free_port, local

__all__ = ["bench"]

pytestmark = pytest.mark.stack

MINUTE, A_DAY = 60.0, 1_440
DAYS = 4
PACE = DetectionPace(lateness_s=0.0, adapts=False)
LATENCY = SeriesKey("db", "latency")


def values(*, fault: float = 0.0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """By the minute, from `DAYS` before `NOW` on for another hour; a job at noon, each day."""
    found = 1.0 + 0.05 * np.random.default_rng(3).standard_normal(DAYS * A_DAY + 60)
    for day in range(DAYS + 1):
        found[day * A_DAY : day * A_DAY + 20] += 2.0
    found[DAYS * A_DAY : DAYS * A_DAY + 20] += fault
    return found


def start_of_all() -> float:
    return NOW.timestamp() - DAYS * A_DAY * MINUTE


def at(minute: float) -> datetime:
    return NOW + timedelta(minutes=minute)


async def store(bench: Bench, *, first: int = 0, fault: float = 0.0) -> None:
    samples = tuple(
        Sample("shop", LATENCY.component, LATENCY.metric, start_of_all() + i * MINUTE, float(value))
        for i, value in enumerate(values(fault=fault))
        if i >= first
    )
    await bench.app.telemetry.append(TelemetryBatch(bench.workspace, samples=samples))


def service(telemetry: RecentTelemetry, announced: list[Event]) -> DetectionService:
    async def accept(_: str, events: Sequence[Event]) -> None:
        announced.extend(events)

    return DetectionService(telemetry, accept, PACE)


async def watch(service: DetectionService, first: int = -20, last: int = 40) -> None:
    for minute in range(first, last):
        await service.detect(at(minute))


async def test_a_daily_job_in_the_stored_history_is_no_news(bench: Bench) -> None:
    """For a process that starts some minutes before it."""
    announced: list[Event] = []
    await store(bench)
    await watch(service(bench.app.recent_telemetry, announced))

    assert announced == []


async def test_more_than_the_daily_job_is_reported(bench: Bench) -> None:
    """History hides nothing larger than what was."""
    announced: list[Event] = []
    await store(bench, fault=3.0)
    await watch(service(bench.app.recent_telemetry, announced), last=10)

    assert [one.starts_at for one in announced] == [NOW]


async def test_without_history_the_job_is_found(bench: Bench) -> None:
    """The control: three hours are stored, and no more."""
    announced: list[Event] = []
    await store(bench, first=DAYS * A_DAY - 180)
    await watch(service(bench.app.recent_telemetry, announced), last=10)

    assert [one.starts_at for one in announced] == [NOW]


@dataclass
class Odd:
    """A store that does not answer for whole days, and for nothing while it `is_away`."""

    store: RecentTelemetry
    is_away: bool = True
    days_asked: int = 0

    async def systems(self, since: datetime) -> Sequence[tuple[str, str]]:
        return await self.store.systems(since)

    async def series(self, query: SeriesQuery) -> Mapping[SeriesKey, Series]:
        if query.window.end - query.window.start >= timedelta(days=1):
            self.days_asked += 1
            raise Unavailable("no history today")
        return {} if self.is_away else await self.store.series(query)

    async def line_counts(self, query: SeriesQuery) -> Sequence[LineCount]:
        return await self.store.line_counts(query)


async def test_history_that_cannot_be_read_costs_nothing_else(bench: Bench) -> None:
    """It is asked for once; and what is seen for the first time is judged from what is stored of
    its last hours at once, not after 25 values."""
    announced: list[Event] = []
    odd = Odd(bench.app.recent_telemetry)
    await store(bench, fault=3.0)
    watching = service(odd, announced)
    await watch(watching, last=-3)
    odd.is_away = False
    await watch(watching, first=-3, last=10)

    assert [one.starts_at for one in announced] == [NOW]
    assert odd.days_asked == 1


@pytest.fixture
async def prometheus(tmp_path: Path) -> AsyncIterator[PrometheusSource]:
    """One that has scraped the job's days."""
    commands = find_commands("prometheus", "prometheus", "promtool")
    if commands is None:
        pytest.skip("prometheus comes from Debian's packages; no apt here")
    lines = [
        f'latency{{service="db"}} {value} {start_of_all() + i * MINUTE + 30:.0f}'
        for i, value in enumerate(values())
    ]
    text, config, port = tmp_path / "past.txt", tmp_path / "prometheus.yml", free_port()
    text.write_text("\n".join(["# TYPE latency gauge", *lines, "# EOF\n"]))
    config.write_text("{}")
    quiet = asyncio.subprocess.DEVNULL
    blocks = ["tsdb", "create-blocks-from", "openmetrics", str(text), str(tmp_path / "tsdb")]
    made = await asyncio.create_subprocess_exec(*commands["promtool"], *blocks, stdout=quiet)
    assert await made.wait() == 0
    process = await asyncio.create_subprocess_exec(
        *commands["prometheus"],
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address=127.0.0.1:{port}",
        stdout=quiet,
        stderr=quiet,
    )
    url = f"http://127.0.0.1:{port}"
    source = PrometheusSource(url, local(url), system="shop", queries={"latency": "latency"})
    try:
        for _ in range(200):
            try:
                await source.check()
                break
            except Unavailable:
                await asyncio.sleep(0.1)
        yield source
    finally:
        process.terminate()
        await process.wait()


async def test_a_prometheus_spares_the_warm_up(bench: Bench, prometheus: PrometheusSource) -> None:
    """A real one, with four days: what a first look judges has a whole baseline, and the job is
    known before its next run."""
    announced: list[Event] = []
    stored = StoredRecentTelemetry(bench.app.telemetry)
    telemetry = RecentBesideSource(stored, prometheus, bench.workspace)
    watching = service(telemetry, announced)
    await watching.detect(at(-20))
    [first] = watching._watches.values()
    assert len(first.detectors[LATENCY].baseline) == 120

    await watch(watching, first=-19)
    usual = first.detectors[LATENCY].season.usual(NOW.timestamp() + 3_600 * 24)
    assert announced == []
    assert usual is not None
    assert usual.high == pytest.approx(3.0, abs=0.2)
