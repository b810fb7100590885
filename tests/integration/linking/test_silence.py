"""Log errors end by themselves once their lines no longer come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from graph import incidents
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus
from labo.domain.incidents.incidents import Incident, IncidentStatus
from labo.domain.telemetry.batches import StoredLine, TelemetryBatch
from labo.services.ingest.silence import SilenceService
from tests.integration.linking.conftest import Bench
from tests.integration.linking.test_linking import admit, link_all

pytestmark = pytest.mark.stack


def an_error(at: datetime) -> Event:
    """What the first line of a template in its window raises."""
    return Event(
        source="logs",
        source_event_id=f"window-{at.timestamp()}",
        dedup_key="shop/cart:t1",
        status=EventStatus.FIRING,
        severity=Severity.ERROR,
        title="connection <*> failed",
        starts_at=at,
        labels={
            "component": "cart",
            "system": "shop",
            "log.template": "connection <*> failed",
            "log.template_id": "t1",
        },
    )


async def write_lines(bench: Bench, *moments: datetime) -> None:
    lines = tuple(
        StoredLine(
            f"{at.timestamp()}", "shop", "cart", at.timestamp(), "E", "connection 7 failed", "t1"
        )
        for at in moments
    )
    await bench.app.telemetry.append(TelemetryBatch(bench.workspace, lines=lines))


async def end_silent(bench: Bench, now: datetime) -> None:
    """As the schedule does, and a worker afterwards."""
    app = bench.app
    await SilenceService(app.graph, app.recent_telemetry, app.accept).end_silent(now)
    await link_all(bench)


async def the_incident(bench: Bench) -> Incident:
    (found,) = await incidents.find_page(bench.labo.graph, limit=10)
    return found


async def test_a_pause_before_an_error_is_none_of_its_gaps(bench: Bench) -> None:
    """The error of a quarter of an hour ago was another one, which is over."""
    start = datetime.now(UTC)
    await write_lines(bench, start - timedelta(minutes=15))
    await admit(bench, an_error(start))
    await write_lines(bench, *(start + timedelta(seconds=30 * n) for n in range(8)))

    await end_silent(bench, start + timedelta(minutes=9))

    assert (await the_incident(bench)).status is IncidentStatus.RESOLVED


async def test_a_pause_of_some_minutes_is_one_of_its_gaps(bench: Bench) -> None:
    """So that an error of one line in two minutes ends once, and not after each of them."""
    start = datetime.now(UTC)
    await write_lines(bench, start - timedelta(minutes=2))
    await admit(bench, an_error(start))
    await write_lines(bench, start)

    await end_silent(bench, start + timedelta(minutes=3))

    assert (await the_incident(bench)).status is IncidentStatus.OPEN


async def test_an_error_whose_lines_stopped_is_over(bench: Bench) -> None:
    """At the end of the last ten seconds with a line, once; while lines come it lasts."""
    start = datetime.now(UTC)
    await admit(bench, an_error(start))
    await write_lines(bench, *(start + timedelta(seconds=30 * n) for n in range(8)))
    last = start + timedelta(seconds=210)
    last_step_end = datetime.fromtimestamp((last.timestamp() // 10 + 1) * 10, UTC)

    await end_silent(bench, last_step_end + timedelta(seconds=50))
    lasting = await the_incident(bench)
    await end_silent(bench, last_step_end + timedelta(seconds=90))
    over = await the_incident(bench)
    await end_silent(bench, last_step_end + timedelta(minutes=5))

    assert (lasting.status, over.status) == (IncidentStatus.OPEN, IncidentStatus.RESOLVED)
    assert over.resolved_at == last_step_end
    assert await the_incident(bench) == over


async def test_an_old_file_is_over_some_minutes_after_it_was_read(bench: Bench) -> None:
    """At the time of its last error."""
    written = datetime(2025, 3, 1, 12, tzinfo=UTC)
    await admit(bench, an_error(written))
    await write_lines(bench, written)
    read = datetime.now(UTC)

    await end_silent(bench, read + timedelta(minutes=9))
    lasting = await the_incident(bench)
    await end_silent(bench, read + timedelta(minutes=11))
    over = await the_incident(bench)

    assert lasting.status is IncidentStatus.OPEN
    assert (over.status, over.resolved_at) == (IncidentStatus.RESOLVED, written)
