"""Events accepted by this process, linked by a real worker process."""

from __future__ import annotations

import pytest

from tests.builders.events import an_alert
from tests.workers.conftest import Floor, until

pytestmark = pytest.mark.stack

INCIDENTS = "MATCH (i:Incident {workspace: $w}) RETURN count(i)"
UNLINKED = "MATCH (e:Event {workspace: $w}) WHERE e.linked_at IS NULL RETURN count(e)"
LINK_JOBS = "MATCH (j:Job {workspace: $w, kind: 'events.link'}) RETURN count(j)"


async def test_an_accepted_event_becomes_an_incident(floor: Floor) -> None:
    """From the commit over the broker to the incident; the job is gone when it is done."""
    floor.pool.start()
    await floor.app.workspace().events.accept([an_alert()])

    async def linked() -> bool:
        return await floor.count(INCIDENTS) == 1 and await floor.count(LINK_JOBS) == 0

    await until(linked, f"an incident; {floor.pool.logs()[-2000:]}")
