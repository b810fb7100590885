"""One component is slow; a minute after its end another one fails, and writes error lines."""

from __future__ import annotations

import pytest

from benchmarks.live.faults import Kind
from benchmarks.live.shapes import WEB
from tests.builders.simulated_application import SimulatedApplication
from tests.builders.simulated_time import SimulatedTime
from tests.integration.live.each_fault import (
    Faults,
    test_a_fault_opens_one_incident_within_90_s,
    test_a_faulty_component_has_two_problems_at_most,
    test_an_incident_is_resolved_within_five_minutes_of_the_end_of_its_fault,
    test_no_sure_answer_names_another_component,
    test_the_first_suspect_is_right_within_90_s_and_stays_right,
)

__all__ = [
    "test_a_fault_opens_one_incident_within_90_s",
    "test_a_faulty_component_has_two_problems_at_most",
    "test_an_incident_is_resolved_within_five_minutes_of_the_end_of_its_fault",
    "test_no_sure_answer_names_another_component",
    "test_the_first_suspect_is_right_within_90_s_and_stays_right",
]

pytestmark = pytest.mark.stack

FIRST, SECOND = 0, 1


@pytest.fixture(params=[FIRST, SECOND], ids=["first", "second"])
def number(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
async def faults(simulated_time: SimulatedTime) -> Faults:
    """`payments` slow, then `orders` failing, on the live bench's web application."""
    web = SimulatedApplication(WEB, simulated_time.now)
    simulated_time.applications = [web]
    await simulated_time.advance(420)
    first = await simulated_time.faults((web, Kind.SLOW, "payments"), seconds=240)
    await simulated_time.advance(60)
    second = await simulated_time.faults((web, Kind.FAILING, "orders"), seconds=240)
    await simulated_time.advance(300)
    return [*first, *second]


async def test_the_second_fault_is_an_incident_of_its_own_that_follows_the_first(
    simulated_time: SimulatedTime, faults: Faults
) -> None:
    """The first one was over: its answer is not shown for the second."""
    first, second = (simulated_time.incident(fault) for fault in faults)
    query = "query ($id: ID!) { incident(id: $id) { ... on Incident { follows overlaps } } }"
    data = await simulated_time.ask(query, id=second)

    assert second != first
    assert simulated_time.score(faults[SECOND]).joined == 0
    assert data["incident"] == {"follows": first, "overlaps": []}
