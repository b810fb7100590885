"""Rounds of the lab: what is provoked next, and when a diagnosis counts as right."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from labo.domain.lab.runs import (
    CONTROL_EVERY,
    ONSET_S,
    LabRound,
    LabRun,
    Policy,
    capture_of,
    check,
    next_round,
)
from labo.errors import InvalidInput

FAULTS = {"crash": ("db", "web"), "latency": ("api", "db", "web")}
RUN = LabRun("shop", 8.0, epoch=1_000.0, roles={"db": "database"})
MET = LabRound(RUN.key, 2, "latency", "db", role="database", verdict="LIKELY", suspect="db")


def test_proactive_rounds_take_turns_between_new_and_barely_known() -> None:
    """Even ones go where fewest labelled incidents are, odd ones where there are some but few."""
    labelled_incidents = {
        ("crash", "service"): 0,
        ("latency", "service"): 3,
        ("latency", "database"): 1,
    }
    even = {next_round(RUN, n, FAULTS, labelled_incidents).kind for n in range(2, 40, 2)}
    odd = [next_round(RUN, n, FAULTS, labelled_incidents) for n in range(3, 40, 2)]

    assert even == {"crash"}
    assert {one.label for one in odd if not one.is_control} == {"latency@db"}
    assert [one.number for one in odd if one.is_control] == [9, 17, 25, 33]
    assert next_round(RUN, 1 + CONTROL_EVERY, FAULTS, labelled_incidents).is_control


def test_random_rounds_draw_any_place_by_the_runs_seed() -> None:
    """The same seed draws alike; a fault that nobody felt is left out while there are others."""
    run = replace(RUN, policy=Policy.RANDOM)
    drawn = Counter(next_round(run, n, FAULTS, {}).label for n in range(2, 400, 2))
    other = [next_round(replace(run, seed=1), n, FAULTS, {}).label for n in range(2, 40, 2)]

    assert len(drawn) == 5 and min(drawn.values()) > 20
    assert other != [next_round(run, n, FAULTS, {}).label for n in range(2, 40, 2)]
    unfelt = {(kind, name) for kind, names in FAULTS.items() for name in names} - {("crash", "db")}
    assert next_round(run, 2, FAULTS, {}, unfelt).label == "crash@db"
    assert next_round(run, 2, FAULTS, {}, unfelt | {("crash", "db")}).kind
    assert next_round(run, 2, {}, {}).is_control


def test_a_round_is_captured_later_in_the_run_with_draws_of_its_own() -> None:
    """Normal times have no fault; the same round is captured alike."""
    first, second = (LabRound(RUN.key, n, "latency", "db") for n in (2, 3))
    one, again, other = (capture_of(RUN, r, 60.0) for r in (first, first, second))

    assert one == again and one.seed != other.seed
    assert (one.epoch, one.faults[0].at, one.faults[0].target) == (1_060.0, ONSET_S, "db")
    assert capture_of(RUN, LabRound(RUN.key, 1), 0.0).faults == ()


@pytest.mark.parametrize(
    ("said", "localised", "named", "right"),
    [
        (MET, True, False, True),
        (replace(MET, named="latency"), True, True, False),
        (replace(MET, named="latency", known=True), True, True, True),
        (replace(MET, known=True), True, False, False),
        (replace(MET, named="crash", known=True), True, False, False),
        (replace(MET, suspect="web", named="latency", known=True), False, False, False),
    ],
)
def test_right_is_the_place_and_a_name_only_for_what_is_known(
    said: LabRound, localised: bool, named: bool, right: bool
) -> None:
    """To call an unknown problem by a known one's name is wrong, and so is the other way round."""
    confirmed = replace(said, verdict="CONFIRMED")

    assert (said.is_localised, said.is_named, said.is_right) == (localised, named, right)
    assert confirmed.is_confirmed_wrong is not right


def test_in_normal_times_it_is_right_to_claim_nothing() -> None:
    """And a fault that is no incident to anybody is not felt."""
    calm = LabRound(RUN.key, 1, verdict="INCONCLUSIVE")

    assert calm.is_right and not replace(calm, verdict="LIKELY", suspect="db").is_right
    assert MET.is_felt and not replace(MET, verdict="NO_PROBLEM").is_felt


@pytest.mark.parametrize("hours", [0.0, -1.0, 1_001.0, float("nan")])
def test_hours_that_are_none_are_refused(hours: float) -> None:
    """A run needs an end."""
    with pytest.raises(InvalidInput, match="more than 0"):
        check(LabRun("shop", hours))
