"""The robust z-score: how far a metric deviates from its baseline, whatever its unit.

deviation = (median during - median before) / scale, compressed beyond ±10, where
scale = max(IQR, standard deviation / 4, 1 % of |median|) of the baseline (design: causality,
section 1). The IQR ignores a quarter of outliers on either side; the other two terms prevent small
changes of a mostly constant series from becoming large deviations. Every robust z-score of a
diagnosis or a labelled incident is this measure, over many series at once (one row each) or, in
`deviation`, over one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo.domain.entities.series import FloatArray

MAX_DEVIATION = 10.0
"""Size up to which deviations are linear, and beyond which their logarithm is; also that of a
change of a constant series, whose size is not known."""
RELATIVE_FLOOR = 0.01
_LARGEST = 1e300
"""Deviations beyond are compressed like this one, so that none is infinite."""
LARGEST_DEVIATION = MAX_DEVIATION * (1 + float(np.log(_LARGEST / MAX_DEVIATION)))
"""The largest compressed deviation, 6,895; values from outside are limited to it."""
SPREAD = 2.0
"""Standard deviation of a quiet metric's deviation between incidents (ADR 0017). It matters. At 1:
104 problems, 31 pairs, 2 false names; at 4: 95, 22 and 7 (see `classification.hypotheses`)."""
SPREAD_GROWTH = 0.2
"""Growth of a deviation's spread with its size: spread² = 4 (1 + (0.2 size)²) (ADR 0017).
At 0.1: 111 problems, 28 pairs and 4 false names; at 0.4: 101, 25 and 7."""
MIN_BASELINE_SAMPLES = 3
"""With fewer known samples before the symptom a deviation is unknown: of two, the scale would be
half their distance and anything might deviate. By judgement."""


class RowScales(NamedTuple):
    """One entry per row: known samples, their median, and the scale; both NaN without a sample."""

    counts: npt.NDArray[np.int64]
    medians: FloatArray
    scales: FloatArray


def row_scales(values: FloatArray) -> RowScales:
    """Median and scale of each row of `values` (series, samples: at least one; NaN = unknown).

    Where the scale would exceed the largest float, half of the range is used instead.
    """
    known = np.isfinite(values)
    ordered, counts = np.sort(values, axis=1), known.sum(axis=1)
    with np.errstate(all="ignore"):
        low, median, high = (_quantile(ordered, counts, q) for q in (0.25, 0.5, 0.75))
        spread = row_standard_deviations(values)
        scale = np.maximum(np.maximum(high - low, spread / 4), RELATIVE_FLOOR * np.abs(median))
        half = _quantile(ordered, counts, 1.0) / 2 - _quantile(ordered, counts, 0.0) / 2
    return RowScales(counts, median, np.where(np.isfinite(scale), scale, half))


def row_deviations(
    before: FloatArray, during: FloatArray, *, min_samples: int = MIN_BASELINE_SAMPLES
) -> FloatArray:
    """The deviation of each row of `during` from the same row of `before`; NaN = unknown.

    Both are (series, samples: at least one), NaN = unknown. The deviation is unknown for a row with
    fewer than `min_samples` known samples before, or none during.
    """
    past, now = row_scales(before), row_medians(during)
    with np.errstate(all="ignore"):
        found = in_scales(now - past.medians, past.scales)
    found[(past.counts < min_samples) | ~np.isfinite(during).any(axis=1)] = np.nan
    return found


def deviation(before: FloatArray, during: FloatArray) -> float:
    """The deviation of one series, both (samples,); NaN when no value of either side is finite.

    >>> round(deviation(np.array([1.0, 1.0, 1.0]), np.array([2.0])), 1)  # 100 scales
    33.0
    >>> round(deviation(np.array([1.0, 1.1, 0.9]), np.array([101.0])), 1)  # 1,000 scales
    56.1
    """
    past, now = (values[np.isfinite(values)] for values in (before, during))
    if not past.size or not now.size:
        return float("nan")
    return float(row_deviations(past[None, :], now[None, :], min_samples=1)[0])


def row_standard_deviations(values: FloatArray) -> FloatArray:
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


def in_scales(difference: FloatArray | np.float64, scale: FloatArray | np.float64) -> FloatArray:
    """`difference` in units of `scale`, compressed; what was constant deviates by ±10 if at all:
    how far is not known."""
    with np.errstate(all="ignore"):
        ratio = np.where(scale > 0, difference / scale, np.sign(difference) * MAX_DEVIATION)
    return compressed(np.asarray(ratio, dtype=np.float64))


def compressed(ratio: FloatArray) -> FloatArray:
    """Deviations of any size on one scale, same shape: as they are up to ±10, logarithmic beyond,
    so that a cause at hundreds of scales does not tie with its victims at eleven.

    >>> compressed(np.array([-3.0, 10.0, 1000.0])).round(1).tolist()
    [-3.0, 10.0, 56.1]
    """
    size = np.minimum(np.abs(ratio), _LARGEST)
    beyond = MAX_DEVIATION * (1 + np.log(np.maximum(size, MAX_DEVIATION) / MAX_DEVIATION))
    within = np.where(size > MAX_DEVIATION, beyond, size)
    return np.asarray(np.sign(ratio) * within, dtype=np.float64)


def expanded(deviations: FloatArray) -> FloatArray:
    """The ratios behind `deviations`, the inverse of `compressed`, same shape: only these can be
    added and multiplied.

    >>> expanded(compressed(np.array([-3.0, 10.0, 1000.0]))).round(6).tolist()
    [-3.0, 10.0, 1000.0]
    """
    size = np.minimum(np.abs(deviations), LARGEST_DEVIATION)
    beyond = MAX_DEVIATION * np.exp(np.maximum(size / MAX_DEVIATION - 1, 0.0))
    ratio = np.where(size > MAX_DEVIATION, beyond, size)
    return np.asarray(np.sign(deviations) * ratio, dtype=np.float64)


def growth(deviations: FloatArray | np.float64) -> FloatArray:
    """Spread of compressed deviations between incidents, in units of a quiet metric's, same shape:
    in proportion to the size, and constant where sizes are logarithmic."""
    linear = np.minimum(np.abs(deviations), MAX_DEVIATION)
    return np.asarray(np.sqrt(1 + (SPREAD_GROWTH * linear) ** 2), dtype=np.float64)


def _quantile(ordered: FloatArray, counts: npt.NDArray[np.int64], q: float) -> FloatArray:
    """Linear-interpolation quantile of each row's first `counts` (finite, ascending) values."""
    position = q * (np.maximum(counts, 1) - 1)
    below, above = np.floor(position).astype(np.int64), np.ceil(position).astype(np.int64)
    rows, part = np.arange(ordered.shape[0]), position - below
    found: FloatArray = ordered[rows, below] * (1 - part) + ordered[rows, above] * part
    return found
