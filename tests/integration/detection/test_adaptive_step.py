"""From the first telemetry of a system on: judged in fine steps of the store, then in coarser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from labo.adapters.telemetry.recent import StoredRecentTelemetry
from labo.domain.incidents.events import Event
from labo.domain.telemetry.batches import StoredLine, TelemetryBatch
from labo.services.ingest.detection import DetectionPace, DetectionService
from tests.integration.detection.test_detection_service import NOW, STEP, append, samples
from tests.integration.linking.conftest import Bench, bench

__all__ = ["bench"]

pytestmark = pytest.mark.stack

DEFAULTS = DetectionPace(lateness_s=0.0)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def service(bench: Bench, announced: list[Event]) -> DetectionService:
    async def accept(_: str, events: Sequence[Event]) -> None:
        announced.extend(events)

    return DetectionService(StoredRecentTelemetry(bench.app.telemetry), accept, DEFAULTS)


async def write_lines(bench: Bench, template: str, first: int, last: int) -> None:
    """A line in each step of 10 s."""
    lines = tuple(
        StoredLine(
            f"{template}-{n}", "shop", "web", at(n * STEP).timestamp(), "INFO", "served", template
        )
        for n in range(first, last)
    )
    await bench.app.telemetry.append(TelemetryBatch(bench.workspace, lines=lines))


async def test_a_system_is_watched_five_minutes_after_its_first_value(bench: Bench) -> None:
    """With the default step: trouble in the sixth minute is announced within it."""
    announced: list[Event] = []
    watching = service(bench, announced)
    for step in range(30):
        await append(bench, samples(step, step + 1), samples(step, step + 1, component="web"))
        await watching.detect(at((step + 1) * STEP))
    assert announced == []

    for step in range(30, 35):
        await append(bench, samples(step, step + 1, level=3.0))
        await watching.detect(at((step + 1) * STEP))
    [event] = announced
    assert (event.labels["component"], event.starts_at) == ("db", at(300))


async def test_a_system_settles_in_the_step_that_is_set(bench: Bench) -> None:
    """After two hours, without an announcement; who starts later begins with it."""
    announced: list[Event] = []
    watching = service(bench, announced)
    await append(bench, samples(0, 756))
    for second in (10, 3_600, 7_140):
        await watching.detect(at(second))
    [fine] = watching._watches.values()
    assert fine.steps == [10.0]

    await watching.detect(at(7_200))
    assert fine.steps == [60.0]
    again, fresh = service(bench, []), service(bench, [])
    assert again.restore(watching.dump())
    assert again.dump() == watching.dump()
    await fresh.detect(at(7_260))
    [later] = fresh._watches.values()
    assert later.steps == [60.0]

    await append(bench, samples(756, 800, level=3.0))
    for second in range(7_260, 8_001, 60):
        await watching.detect(at(second))
    assert [one.starts_at for one in announced] == [at(7_560)]


async def test_what_a_system_logs_from_its_beginning_is_nothing_new(bench: Bench) -> None:
    """Before its first telemetry it was not silent: it was not there."""
    announced: list[Event] = []
    watching = service(bench, announced)
    for step in range(60):
        await write_lines(bench, "t0", step, step + 1)
        if step >= 12:
            await write_lines(bench, "t1", step, step + 1)
        await watching.detect(at((step + 1) * STEP))
    assert announced == []

    for step in range(60, 66):
        for template in ("t0", "t1", "t2"):
            await write_lines(bench, template, step, step + 1)
        await watching.detect(at((step + 1) * STEP))
    assert {one.labels["metric"] for one in announced} == {"log.template.t2.rate"}
