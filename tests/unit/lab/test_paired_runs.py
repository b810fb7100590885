"""Effect, interval, p-value, stop and side effects of paired runs."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labo.domain.lab.paired_runs import (
    ERROR,
    Difference,
    ExperimentVerdict,
    Measurement,
    Observation,
    Signs,
    compared,
    interval,
    judged,
    paired,
    side_effects,
    sign_flip_p,
    signs,
)

ANY = st.floats(allow_nan=True, allow_infinity=True)


def an_observation(seed: int, **values: float) -> Observation:
    return Observation(seed, {name: Measurement(v, 1.0, v, 0.1) for name, v in values.items()})


def test_an_equal_shift_of_every_pair_is_found_exactly() -> None:
    """Noise that both arms share cancels: the effect is the shift, and eight pairs settle it."""
    noise = np.random.default_rng(1).normal(10, 5, 8)
    a = [an_observation(i, m=float(x)) for i, x in enumerate(noise)]
    b = [an_observation(i, m=float(x) - 3) for i, x in enumerate(noise)]
    one = compared(paired(a, b))["m"]

    assert one.pairs == 8 and one.effect == pytest.approx(-3)
    assert one.low == one.high == pytest.approx(-3)
    assert one.p_value == pytest.approx(2 / 2**8)
    assert signs([-3.0] * 8).settled and not signs([-3.0] * 7).settled


def test_only_seeds_of_both_arms_make_pairs_and_only_known_values_count() -> None:
    """In the order of seeds; a metric that one arm lacks in a pair is left out there."""
    a = [an_observation(3, m=1.0, n=1.0), an_observation(1, m=2.0), an_observation(2, m=5.0)]
    b = [an_observation(1, m=math.nan), an_observation(3, m=4.0), an_observation(9, m=0.0)]
    pairs = paired(a, b)
    found = compared(pairs)

    assert [one.seed for one, _ in pairs] == [1, 3]
    assert sorted(found) == ["m"]
    assert (found["m"].pairs, found["m"].effect, found["m"].p_value) == (1, 3.0, 1.0)


def test_values_that_differ_by_rounding_have_an_interval() -> None:
    """Where BCa is not defined, the percentiles are."""
    low, high = interval(np.array([-4.0] * 7 + [-3.9999999999999996]))

    assert low == pytest.approx(-4) and high == pytest.approx(-4)


def test_a_metric_that_is_nowhere_finite_has_no_figures() -> None:
    """It is unknown, which is no difference and no agreement."""
    pairs = paired([an_observation(1, m=math.inf)], [an_observation(1, m=1.0)])
    found = compared(pairs)["m"]

    assert (found.pairs, found.p_value, math.isnan(found.effect)) == (0, 1.0, True)
    assert side_effects({"m": found}, ()) == ()
    assert all(math.isnan(end) for end in interval(np.array([])))


@given(st.lists(st.tuples(ANY, ANY), max_size=16))
@example([(0.0, sys.float_info.max)] * 3)
def test_whatever_was_read_gives_finite_figures_or_none(values: list[tuple[float, float]]) -> None:
    """NaN, infinities, huge and constant input: the interval holds the effect's sign range."""
    a = [an_observation(i, m=x) for i, (x, _) in enumerate(values)]
    b = [an_observation(i, m=y) for i, (_, y) in enumerate(values)]
    for one in compared(paired(a, b)).values():
        assert 0 < one.p_value <= 1
        if one.pairs:
            assert math.isfinite(one.effect) and one.low <= one.high


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), max_size=60))
def test_the_sign_test_is_symmetric_and_ignores_ties(differences: list[float]) -> None:
    """Swapping the arms swaps the two directions."""
    found = signs(differences)
    turned = signs([-d for d in differences])

    assert (found.log_e_up, found.log_e_down) == (turned.log_e_down, turned.log_e_up)
    assert found == signs([d for d in differences if d])
    assert Signs().log_e_up == pytest.approx(0.0)


def test_the_expected_e_value_under_the_null_is_one() -> None:
    """Over all outcomes of fair coins, so stopping on it keeps the error."""
    for n in (1, 5, 12):
        mean = sum(
            math.comb(n, k) / 2**n * math.exp(Signs(k, n - k).log_e_up) for k in range(n + 1)
        )
        assert mean == pytest.approx(1.0)


def test_looking_after_every_pair_keeps_the_error() -> None:
    """4,000 comparisons without any difference, 60 looks each."""
    drawn = np.random.default_rng(7).random((4_000, 60)) < 0.5
    settled = np.array(
        [[Signs(up, max(0, n - up)).settled for up in range(61)] for n in range(1, 61)]
    )
    stops = settled[np.arange(60), np.cumsum(drawn, axis=1)].any(axis=1)
    assert 0 < float(stops.mean()) <= ERROR


def test_p_values_are_calibrated_without_a_difference() -> None:
    """Exact and random flips reject a tenth of symmetric samples at 10 %, within sampling error."""
    rng = np.random.default_rng(11)
    for pairs in (9, 20):
        p_values = sign_flip_p(rng.standard_t(3, (pairs, 2_000)))
        assert 0.08 < float((p_values <= 0.1).mean()) < 0.12
    assert sign_flip_p(np.zeros((4, 2))).tolist() == [1.0, 1.0]


def test_the_interval_covers_the_mean_of_skewed_differences() -> None:
    """About 95 % at 30 pairs; a bootstrap of a skewed sample stays somewhat below."""
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(200):
        low, high = interval(rng.exponential(2.0, 30))
        covered += low <= 2.0 <= high
    assert 0.88 <= covered / 200 <= 0.99


@pytest.mark.parametrize(
    ("up", "down", "low", "high", "pairs", "complete", "expected"),
    [
        (8, 0, 1.0, 2.0, 8, False, ExperimentVerdict.WORSE),
        (0, 8, -2.0, -1.0, 8, False, ExperimentVerdict.BETTER),
        (6, 2, 1.0, 2.0, 8, True, ExperimentVerdict.INCONCLUSIVE),
        (10, 10, -0.2, 0.2, 20, True, ExperimentVerdict.NO_DIFFERENCE),
        (10, 10, -0.2, 0.2, 20, False, ExperimentVerdict.INCONCLUSIVE),
        (10, 10, -0.2, 0.9, 20, True, ExperimentVerdict.INCONCLUSIVE),
        (0, 0, 0.0, 0.0, 12, True, ExperimentVerdict.INCONCLUSIVE),
    ],
)
def test_a_verdict_needs_the_sequential_test_and_none_needs_all_pairs(
    up: int, down: int, low: float, high: float, pairs: int, complete: bool, expected: str
) -> None:
    """Where less is better; a difference within 5 % of arm A's mean is none that matters."""
    primary = Difference("m", pairs, 10.0, 10.0, (low + high) / 2, low, high, 0.01)

    assert judged(primary, Signs(up, down), better_is_up=False, complete=complete) == expected


def test_side_effects_are_few_where_nothing_happens() -> None:
    """Of 200 metrics two really change; chance changes next to none at a false discovery rate."""
    rng = np.random.default_rng(3)
    a, b = [], []
    for seed in range(20):
        noise = rng.normal(0, 1, (2, 200))
        a.append(an_observation(seed, **{f"m{i}": float(x) for i, x in enumerate(noise[0])}))
        moved = noise[1] + np.where(np.arange(200) < 3, 4.0, 0.0)
        b.append(an_observation(seed, **{f"m{i}": float(x) for i, x in enumerate(moved)}))
    found = [one.metric for one in side_effects(compared(paired(a, b)), ["m0"])]

    assert sorted(found[:2]) == ["m1", "m2"] and len(found) <= 3
