"""Two systems of one stack are broken at the same time, and once more when all is over."""

from __future__ import annotations

import pytest

from benchmarks.live.faults import Kind
from benchmarks.live.shapes import CHAIN, WEB
from tests.builders.simulated_application import SimulatedApplication
from tests.builders.simulated_time import Fault, SimulatedTime

pytestmark = pytest.mark.stack

NAMES = ["web_first", "chain_first", "web_again", "chain_again"]
Faults = list[Fault]


each_fault = pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)


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


@each_fault
def test_a_fault_opens_one_incident_within_90_s(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """In its system, which the other one's fault does not touch."""
    found = simulated_time.score(faults[number])

    assert found.incidents == 1
    assert found.opened_s is not None
    assert found.opened_s <= 90


@each_fault
def test_the_first_suspect_is_right_within_90_s_and_stays_right(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """At each look for five minutes."""
    found = simulated_time.score(faults[number])

    assert found.is_right_soon
    assert found.right_share == 1.0


@each_fault
def test_no_sure_answer_names_another_component(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """Such as the one that a slow component calls, which is well."""
    assert simulated_time.score(faults[number]).wrong_share == 0.0


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


@each_fault
def test_an_incident_is_resolved_within_five_minutes_of_the_end_of_its_fault(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """Also those of the web application, whose error lines nothing ends but silence."""
    resolved_s = simulated_time.resolved_s(faults[number])

    assert resolved_s is not None
    assert resolved_s <= 300


@each_fault
def test_no_incident_holds_components_of_two_systems(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """Though they began in the same minute."""
    assert simulated_time.score(faults[number]).mixed == 0


@each_fault
def test_a_faulty_component_has_two_problems_at_most(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """Its behaviour, and what its log says."""
    assert simulated_time.score(faults[number]).problems <= 2
