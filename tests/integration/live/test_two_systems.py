"""Two systems of one stack are broken at the same time, and once more when all is over."""

from __future__ import annotations

import pytest

from benchmarks.live.faults import Kind
from benchmarks.live.shapes import CHAIN, WEB
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

NAMES = ["web_first", "chain_first", "web_again", "chain_again"]


@pytest.fixture(params=range(len(NAMES)), ids=NAMES)
def number(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
async def faults(simulated_time: SimulatedTime) -> Faults:
    """`payments` of the web application failing while `inventory`, in the middle of the chain, is
    slow; seven minutes later the same again."""
    web = SimulatedApplication(WEB, simulated_time.now)
    chain = SimulatedApplication(CHAIN, simulated_time.now, seed=2)
    simulated_time.applications = [web, chain]
    both = (web, Kind.FAILING, "payments"), (chain, Kind.SLOW, "inventory")
    await simulated_time.advance(420)
    first = await simulated_time.faults(*both, seconds=180)
    await simulated_time.advance(420)
    again = await simulated_time.faults(*both, seconds=180)
    await simulated_time.advance(300)
    return [*first, *again]


@pytest.mark.parametrize("number", [0, 1], ids=["web", "chain"])
async def test_the_same_fault_again_is_another_incident_that_recurs(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """All was normal for more than five minutes between them."""
    first, again = (simulated_time.incident(fault) for fault in faults[number::2])
    query = "query ($id: ID!) { incident(id: $id) { ... on Incident { follows recurrenceOf } } }"
    data = await simulated_time.ask(query, id=again)

    assert again != first
    assert simulated_time.score(faults[number + 2]).joined == 0
    assert data["incident"] == {"follows": first, "recurrenceOf": first}


def test_no_incident_holds_components_of_two_systems(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """Though they began in the same minute."""
    assert simulated_time.score(faults[number]).mixed == 0
