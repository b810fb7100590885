"""Robust location and scale of many series at once: one row each, NaN where nothing is known.

The same measure as `labo.domain.entities.conditions.scale_of`, which reads one series.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo.domain.entities.conditions import MAX_DEVIATION, RELATIVE_FLOOR
from labo.domain.entities.series import FloatArray

MIN_BASELINE_SAMPLES = 3
"""With fewer known samples before the symptom a deviation is unknown."""


class RowScales(NamedTuple):
    """One entry a row: known samples, their median, and max(IQR, std/4, 1 % of |median|).

    A row without a known sample has NaN for both; one that overflows may have NaN or infinity.
    """

    counts: npt.NDArray[np.int64]
    medians: FloatArray
    scales: FloatArray


def row_scales(values: FloatArray) -> RowScales:
    """Median and scale of each row of `values` (series, samples: at least one; NaN = unknown)."""
    known = np.isfinite(values)
    ordered, counts = np.sort(values, axis=1), known.sum(axis=1)
    with np.errstate(all="ignore"):
        low, median, high = (_quantile(ordered, counts, q) for q in (0.25, 0.5, 0.75))
        spread = row_deviations(values)
        scale = np.maximum(np.maximum(high - low, spread / 4), RELATIVE_FLOOR * np.abs(median))
    return RowScales(counts, median, scale)


def row_deviations(values: FloatArray) -> FloatArray:
    """The standard deviation of each row's known samples (NaN = unknown); NaN without any."""
    known = np.isfinite(values)
    counts = known.sum(axis=1)
    with np.errstate(all="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=1) / counts
        squares = np.where(known, (values - mean[:, None]) ** 2, 0.0)
        return np.asarray(np.sqrt(squares.sum(axis=1) / counts), dtype=np.float64)


def row_medians(values: FloatArray) -> FloatArray:
    """The median of each row of `values` (series, samples: at least one); NaN without a sample."""
    return row_quantiles(values, 0.5)


def row_quantiles(values: FloatArray, q: float) -> FloatArray:
    """The quantile `q` of each row of `values` (series, samples: at least one; NaN = unknown)."""
    return _quantile(np.sort(values, axis=1), np.isfinite(values).sum(axis=1), q)


def in_scales(difference: FloatArray, scale: FloatArray) -> FloatArray:
    """`difference` in units of `scale`, clipped to ±10; a scale of 0 gives ±10, or 0 for none."""
    with np.errstate(all="ignore"):
        ratio = np.where(scale > 0, difference / scale, np.sign(difference) * MAX_DEVIATION)
    return np.asarray(np.clip(ratio, -MAX_DEVIATION, MAX_DEVIATION), dtype=np.float64)


def _quantile(ordered: FloatArray, counts: npt.NDArray[np.int64], q: float) -> FloatArray:
    """Linear-interpolation quantile of each row's first `counts` (finite, ascending) values."""
    position = q * (np.maximum(counts, 1) - 1)
    below, above = np.floor(position).astype(np.int64), np.ceil(position).astype(np.int64)
    rows, part = np.arange(ordered.shape[0]), position - below
    found: FloatArray = ordered[rows, below] * (1 - part) + ordered[rows, above] * part
    return found
