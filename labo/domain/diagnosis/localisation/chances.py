"""How likely it is in normal times that a window looks as it does."""

from __future__ import annotations

from math import comb

import numpy as np

from labo.domain.entities.series import FloatArray


def tail(statistic: float, null: FloatArray) -> float:
    """P(null >= statistic), empirical; beyond the null's largest, an exponential bound.

    With few normal windows the empirical share cannot be small, so the bound exp(-statistic)
    decides: it is wider than a normal tail, as deviations are in units of the interquartile range.
    """
    if statistic <= 0:
        return 1.0
    exceeding = int((null >= statistic - 1e-9).sum())
    if exceeding:
        return (1 + exceeding) / (1 + null.size)
    return (
        min(1 / (1 + null.size), float(np.exp(-statistic)))
        if null.size
        else float(np.exp(-statistic))
    )


def chance_of_other(past: FloatArray, window: FloatArray) -> float:
    """The least probability of a window's values beside a constant past, both without NaN: that all
    bins unlike it are in the window, if any order of the bins is as likely (hypergeometric). A
    constant has no scale, so that no size of a deviation is rare. 0 for a past that varies, of
    which this says nothing, or none.

    One bin of sixteen after 26 that were all 0 is no rarity, and sixteen are:

    >>> quiet, once = np.zeros(26), np.eye(16)[0]
    >>> round(chance_of_other(quiet, once), 2), chance_of_other(quiet, once + 1) < 1e-9
    (0.38, True)
    """
    if not past.size or np.ptp(past) > 0:
        return 0.0
    other = int((window != past[0]).sum())
    return comb(window.size, other) / comb(past.size + window.size, other)
