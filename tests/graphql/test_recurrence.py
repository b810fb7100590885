"""Which incident an incident repeats."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders.incidents import (
    NOON,
    an_incident,
    an_occurrence,
    save_diagnosis,
    save_incident,
)
from tests.graphql.conftest import Caller

pytestmark = pytest.mark.stack


async def test_an_incident_repeats_the_newest_with_its_cause(caller: Caller) -> None:
    """Though another one came in between; that has another cause and repeats nothing."""
    for number, cause in ((1, "db"), (2, "mail"), (3, "db")):
        opened_at = NOON + timedelta(hours=number)
        on_cause = replace(an_occurrence(number, component=cause), started_at=opened_at)
        victim = replace(an_occurrence(number + 10), started_at=opened_at)
        incident = an_incident(number, opened_at=opened_at)
        await save_incident(caller.graph, incident, on_cause, victim)
        await save_diagnosis(caller.graph, incident.id, cause=cause)

    answer = await caller.ask("{ incidents { nodes { key recurrenceOf } } }")

    assert {one["key"]: one["recurrenceOf"] for one in answer["incidents"]["nodes"]} == {
        "incident-0001": None,
        "incident-0002": None,
        "incident-0003": "incident-0001",
    }
