"""What holds for each fault of a sequence; its module imports these and says which ones there are.

A module's `faults` runs its sequence, and `number` is the place of one of them.
"""

from __future__ import annotations

from tests.builders.simulated_time import Fault, SimulatedTime

Faults = list[Fault]


def test_a_fault_opens_one_incident_within_90_s(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """However many components and metrics show it, and whatever else is broken."""
    found = simulated_time.score(faults[number])

    assert found.incidents == 1
    assert found.opened_s is not None
    assert found.opened_s <= 90


def test_the_first_suspect_is_right_within_90_s_and_stays_right(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """At each look for five minutes, or until the next fault begins."""
    found = simulated_time.score(faults[number])

    assert found.is_right_soon
    assert found.right_share == 1.0


def test_no_sure_answer_names_another_component(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """Neither before the right answer nor after it, such as one that it calls, which is well."""
    assert simulated_time.score(faults[number]).wrong_share == 0.0


def test_an_incident_is_resolved_within_five_minutes_of_the_end_of_its_fault(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """Also those with error lines, which nothing ends but silence."""
    resolved_s = simulated_time.resolved_s(faults[number])

    assert resolved_s is not None
    assert resolved_s <= 300


def test_a_faulty_component_has_two_problems_at_most(
    simulated_time: SimulatedTime, faults: Faults, number: int
) -> None:
    """Its behaviour, and what its log says."""
    assert simulated_time.score(faults[number]).problems <= 2
