"""One component is slow; a minute after its end another one fails, and writes error lines."""

from __future__ import annotations

import pytest

from benchmarks.live.faults import Kind
from benchmarks.live.shapes import WEB
from tests.builders.simulated_application import SimulatedApplication
from tests.builders.simulated_time import Fault, SimulatedTime

pytestmark = pytest.mark.stack

FIRST, SECOND = 0, 1
Faults = list[Fault]
each_fault = pytest.mark.parametrize("number", [FIRST, SECOND], ids=["first", "second"])


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


@each_fault
def test_a_fault_opens_one_incident_within_90_s(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """However many components and metrics show it."""
    found = simulated_time.score(faults[number])

    assert found.incidents == 1
    assert found.opened_s is not None
    assert found.opened_s <= 90


@each_fault
def test_the_first_suspect_is_right_within_90_s_and_stays_right(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """At each look for five minutes, or until the next fault begins."""
    found = simulated_time.score(faults[number])

    assert found.is_right_soon
    assert found.right_share == 1.0


@each_fault
def test_no_sure_answer_names_another_component(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """Neither before the right answer nor after it."""
    assert simulated_time.score(faults[number]).wrong_share == 0.0


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


@each_fault
def test_an_incident_is_resolved_within_five_minutes_of_the_end_of_its_fault(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """Also the second, whose error lines nothing ends but silence."""
    resolved_s = simulated_time.resolved_s(faults[number])

    assert resolved_s is not None
    assert resolved_s <= 300


@each_fault
def test_a_faulty_component_has_two_problems_at_most(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """Its behaviour, and what its log says."""
    assert simulated_time.score(faults[number]).problems <= 2
