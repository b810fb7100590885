"""An incident is linked to the earlier ones that it follows or overlaps."""

from __future__ import annotations

import pytest

from labo.domain.incidents.events import EventStatus
from tests.builders.events import an_alert
from tests.integration.linking.conftest import Bench
from tests.integration.linking.test_linking import admit, call_chain

pytestmark = pytest.mark.stack


async def successions(bench: Bench) -> list[tuple[str, str, str]]:
    """(title of the later, how, title of the earlier)."""
    async with bench.app.graph._driver.session() as session:
        result = await session.run(
            "MATCH (later:Incident {workspace: $w})-[r:FOLLOWS|OVERLAPS]->(earlier:Incident) "
            "RETURN later.title, type(r), earlier.title",
            w=bench.workspace,
        )
        return sorted([tuple(record.values()) async for record in result])


async def test_another_fault_after_the_end_is_another_incident_that_follows(bench: Bench) -> None:
    """A minute later and next to it, where it would have joined an incident that lasts."""
    await call_chain(bench, "web", "checkout")
    await admit(bench, an_alert("checkout"))
    await admit(bench, an_alert("checkout", status=EventStatus.RESOLVED, ends=2))
    await admit(bench, an_alert("web", minute=3))

    assert await successions(bench) == [
        ("HighLatency on web", "FOLLOWS", "HighLatency on checkout")
    ]


async def test_a_fault_beside_one_that_lasts_overlaps_it(bench: Bench) -> None:
    """When it begins too late to belong to it; one three calls away has nothing to do with it."""
    await call_chain(bench, "web", "checkout", "orders", "db")
    await admit(bench, an_alert("checkout"))
    await admit(bench, an_alert("orders", minute=20), an_alert("lonely", minute=20))

    assert await successions(bench) == [
        ("HighLatency on orders", "OVERLAPS", "HighLatency on checkout")
    ]


async def test_a_recurrence_follows_the_last_time_however_long_ago(bench: Bench) -> None:
    """By its alert; a stranger's incident of last week is none."""
    for minute, ends in ((0, 4), (200, 204)):
        await admit(bench, an_alert(minute=minute))
        await admit(bench, an_alert(status=EventStatus.RESOLVED, minute=minute, ends=ends))
    await admit(bench, an_alert(alert="Down", minute=400))
    await admit(bench, an_alert(minute=9_000))

    assert await successions(bench) == [
        ("HighLatency on checkout", "FOLLOWS", "HighLatency on checkout"),
        ("HighLatency on checkout", "FOLLOWS", "HighLatency on checkout"),
        ("HighLatency on checkout", "OVERLAPS", "Down on checkout"),
    ]
