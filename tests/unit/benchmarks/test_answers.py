"""Scoring an answer, and the control's arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.robustness.answers import Answer
from benchmarks.robustness.rankers import floored_deviation, largest_deviation, largest_reachable
from labo.domain.entities.diagnoses import Verdict
from tests.builders.cases import CALLS, a_case

TIED = Answer((("db", 2.0), ("cache", 2.0), ("web", 1.0)), Verdict.LIKELY)


def test_what_ties_with_the_root_ranks_above_it() -> None:
    assert not TIED.has_within(1, ("db",))
    assert not TIED.has_within(1, ("cache",))
    assert TIED.has_within(2, ("db",))


def test_roots_that_tie_with_each_other_are_no_rivals() -> None:
    assert TIED.has_within(1, ("db", "cache"))


def test_a_root_that_is_not_ranked_is_a_miss() -> None:
    assert not TIED.has_within(3, ("auth",))


@pytest.mark.parametrize(
    ("before", "during", "expected"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0], [43.0, 43.0], 20.0),  # the interquartile range, 2
        ([100.0] * 9, [150.0], 50.0),  # a hundredth of the median, 1
        ([0.0] * 9 + [10.0], [3.0], 4.0),  # a quarter of the standard deviation, 3 / 4
        ([8.0, 8.0, np.nan], [8.0, np.nan], 0.0),
        ([0.0, 0.0], [1.0], np.inf),
    ],
)
def test_the_deviation_has_the_largest_of_three_scales_and_no_bound(
    before: list[float], during: list[float], expected: float
) -> None:
    assert floored_deviation(np.array(before), np.array(during)) == pytest.approx(expected)


def test_a_deviation_without_samples_is_unknown() -> None:
    assert np.isnan(floored_deviation(np.array([np.nan]), np.array([1.0])))


def test_the_control_ranks_by_the_largest_deviation_in_either_direction() -> None:
    ranked = largest_deviation(a_case({"db": 9.0, "shop": 0.01, "web": 2.0})).ranked

    assert [name for name, _ in ranked[:3]] == ["db", "web", "shop"]


def test_the_reachable_control_leaves_out_what_the_target_does_not_depend_on() -> None:
    case = a_case({"batch": 9.0, "db": 3.0}, calls=CALLS)

    assert largest_deviation(case).ranked[0][0] == "batch"
    assert largest_reachable(case).ranked[0][0] == "db"
    assert "batch" not in dict(largest_reachable(case).ranked)
