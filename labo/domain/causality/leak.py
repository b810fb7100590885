"""How often an effect begins without any known cause being active.

Onsets in time free of known causes are modelled as a Poisson process of rate λ with the Jeffreys
posterior Gamma(½ + onsets, exposure). A strength is a share of opportunities, so the rate is made
comparable as the share of windows of the same width that contain an onset: 1 − exp(−λ · width).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leak:
    """The share of windows with an onset, 0 to 1: at the rate's posterior mean, and its one-sided
    95 % upper bound."""

    mean: float
    high: float


UNKNOWN = Leak(0.0, 1.0)
"""The effect was never observed without a cause."""


def leak(onsets: float, exposure: float, width: float) -> Leak:
    """Of windows `width` seconds wide, after `onsets` in `exposure` seconds; `UNKNOWN` without
    exposure, and for figures that are negative or infinite."""
    from scipy.special import gammaincinv

    if not (exposure > 0 and width >= 0 and onsets >= 0):
        return UNKNOWN
    if not all(map(math.isfinite, (onsets, exposure, width))):
        return UNKNOWN

    shape = 0.5 + onsets
    return Leak(
        _share(shape / exposure * width), _share(float(gammaincinv(shape, 0.95)) / exposure * width)
    )


def _share(expected: float) -> float:
    return -math.expm1(-expected)
