"""Batches of events become incidents on the real graph."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from graph.components import upsert as upsert_components
from graph.incidents import Incidents
from graph.occurrences import Occurrences
from labo.domain.components import Component, Dependency
from labo.domain.events import Event, EventStatus, Severity, episode_id
from labo.domain.incidents import IncidentStatus
from tests.integration.linking.conftest import Bench

pytestmark = pytest.mark.stack

T0 = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def an_event(
    service: str = "checkout",
    alert: str = "HighLatency",
    status: EventStatus = EventStatus.FIRING,
    minute: float = 0,
    ends: float | None = None,
) -> Event:
    starts = T0 + timedelta(minutes=minute)
    ends_at = None if ends is None else T0 + timedelta(minutes=ends)
    dedup = f"{service}/{alert}"
    return Event(
        source="alertmanager",
        source_event_id=episode_id(dedup, starts, status, ends_at),
        dedup_key=dedup,
        status=status,
        severity=Severity.ERROR,
        title=alert,
        starts_at=starts,
        ends_at=ends_at,
        labels={"alertname": alert, "service": service},
    )


async def take_in(bench: Bench, *events: Event) -> None:
    """Accept the events and link what waits, as a worker would."""
    await bench.labo.events.accept(events)
    await link_all(bench)


async def link_all(bench: Bench) -> None:
    async with bench.app.graph._driver.session() as session:
        result = await session.run(
            "MATCH (j:Job {workspace: $w, kind: 'events.link'}) RETURN j.subject AS s",
            w=bench.workspace,
        )
        batches = [record["s"] async for record in result]
    for batch in batches:
        await bench.labo.linking.link(batch)


async def the_incidents(bench: Bench) -> list[tuple[str, IncidentStatus, int]]:
    """(title, status, number of occurrences), oldest first, without the merged ones."""
    page = await Incidents(bench.labo.graph).find_page(limit=100)
    held = await Occurrences(bench.labo.graph).find_by_incidents([i.id for i in page])
    return [(i.title, i.status, len(held[i.id])) for i in reversed(page) if not i.merged_into]


async def call_chain(bench: Bench, *names: str) -> None:
    """Each component calls the next."""
    components = [Component(f"default/{name}", name) for name in names]
    pairs = zip(components, components[1:], strict=False)
    links = [Dependency(one.key, other.key) for one, other in pairs]
    await bench.labo.graph.write(lambda tx: upsert_components(tx, components, links))


async def test_a_firing_alert_opens_an_incident_and_its_resolution_ends_it(bench: Bench) -> None:
    """The whole life of one alert."""
    await take_in(bench, an_event())
    opened = await the_incidents(bench)
    await take_in(bench, an_event(status=EventStatus.RESOLVED, ends=4))
    ended = await the_incidents(bench)

    assert opened == [("HighLatency on checkout", IncidentStatus.OPEN, 1)]
    assert ended == [("HighLatency on checkout", IncidentStatus.RESOLVED, 1)]
