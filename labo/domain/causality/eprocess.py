"""Does the effect follow the cause more often than it begins by itself? Anytime-valid.

An e-process is a non-negative process whose expectation under the null is at most 1 at every
stopping time (Ramdas, Grünwald, Vovk and Shafer, Statistical Science 38, 2023), so evidence may
be examined after every observation without a correction. Ours is the product of two, minimised
over the unknown rate λ at which the effect begins by itself:

* **after the cause**: with h hits and m misses and q(λ) = 1 − exp(−λ · width), the mixture over
  s ~ U(0, 1) of the likelihood ratio of p = q + (1 − q)s against q. Each ratio is a test
  supermartingale for every rate up to q. Their mixture is
  B(1+h, 1+m) · (1 − I_q(1+h, 1+m)) / ((1 − q) q^h (1 − q)^m); log p/q falls in q for each s, so the
  mixture falls in λ: a poorly known leak can only cost evidence, never create it;
* **without the cause**: with N onsets in exposure T, the Gamma(½, b) mixture of Poisson likelihood
  ratios against λ, which grows as λ departs from the rate in the exposure.

Under the null the product at the true λ is a test supermartingale, and the minimum over all λ is
at most that: no level is spent on bounding the leak first (the infimum over a nuisance
parameter; Vovk and Wang, Annals of Statistics 49, 2021).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

PRIOR_EXPOSURE_S = 3_600.0
"""b: the mixture expects half an onset per hour before any data. By judgement; any value is valid,
and one near the truth only gains power."""

MOST_LOG_E = 690.0
"""Logarithms of e-values are clipped to ±this, so that the values stay finite: e^709 is the
largest float."""

_POINTS = 48
"""Rates per pass of the minimisation, evenly spaced in log λ: over the ten decades of `_LOWEST` to
`_HIGHEST` a factor of 1.7 apart, after the second pass, between the neighbours of the minimum, of
1.02. By judgement."""
_EVENLY = np.linspace(0.0, 1.0, _POINTS)
_LOWEST, _HIGHEST = 1e-9, 60.0
"""Range of expected onsets per window that is searched; at the highest an onset is practically
certain (all but e⁻⁶⁰)."""

_MOST = 1e12
"""Largest count, or number of seconds, that is accepted: far beyond any real one; it keeps absurd
and infinite figures out."""


@lru_cache(maxsize=65_536)
def log_e_value(hits: float, misses: float, onsets: float, exposure: float, width: float) -> float:
    """Natural logarithm of the e-value, within ±690; 0 (no evidence) without opportunities or
    exposure, where the effect begins constantly, for figures below 0 or beyond 1e12, and for
    exposures and widths below 1e-12.

    `exposure` and `width` are in seconds. Counts may be fractions (faded): a likelihood ratio to
    a power below 1 has expectation at most 1 too.
    """
    figures = (hits, misses, onsets, exposure, width)
    if not all(0 <= x <= _MOST for x in figures):
        return 0.0
    if hits + misses <= 0 or min(exposure, width) < 1 / _MOST:
        return 0.0
    if onsets * width >= _HIGHEST * exposure:
        return 0.0
    low, high = max(_LOWEST, onsets / exposure * width), _HIGHEST
    best = math.inf
    for _ in range(2):
        if high <= low:
            high = low * 2
        grid = low * (high / low) ** _EVENLY
        values = _after_cause(hits, misses, grid) + _without_cause(onsets, exposure, width, grid)
        at = int(np.argmin(values))
        best = min(best, float(values[at]))
        low, high = float(grid[max(0, at - 1)]), float(grid[min(_POINTS - 1, at + 1)])
    return max(-MOST_LOG_E, min(MOST_LOG_E, best))


def _after_cause(hits: float, misses: float, expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log mixture ratio for an effect that begins by itself `expected` = λ · width times per
    window."""
    from scipy.special import betaincc, betaln

    chance, log_else = -np.expm1(-expected), -expected
    tail = np.maximum(betaincc(1 + hits, 1 + misses, chance), 1e-300)
    mixed: NDArray[np.float64] = betaln(1 + hits, 1 + misses) + np.log(tail)
    return mixed - (1 + misses) * log_else - hits * np.log(chance)


def _without_cause(
    onsets: float, exposure: float, width: float, expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    from scipy.special import gammaln

    shape, rate = 0.5, expected / width
    log_mixed = shape * math.log(PRIOR_EXPOSURE_S) + float(gammaln(shape + onsets))
    log_mixed -= float(gammaln(shape)) + (shape + onsets) * math.log(PRIOR_EXPOSURE_S + exposure)
    return log_mixed - onsets * np.log(rate) + rate * exposure


def e_bh(log_e: Mapping[str, float], level: float) -> frozenset[str]:
    """Which claims stand at a false discovery rate of `level`, whatever their dependence.

    The e-BH rule (Wang and Ramdas, JRSS B 84, 2022): of K candidates the k with the largest
    e-values, for the largest k for which the k-th is at least K / (level · k).
    """
    # An e-value below 1 / level is never selected, not even when all others are.
    able = (key for key, value in log_e.items() if value >= math.log(1 / level))
    ranked = sorted(able, key=lambda key: (-log_e[key], key))
    chosen = 0
    for k, key in enumerate(ranked, start=1):
        if log_e[key] >= math.log(len(log_e) / (level * k)):
            chosen = k
    return frozenset(ranked[:chosen])
