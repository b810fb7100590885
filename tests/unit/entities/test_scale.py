"""The scale of many series at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labo.domain.entities.conditions import deviation, scale_of
from labo.domain.entities.scale import in_scales, row_medians, row_scales

SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 12))
READINGS = st.one_of(st.just(np.nan), st.floats(-1e6, 1e6).map(lambda value: round(value, 3)))


@given(arrays(np.float64, SHAPES, elements=READINGS))
@settings(max_examples=100, deadline=None)
def test_each_row_has_the_scale_it_has_alone(values: np.ndarray) -> None:
    """Reading many series in one pass changes nothing about any of them."""
    rows = row_scales(values)

    for row, count, median, scale in zip(values, *rows, strict=True):
        alone = scale_of(row)
        assert count == np.isfinite(row).sum()
        assert median == pytest.approx(alone[0], rel=1e-9, abs=1e-9, nan_ok=True)
        if count:
            assert scale == pytest.approx(alone[1], rel=1e-9, abs=1e-9)


def test_a_difference_is_read_in_scales_as_one_series_is() -> None:
    """Shifts in units of the scale; no scale gives the most there is, and 0 for no shift."""
    before = np.array([[1.0, 2.0, 3.0, np.nan], [5.0, 5.0, 5.0, 5.0], [0.0, 0.0, 0.0, 0.0]])
    during = np.array([[3.0, 4.0], [5.0, 5.0], [1.0, np.nan]])

    past = row_scales(before)
    read = in_scales(row_medians(during) - past.medians, past.scales)

    assert read.tolist() == [1.5, 0.0, 10.0]
    assert read.tolist() == [deviation(*pair) for pair in zip(before, during, strict=True)]


def test_a_row_of_unknown_values_has_no_median() -> None:
    """Unknown stays unknown, and beside it the known rows keep theirs."""
    counts, medians, _ = row_scales(np.array([[np.nan, np.nan], [1.0, 3.0]]))

    assert counts.tolist() == [0, 2]
    assert np.isnan(medians[0])
    assert medians[1] == 2.0
