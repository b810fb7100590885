"""How far a series is from normal, whatever its unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.conditions import (
    Direction,
    condition,
    condition_key,
    metric_words,
)
from labo.domain.entities.harm import harm
from labo.domain.entities.scale import LARGEST_DEVIATION, deviation

anything = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30)
ordinary = st.lists(st.floats(min_value=-1e6, max_value=1e6), min_size=1, max_size=30)


def arrays(*lists: list[float]) -> list[np.ndarray]:
    return [np.array(values, dtype=np.float64) for values in lists]


@given(before=anything, during=anything)
def test_any_input_has_a_bounded_or_unknown_deviation(
    before: list[float], during: list[float]
) -> None:
    """NaN, infinities, empty and constant series give a limited number, or unknown (NaN)."""
    value = deviation(*arrays(before, during))

    assert np.isnan(value) or abs(value) <= LARGEST_DEVIATION


@given(before=ordinary, during=ordinary, power=st.integers(min_value=-20, max_value=20))
def test_the_unit_does_not_matter(before: list[float], during: list[float], power: int) -> None:
    """Bytes or megabytes: the same deviation."""
    b, d = arrays(before, during)

    assert deviation(b * 2.0**power, d * 2.0**power) == pytest.approx(deviation(b, d), abs=1e-6)


def test_a_constant_that_moves_is_as_far_as_can_be() -> None:
    """A scale of zero gives ten in the direction of the move, and zero without one."""
    zeros, ones = np.zeros(5), np.ones(5)

    assert [deviation(zeros, during) for during in (ones, -ones, zeros)] == [10, -10, 0]


def test_the_scale_is_the_interquartile_range_when_it_is_widest() -> None:
    """Median 3, quartiles 2 and 4: a median of 7 is two ranges off."""
    before, during = arrays([1, 2, 3, 4, 5], [7, 7, 7])

    assert deviation(before, during) == pytest.approx(2.0)


def test_missing_data_is_unknown_never_normal() -> None:
    """No finite value on either side gives NaN."""
    assert np.isnan(deviation(np.array([np.nan]), np.ones(3)))
    assert np.isnan(deviation(np.ones(3), np.array([])))


def test_names_tell_which_way_a_metric_hurts() -> None:
    """Latency and errors hurt when high, availability when low, load either way."""
    names = ("http.server.requestDuration", "cache.hit_ratio", "cache_miss_ratio", "requests_Sum")

    assert [harm(name) for name in names] == [1, -1, 1, 0]
    assert metric_words("http.5xxCount_p99") == ("http", "5xx", "count", "p99")


def test_a_condition_names_a_role_and_no_component() -> None:
    """The same predicate on the same role has the same key everywhere."""
    found = condition("database", "latency", Direction.HIGH)

    assert found.key == condition_key("database", "latency", Direction.HIGH)
    assert found.key != condition_key("cache", "latency", Direction.HIGH)
