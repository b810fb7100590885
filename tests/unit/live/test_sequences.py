"""The bench's data: what happens in which order, and where."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from benchmarks.live.apps.spec import Spec
from benchmarks.live.faults import CONTROLS, TRAFFIC, Disturbance, Kind
from benchmarks.live.sequences import SEQUENCES, Sequence, with_every_kind
from benchmarks.live.shapes import EVERY, SHAPES, Shape

OUTSIDE = {Kind.UNAVAILABLE, Kind.LOCK, Disturbance.SLOWER_VERSION, *TRAFFIC}
ANYWHERE = {Kind.SLOW, Kind.FAILING, Kind.CPU, Kind.BAD_DATA}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_every_step_of_every_sequence_can_be_done_in_every_shape(
    sequence: Sequence, shape: Shape
) -> None:
    """Its component is there, and can have this kind of fault."""
    for step in with_every_kind(sequence, tuple(shape.faults)).steps:
        component = shape.target(step.spot, step.kind)

        assert component in {one.name for one in shape.components} | {EVERY}
        assert bool(shape.accepted(step.kind, component)) == (component != EVERY)
        if isinstance(step.kind, Kind):
            assert step.kind in ANYWHERE or shape.faults[step.kind] == component


def test_all_twelve_kinds_have_their_turn_in_some_shape() -> None:
    """And each, as each disturbance, either changes the control file or happens outside."""
    assert {kind for shape in SHAPES.values() for kind in shape.faults} == set(Kind)
    assert set(CONTROLS) | OUTSIDE == {*Kind, *Disturbance}
    assert not set(CONTROLS) & OUTSIDE


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_nothing_that_a_process_can_see_says_what_goes_wrong(shape: Shape) -> None:
    """Its names are those of a normal application."""
    visible = json.dumps([asdict(one) for one in shape.components]).lower()

    assert not [kind for kind in Kind if f'"{kind}' in visible or f"{kind}-" in visible]
    assert not [word for word in ("fault", "culprit", "root", "bench") if word in visible]


@pytest.mark.parametrize("disturbance", Disturbance)
def test_each_disturbance_is_followed_by_a_fault_on_another_component(
    disturbance: Disturbance,
) -> None:
    """So that an answer to the fault can't be one that the disturbance left behind."""
    [sequence] = [
        one for one in SEQUENCES.values() if disturbance in [step.kind for step in one.steps]
    ]
    [before, fault] = sequence.steps

    assert before.kind is disturbance
    assert isinstance(fault.kind, Kind)
    for shape in SHAPES.values():
        accepted = shape.accepted(before.kind, shape.target(before.spot, before.kind))

        assert shape.target(fault.spot, fault.kind) not in accepted


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_more_or_less_traffic_is_explained_by_where_requests_come_in(shape: Shape) -> None:
    """And where all telemetry stops no component is the cause."""
    entry = shape.components[0].name

    assert shape.accepted(Disturbance.LOAD_TEST, shape.target("entry", Disturbance.LOAD_TEST)) == {
        entry
    }
    assert shape.accepted(Disturbance.TELEMETRY_STOPS, EVERY) == frozenset()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_callees_come_after_their_callers(shape: Shape) -> None:
    """They are started from the last to the first."""
    order = [one.name for one in shape.components]
    calls = [(one.name, callee) for one in shape.components for callee in one.calls]

    assert all(order.index(caller) < order.index(callee) for caller, callee in calls)


def test_a_slow_or_locked_database_is_the_right_answer_and_its_service_is_not() -> None:
    """As its spans name it."""
    shop = SHAPES["web"]

    assert shop.accepted(Kind.LOCK, "orders") == {"sqlite-orders"}
    assert shop.accepted(Kind.POOL, "orders") == {"orders"}


def test_the_tests_after_any_number_of_labels_are_the_same() -> None:
    """So that they can be compared in pairs."""
    tests = {
        name: [(step.kind, step.spot) for step in one.steps if not step.confirms]
        for name, one in SEQUENCES.items()
        if name.startswith("labels-")
    }

    assert {name: len(SEQUENCES[name].steps) - 3 for name in tests} == {
        f"labels-{n}": n for n in (0, 1, 2, 5, 20)
    }
    assert len(set(map(tuple, tests.values()))) == 1


def test_a_process_reads_what_it_was_told() -> None:
    """As JSON on its command line."""
    spec = Spec("orders", "/tmp/c.json", 8001, (("payments", "http://127.0.0.1:1/x"),), "a.db")

    assert Spec.from_json(spec.as_json()) == spec
