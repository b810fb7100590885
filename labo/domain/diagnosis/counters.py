"""Cumulative counters as rates: a counter that grows steadily is a system at work.

Stores give rates already; a case folder or a foreign metric source may hold the raw counter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from labo.domain.entities.series import FloatArray

MIN_SAMPLES = 8
"""Baseline samples from which a series may be treated as a counter: with fewer, a steady rise may
be chance."""
RISING = 0.25
"""A series that never falls, but for resets, and rises in at least this share of its steps is a
counter. By judgement."""
RESETS = 0.02
"""Largest share of steps that are resets: a process that restarts at one sample in fifty. By
judgement."""


def rates(times: FloatArray, values: FloatArray, past: npt.NDArray[np.bool_]) -> FloatArray:
    """Rows of `values` (series, samples) that are cumulative counters become increments a second,
    the first one unknown; the others stay. `past` marks the baseline's samples.

    A fall to less than half is a reset. What was counted over it is unknown: from 0, as Prometheus'
    `rate` counts, it is too little, and one low rate at the onset would be a sign.
    """
    gaps = np.diff(times)
    if past.sum() < MIN_SAMPLES or not (gaps > 0).any():
        return values
    with np.errstate(all="ignore"):
        steps = np.diff(values, axis=1)
        falls = steps < 0
        resets = falls & (values[:, 1:] >= 0) & (values[:, 1:] < values[:, :-1] / 2)
        only_resets = (falls == resets).all(axis=1) & (resets.mean(axis=1) <= RESETS)
        rises = (steps[:, past[1:]] > 0).mean(axis=1) >= RISING
        rows = np.flatnonzero(only_resets & rises)
        increments = np.where(resets[rows], np.nan, steps[rows])
        per_second = np.where(gaps > 0, increments / gaps, np.nan)
    changed = values.copy()
    changed[rows, 0] = np.nan
    changed[rows, 1:] = per_second
    return changed
