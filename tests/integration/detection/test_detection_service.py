"""From samples in the store to occurrences in the graph, without anybody's alert."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from graph import incidents, occurrences
from labo.adapters.telemetry.recent import StoredRecentTelemetry
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.entities.series import SeriesKey, SeriesQuery, Window
from labo.domain.incidents.events import Event
from labo.domain.incidents.incidents import Occurrence
from labo.domain.telemetry.batches import Sample, StoredLine, TelemetryBatch
from labo.errors import Unavailable
from labo.services.ingest.detection import DetectionPace, DetectionService
from labo.settings import Settings
from tests.conftest import TestStack
from tests.integration.linking.conftest import Bench, bench
from tests.integration.linking.test_linking import link_all
from workers.stream.detection import LEASE_KEY, STATE_KEY, Detection, detect

__all__ = ["bench"]

pytestmark = pytest.mark.stack

STEP = 10.0
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PACE = DetectionPace(step_s=STEP, lateness_s=0.0)


def samples(
    first: int,
    last: int,
    *,
    component: str = "db",
    metric: str = "latency",
    level: float = 1.0,
    base: datetime = NOW,
) -> tuple[Sample, ...]:
    """A sample per step; step 0 begins at `base`."""
    rng = np.random.default_rng(abs(first))
    return tuple(
        Sample(
            "shop",
            component,
            metric,
            base.timestamp() + step * STEP,
            float(rng.normal(level, 0.05)),
        )
        for step in range(first, last)
    )


def at(step: int) -> datetime:
    return NOW + timedelta(seconds=step * STEP)


async def append(bench: Bench, *parts: tuple[Sample, ...]) -> None:
    together = tuple(sample for part in parts for sample in part)
    await bench.app.telemetry.append(TelemetryBatch(bench.workspace, samples=together))


def service(bench: Bench, said: list[Event] | None = None) -> DetectionService:
    async def accept(workspace: str, events: Sequence[Event]) -> None:
        if said is not None:
            said.extend(events)
        await bench.app.workspace(workspace).events.accept(events)

    return DetectionService(StoredRecentTelemetry(bench.app.telemetry), accept, PACE)


async def included(bench: Bench) -> list[Occurrence]:
    (incident,) = await incidents.find_page(bench.labo.graph, limit=5)
    return (await occurrences.find_by_incidents(bench.labo.graph, [incident.id]))[incident.id]


async def test_a_deviation_opens_an_occurrence_and_its_end_closes_it(bench: Bench) -> None:
    """The problem is the one that a diagnosis would name; what is told again changes nothing."""
    watching = service(bench)
    await append(bench, samples(-100, 0), samples(-100, 0, component="web"))
    assert await watching.detect(NOW) == 0

    await append(bench, samples(0, 6, level=3.0), samples(0, 6, component="web"))
    state = watching.dump()
    assert await watching.detect(at(6)) == 1
    await link_all(bench)
    (opened,) = await included(bench)

    assert (opened.component, opened.started_at, opened.ended_at) == ("shop/db", NOW, None)
    assert opened.problem == problem_key("database", ProblemKind.METRIC, "slow")

    # Killed before its state was kept, and started again on the older one.
    again = service(bench)
    assert again.restore(state)
    await append(bench, samples(6, 12), samples(6, 12, component="web"))
    assert await again.detect(at(12)) == 2
    await link_all(bench)
    (closed,) = await included(bench)

    assert (closed.id, closed.ended_at) == (opened.id, at(6))


async def test_one_slow_component_is_one_occurrence_of_one_problem(bench: Bench) -> None:
    """However many instruments and statistics show it, and though fewer requests come."""
    durations = [
        f"{instrument}.duration.{statistic}"
        for instrument in ("http.server.request", "http.client.request", "db.client.operation")
        for statistic in ("mean", "p50", "p95", "p99")
    ]
    watching = service(bench)
    for metric in (*durations, "http.server.request.rate"):
        await append(bench, samples(-100, 0, metric=metric))
    await watching.detect(NOW)
    for metric in durations:
        await append(bench, samples(0, 6, metric=metric, level=3.0))
    await append(bench, samples(0, 6, metric="http.server.request.rate", level=0.0))
    for step in range(1, 7):
        await watching.detect(at(step))
    await link_all(bench)
    [incident] = await incidents.find_page(bench.labo.graph, limit=5)
    [occurrence] = await included(bench)

    assert incident.title == "db is slow"
    assert occurrence.problem == problem_key("database", ProblemKind.METRIC, "slow")


async def test_what_could_not_be_said_is_said_later(bench: Bench) -> None:
    """While the graph is away, events wait; none is lost or said twice, nor with the process."""
    said: list[Event] = []
    away = True

    async def accept(_: str, events: Sequence[Event]) -> None:
        if away:
            raise Unavailable("the graph is away")
        said.extend(events)

    watching = DetectionService(StoredRecentTelemetry(bench.app.telemetry), accept, PACE)
    await append(bench, samples(-100, 0))
    await watching.detect(NOW)
    await append(bench, samples(0, 6, level=3.0))
    for _ in range(2):
        with pytest.raises(Unavailable):
            await watching.detect(at(6))
    kept = await bench.app.redis.get(STATE_KEY)
    await Detection(bench.app, service=watching).save()
    assert await bench.app.redis.get(STATE_KEY) == kept  # the next process finds it again
    away = False

    assert await watching.detect(at(6)) == 1
    assert await watching.detect(at(6)) == 0
    assert [event.title for event in said] == ["db is slow"]


async def test_imported_history_opens_nothing_and_new_error_lines_do(bench: Bench) -> None:
    """History lies before the watermark; a template that comes up with errors is news."""
    said: list[Event] = []
    watching = service(bench, said)
    await append(bench, samples(-100, 0))
    calm = [("t0", step, "INFO", "served") for step in range(-140, 20)]
    burst = [("t1", step, "ERROR", "refused") for step in range(0, 20)]

    def lines(rows: list[tuple[str, int, str, str]]) -> TelemetryBatch:
        kept = tuple(
            StoredLine(f"{t}-{s}", "shop", "web", at(s).timestamp(), level, body, t)
            for t, s, level, body in rows
        )
        return TelemetryBatch(bench.workspace, lines=kept)

    await bench.app.telemetry.append(lines([row for row in calm if row[1] < 0]))
    await watching.detect(NOW)
    old = NOW - timedelta(days=30)
    await append(bench, samples(-100, 0, base=old), samples(0, 50, level=9.0, base=old))
    await bench.app.telemetry.append(lines([row for row in calm if row[1] >= 0] + burst))
    await append(bench, samples(0, 20))
    await watching.detect(at(20))

    [event] = said
    assert event.title == "web has unusual log lines"
    assert {event.labels["metric"], *json.loads(event.raw)["also"]} == {
        "log.errors.rate",
        "web:log.template.t1.rate",
    }

    query = SeriesQuery(bench.workspace, "shop", Window(at(-100), at(20)), STEP)
    read = await bench.app.telemetry_reader.series(query)
    assert read[SeriesKey("web", "log.errors.rate")].values.tolist() == [0.0] * 100 + [6.0] * 20
    assert SeriesKey("db", "latency") in read


async def test_where_all_telemetry_stops_no_line_fell_silent(bench: Bench) -> None:
    """Nothing comes of a system for five minutes, and then all of it again: nothing is said."""
    said: list[Event] = []
    watching = service(bench, said)

    def served(first: int, last: int) -> TelemetryBatch:
        return TelemetryBatch(
            bench.workspace,
            lines=tuple(
                StoredLine(f"{s}-{n}", "shop", "web", at(s).timestamp(), "INFO", "served", "t0")
                for s in range(first, last)
                for n in range(3)
            ),
        )

    await append(bench, samples(-100, 0))
    await bench.app.telemetry.append(served(-100, 0))
    await watching.detect(NOW)
    for step in range(1, 31):
        await watching.detect(at(step))
    await append(bench, samples(30, 40))
    await bench.app.telemetry.append(served(30, 40))
    await watching.detect(at(40))

    assert said == []


@pytest.fixture
async def others_lease(bench: Bench) -> AsyncIterator[None]:
    await bench.app.redis.set(LEASE_KEY, "another")
    yield
    await bench.app.redis.delete(LEASE_KEY, STATE_KEY)


async def test_the_holder_of_the_lease_detects_and_keeps_its_state(
    bench: Bench, others_lease: None
) -> None:
    """Another process waits; who leaves lets the next go on from the state at once."""
    one, two = Detection(bench.app), Detection(bench.app)
    await one.detect()
    assert one.service is None

    await bench.app.redis.delete(LEASE_KEY)
    await one.detect()
    await two.detect()
    assert one.service is not None
    assert two.service is None
    await one.leave()
    await two.detect()

    assert two.service is not None
    assert two.service.dump() == one.service.dump()
    await two.leave()


async def test_it_can_be_switched_off(bench: Bench, stack: TestStack) -> None:
    """Then it waits for the end and reads nothing."""
    stop = asyncio.Event()
    off = Settings(detection={"enabled": False})
    bench.app.settings = off
    running = asyncio.create_task(detect(bench.app, stop))
    await asyncio.sleep(0)
    stop.set()
    await running

    assert await bench.app.redis.get(LEASE_KEY) is None


async def test_a_state_of_another_kind_is_not_taken_over(bench: Bench) -> None:
    """The baselines are learnt anew then."""
    fresh = service(bench)

    assert not fresh.restore("not json")
    assert not fresh.restore("[]")
    assert not fresh.restore('{"version": 3, "step_s": 10.0, "watches": []}')
    assert fresh.restore('{"version": 4, "step_s": 10.0, "watches": []}')
