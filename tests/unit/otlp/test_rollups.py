"""Roll-ups: merging, quantiles, spreading."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.telemetry.rollups import (
    Rollup,
    Rollups,
    SeriesKind,
    SeriesName,
    SeriesOrigin,
    at_step,
    exposed,
    merge_into,
    rate_name,
    spread,
    values_of,
)

NAME = SeriesName("shop", "cart", "http.duration", SeriesKind.DISTRIBUTION, SeriesOrigin.SPAN)
RATE = NAME._replace(metric="http.rate", kind=SeriesKind.RATE)
FINITE = st.floats(-1e6, 1e12, allow_nan=False)


def of(values: list[float]) -> Rollup:
    rollup = Rollup()
    for value in values:
        rollup.observe(value)
    return rollup


@given(st.lists(st.lists(FINITE, max_size=8), min_size=1, max_size=6), st.randoms())
def test_the_order_of_merging_does_not_matter(
    parts: list[list[float]], shuffled: random.Random
) -> None:
    """Merged in any order, roll-ups have the same counts, bounds and buckets, and the sum to
    within rounding."""
    keyed: list[Rollups] = [{(NAME, 10 * place): of(part)} for place, part in enumerate(parts)]
    one: Rollups = {}
    other: Rollups = {}
    for part in keyed:
        merge_into(one, at_step(part, 600))
    shuffled.shuffle(keyed)
    for part in keyed:
        merge_into(other, at_step(at_step(part, 60), 600))

    for key, rollup in one.items():
        same = other[key]
        assert (rollup.count, rollup.low, rollup.high) == (same.count, same.low, same.high)
        assert rollup.sketch == same.sketch
        assert rollup.total == pytest.approx(same.total, rel=1e-9, abs=1e-3)


def test_quantiles_are_within_their_bound() -> None:
    """Each quantile is within 2.6 % of the exact one."""
    values = np.random.default_rng(1).lognormal(0, 2, 5_000)

    found = of(values.tolist()).quantiles()

    exact = np.quantile(values, [0.5, 0.95, 0.99], method="inverted_cdf")
    np.testing.assert_allclose(found, exact, rtol=0.026)


def test_values_of_zero_and_below_share_a_bucket() -> None:
    """Their quantile is the lowest value; an empty roll-up has none."""
    assert of([0.0, 0.0, 0.0]).quantiles() == (0.0, 0.0, 0.0)
    assert of([-5.0, 1.0]).quantiles()[0] == -5.0
    assert all(math.isnan(value) for value in Rollup().quantiles())


@given(st.floats(0, 5_000), st.floats(0, 5_000), st.floats(0, 1e6))
def test_spreading_keeps_the_amount(since: float, until: float, amount: float) -> None:
    """Whatever the times, the shares add up to the amount, over a bounded number of steps."""
    rollups: Rollups = {}
    spread(rollups, RATE, since, until, amount)

    assert sum(one.total for one in rollups.values()) == pytest.approx(amount, rel=1e-6, abs=1e-6)
    assert len(rollups) <= 61


def test_a_counter_sent_each_minute_is_a_steady_rate() -> None:
    """120 in a minute are two a second in each of its steps."""
    rollups: Rollups = {}
    spread(rollups, RATE, 600.0, 660.0, 120.0)

    rates = [dict(values_of("r", SeriesKind.RATE, 10, (one.count, one.total, ())))
             for one in rollups.values()]  # fmt: skip
    assert rates == [{"r": 2.0}] * 6


def test_the_names_that_readers_see() -> None:
    """A distribution shows its mean and quantiles; a rate's name says nothing of durations."""
    assert exposed([NAME, RATE]) == {
        ("shop", "cart", f"http.{name}")
        for name in ("rate", "duration.mean", "duration.p50", "duration.p95", "duration.p99")
    }
    assert rate_name("duration") == "duration.rate"
