"""A person ends an incident whose alert still fires; a new start of that alert is seen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from graph import incident_acts as acts
from graph import incidents
from labo.domain.incidents.events import EventStatus
from labo.domain.incidents.incidents import Incident, IncidentStatus
from tests.builders.events import T0, an_alert
from tests.integration.linking.conftest import Bench
from tests.integration.linking.test_linking import admit

pytestmark = pytest.mark.stack


def minute_now() -> float:
    """A person's end is at the present time."""
    return (datetime.now(UTC) - T0).total_seconds() / 60


async def ended_by_a_person(bench: Bench, since: float, *, closed: bool) -> Incident:
    """An incident of two alerts since that minute, neither of which has ended."""
    await admit(bench, an_alert(minute=since), an_alert(alert="Down", minute=since))
    [incident] = await incidents.find_page(bench.labo.graph, limit=10)
    ended = await bench.labo.incidents.resolve(incident.id, by="ann", reason="rebooted")
    if closed:
        ended = await bench.labo.incidents.close(incident.id, by="ann", reason="done")
    return ended


async def test_a_new_start_without_a_resolution_reopens_what_was_just_resolved(
    bench: Bench,
) -> None:
    """As within five minutes of any end."""
    now = minute_now()
    ended = await ended_by_a_person(bench, now - 30, closed=False)
    await admit(bench, an_alert(minute=now + 3))
    [incident] = await incidents.find_page(bench.labo.graph, limit=10)

    assert (incident.id, incident.status) == (ended.id, IncidentStatus.OPEN)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("resolution", ["came", "is missing"])
async def test_a_new_start_later_is_an_incident_that_follows(
    bench: Bench, *, closed: bool, resolution: str
) -> None:
    """Whether the monitor's resolution came or not, and though another alert still fires."""
    now = minute_now()
    ended = await ended_by_a_person(bench, now - 30, closed=closed)
    if resolution == "came":
        over = an_alert(status=EventStatus.RESOLVED, minute=now - 30, ends=now + 8)
        await admit(bench, over)
    await admit(bench, an_alert(minute=now + 20))
    again, before = await incidents.find_page(bench.labo.graph, limit=10)
    [handling] = await acts.find_handling(bench.labo.graph, [again.id])

    assert (again.status, before.id, before.status) == (
        IncidentStatus.OPEN,
        ended.id,
        ended.status,
    )
    assert (handling.follows, handling.overlaps) == (ended.id, ())
