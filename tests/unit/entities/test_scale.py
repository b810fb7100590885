"""The scale of many series at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.arm import measurements
from engine.telemetry.summaries import Row
from labo.domain.entities.scale import (
    LARGEST_DEVIATION,
    compressed,
    deviation,
    expanded,
    in_scales,
    row_deviations,
    row_medians,
    row_scales,
)

SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 12))
MEASURED_STATES = st.one_of(
    st.just(np.nan), st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
)


@given(arrays(np.float64, SHAPES, elements=MEASURED_STATES))
@settings(max_examples=100, deadline=None)
def test_each_row_has_the_scale_that_numpy_gives_it(values: np.ndarray) -> None:
    """Reading many series in one pass changes nothing about any of them."""
    rows = row_scales(values)

    for row, count, median, scale in zip(values, *rows, strict=True):
        known = row[np.isfinite(row)]
        assert count == known.size
        if not count:
            assert np.isnan([median, scale]).all()
            continue
        low, middle, high = np.percentile(known, [25.0, 50.0, 75.0])
        spread = max(high - low, known.std() / 4, 0.01 * abs(middle))
        assert (median, scale) == pytest.approx((middle, spread), rel=1e-9, abs=1e-9)


@given(
    arrays(np.float64, SHAPES, elements=MEASURED_STATES),
    arrays(np.float64, 5, elements=MEASURED_STATES),
)
@settings(max_examples=100, deadline=None)
def test_one_series_deviates_as_it_does_among_others(
    before: np.ndarray, during: np.ndarray
) -> None:
    """Unknown samples are left out."""
    together = row_deviations(before, np.tile(during, (len(before), 1)), min_samples=1)
    alone = [deviation(row, during) for row in before]

    # Samples may be added up in another order: the standard deviation differs in the last bit.
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=0)


def test_a_difference_is_read_in_scales() -> None:
    """Shifts in units of the scale; no scale gives the most there is, and 0 for no shift."""
    before = np.array([[1.0, 2.0, 3.0, np.nan], [5.0, 5.0, 5.0, 5.0], [0.0, 0.0, 0.0, 0.0]])
    during = np.array([[3.0, 4.0], [5.0, 5.0], [1.0, np.nan]])

    past = row_scales(before)
    read = in_scales(row_medians(during) - past.medians, past.scales)

    assert read.tolist() == [1.5, 0.0, 10.0]
    assert row_deviations(before, during).tolist() == [1.5, 0.0, 10.0]


def test_too_few_samples_before_make_a_deviation_unknown() -> None:
    """Two values have no spread to speak of; one during is enough."""
    before = np.array([[1.0, 2.0, np.nan], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    during = np.array([[9.0], [3.0], [np.nan]])

    assert np.isnan(row_deviations(before, during)).tolist() == [True, False, True]


def test_a_row_of_unknown_values_has_no_median() -> None:
    """Unknown stays unknown, and beside it the known rows keep theirs."""
    counts, medians, scales = row_scales(np.array([[np.nan, np.nan], [1.0, 3.0]]))

    assert counts.tolist() == [0, 2]
    assert np.isnan([medians[0], scales[0]]).all()
    assert medians[1] == 2.0


def test_a_scale_beyond_the_largest_float_is_half_of_the_range() -> None:
    """So that values near the largest float can be compared all the same."""
    largest = np.finfo(np.float64).max
    _, medians, scales = row_scales(np.array([[-largest, -largest, largest, largest]]))

    assert medians[0] == 0.0
    assert scales[0] == largest


def test_the_engine_measures_with_the_same_scale() -> None:
    """It may not import ours, so that its own is held against it."""
    before, onset = [1.0, 4.0, 2.0, 8.0, 5.0, 7.0], 60.0
    rows = [Row(10.0 * i, "db", "latency", value) for i, value in enumerate([*before, *before])]
    [found] = measurements(rows, onset, 10.0).values()
    _, [median], [scale] = row_scales(np.array([before]))

    assert (found["before"], found["spread"]) == pytest.approx((median, scale), rel=1e-12)


@given(arrays(np.float64, 5, elements=st.floats(-1e300, 1e300)))
def test_compressed_deviations_expand_to_what_they_were(ratios: np.ndarray) -> None:
    """They keep their order and sign too, so that a cause at hundreds of scales stays the first."""
    sizes = compressed(ratios)

    np.testing.assert_allclose(expanded(sizes), ratios, rtol=1e-9)
    assert (np.diff(sizes[np.argsort(ratios)]) >= 0).all()
    assert (np.abs(sizes) <= LARGEST_DEVIATION).all()
