"""Causes of changes of state, on recordings made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.causrca_cases import Recording, Signal
from benchmarks.causrca_edges import accuracy
from benchmarks.state_causes import causes, latest_before, times_away, usual_values

RUNS = 12


def away(*spans: tuple[float, float]) -> Signal:
    times = [0.0, *(time for span in spans for time in span)]
    return Signal("Binary", np.array(times), ("True", *("False", "True") * len(spans)))


def chain(run: int) -> Recording:
    """In every other recording `a` stops `b`, which stops `c` at once; `d` stops on its own."""
    start = 20.0 + 3 * run
    signals = {"d": away((5.0 + 7 * (run % 5), 6.0 + 7 * (run % 5)))}
    if run % 2:
        signals["a"] = away((start, start + 30))
        signals["b"] = away((start + 5, start + 30))
        signals["c"] = away((start + 5.2, start + 30))
    return Recording(signals, 200.0)


RECORDINGS = [chain(run) for run in range(RUNS)]


def test_a_chain_has_its_direct_edges_alone() -> None:
    assert causes(RECORDINGS, set("abcd")) == {("a", "b"), ("b", "c")}


def test_a_signal_that_is_not_asked_for_is_no_cause() -> None:
    assert causes(RECORDINGS, set("acd")) == {("a", "c")}


def test_the_control_takes_the_latest_before_each() -> None:
    assert latest_before(RECORDINGS, set("abc")) == {("a", "b"), ("b", "c")}


def test_the_usual_value_is_the_one_held_longest() -> None:
    signal = Signal("Binary", np.array([0.0, 30.0]), ("False", "True"))
    assert usual_values([Recording({"a": signal}, 100.0)]) == {"a": "True"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("x", "y", "x"), [[1.0], [2.0]]),
        (("x", "y", "z"), [[1.0], [9.0]]),
        (("y", "x", "y"), [[2.0], [9.0]]),
        (("y", "y", "y"), [[], []]),
    ],
)
def test_a_signal_is_away_until_it_is_back(
    values: tuple[str, ...], expected: list[list[float]]
) -> None:
    signal = Signal("Categorical", np.array([0.0, 1.0, 2.0]), values)
    assert times_away(signal, "x", 9.0).tolist() == expected


def test_accuracy_of_directed_edges() -> None:
    assert accuracy({("a", "b"), ("c", "b")}, {("a", "b"), ("b", "c")}) == (0.5, 0.5, 0.5)
    assert accuracy(set(), {("a", "b")}) == (0.0, 0.0, 0.0)
