"""How long a metric remembers: the seconds for which it still shows what is already over.

A counter over ten minutes stays high for ten minutes after the cure, whatever the cure. The window
is taken from the metric's name where it states one; else from the integrated autocorrelation time
of its normal values (Sokal, Monte Carlo methods in statistical mechanics, 1996): for a mean over a
sliding window of w steps of independent values it is w, exactly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from labo.domain.entities.series import FloatArray, Series

LONGEST_S = 3_600.0
"""No metric is taken to remember longer. By judgement: a window of a day would make an incident
wait for a day, and a person is asked long before."""
LEAST_SAMPLES = 20
"""Normal values below which an autocorrelation says nothing: at n values its error is 1/√n."""
_CUT = 5
"""Lags are summed up to so many times the sum itself (Sokal's automatic windowing)."""
_UNIT_S = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3_600.0}
_WINDOW = re.compile(
    r"(?<![a-zA-Z0-9])(?:rate|increase|avg|sum|last)?(\d{1,4})(s|min|m|h)(?![a-zA-Z0-9])"
)


class MemorySource(StrEnum):
    NAME = "name"
    AUTOCORRELATION = "autocorrelation"
    RISE = "rise"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MetricMemory:
    """`seconds` that a metric remembers, and how that is known."""

    seconds: float
    source: MemorySource


def memory_of(metric: str, normal: Series) -> MetricMemory:
    """Of a metric by its name and its `normal` samples (ascending in time, NaN = unknown).

    >>> empty = Series(np.empty(0), np.empty(0))
    >>> memory_of("http_errors_increase_10m", empty).seconds
    600.0
    >>> memory_of("http.server.request.duration.p95", empty)
    MetricMemory(seconds=0.0, source=<MemorySource.UNKNOWN: 'unknown'>)
    """
    stated = _stated(metric)
    if stated:
        return MetricMemory(min(stated, LONGEST_S), MemorySource.NAME)
    known = np.isfinite(normal.values)
    values, times = normal.values[known], normal.timestamps[known]
    if values.size < LEAST_SAMPLES:
        return MetricMemory(0.0, MemorySource.UNKNOWN)
    step = float(np.median(np.diff(times)))
    seconds = (_correlated_steps(values) - 1.0) * step
    return MetricMemory(min(max(0.0, seconds), LONGEST_S), MemorySource.AUTOCORRELATION)


def rose(known: MetricMemory, seconds: float) -> MetricMemory:
    """At least `seconds`, by how long the metric took to rise during the incident."""
    if seconds <= known.seconds:
        return known
    return MetricMemory(min(seconds, LONGEST_S), MemorySource.RISE)


def _stated(metric: str) -> float:
    """The largest time span in the name, in seconds; 0 without one."""
    found = _WINDOW.findall(metric)
    return max((float(count) * _UNIT_S[unit] for count, unit in found), default=0.0)


def _correlated_steps(values: FloatArray) -> float:
    """The integrated autocorrelation time in steps, at least 1; 1 of what is constant."""
    centred = values - values.mean()
    variance = float(centred @ centred)
    if not variance > 0:
        return 1.0
    total = 1.0
    for lag in range(1, values.size // 2):
        total += 2.0 * float(centred[lag:] @ centred[:-lag]) / variance
        if lag >= _CUT * total:
            break
    return max(1.0, total)
