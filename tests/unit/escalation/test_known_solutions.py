"""Corrections of memory's probability, and how an earlier cure is aimed anew."""

from __future__ import annotations

from dataclasses import replace

from labo.adapters.templates import load_templates
from labo.domain.escalation.known_solutions import (
    KnownSolution,
    best_cure,
    false_fire_bound,
    own_calibration,
    retargeted,
)
from labo.domain.escalation.memory_confidence import records
from tests.unit.escalation.test_memory_confidence import QUESTION, an_execution


def test_the_own_record_corrects_what_is_foreseen() -> None:
    """Where half of what was foreseen at .95 did not help, .95 is not shown any longer."""
    calibration = own_calibration([(0.95, number % 2 == 0) for number in range(100)])

    assert abs(calibration.apply(0.95) - 0.5) < 0.1
    assert round(own_calibration([]).apply(0.95), 9) == 0.95


def test_nothing_is_promised_before_anything_was_taken() -> None:
    """The bound is 1 without a record, and falls with what helped."""
    nothing = own_calibration([])
    helped = [(0.97, True)] * 100

    assert false_fire_bound([], nothing) == 1
    assert false_fire_bound([(0.5, False)], nothing) == 1
    assert false_fire_bound(helped, nothing) < 0.05
    assert false_fire_bound([*helped, (0.97, False)], nothing) > false_fire_bound(helped, nothing)


def test_a_broken_record_is_never_sure() -> None:
    """However probable the solution is."""
    sure = KnownSolution("restart", {}, 0.99, 0.02, ())

    assert sure.is_sure
    assert not KnownSolution("restart", {}, 0.99, 0.02, (), is_unbroken=False).is_sure


def test_the_cure_on_this_component_is_used_again() -> None:
    """Before a newer one elsewhere."""
    [record] = records(QUESTION, [an_execution(1), an_execution(2, component="cart")])

    assert best_cure(QUESTION, record).id == "e1"


def test_only_what_named_its_own_component_is_aimed_anew() -> None:
    """Other parameters are used as they were."""
    template = load_templates()["scale_out"]
    cure = an_execution(1, component="cart")
    given = {"component": "cart", "instances": 2}
    aimed = {**given, "component": "checkout"}
    foreign = {**given, "component": "db"}

    def after(parameters: dict[str, str | int]) -> object:
        return retargeted(replace(cure, parameters=parameters), template, "checkout")

    assert after(dict(given)) == aimed
    assert after(dict(foreign)) == foreign
