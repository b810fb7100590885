"""The least threshold whose wrong claims are few, with confidence: Learn then Test.

Angelopoulos, Bates, Candès, Jordan and Lei, *Learn then Test: Calibrating Predictive Algorithms to
Achieve Risk Control*, Ann. Appl. Stat. 19 (2025): thresholds are tested from the highest down
(fixed sequence testing), each by the Hoeffding-Bentkus p-value of the hypothesis that its risk
exceeds the aim, and the last one before the first that is not rejected is taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.verdict_thresholds.answers import Rested
from labo.domain.entities.series import FloatArray

AIM = 0.04
"""Share of all answers that may be claimed and wrong (docs/benchmarks.md: wrong LIKELY)."""
CONFIDENCE = 0.95
"""Of the threshold's risk being within the aim, over incidents like those that it was tested on."""
TRIED = tuple(round(0.99 - 0.01 * step, 2) for step in range(60))
NEVER = 1.01
"""The threshold that nothing reaches, where none is good enough."""

Flags = npt.NDArray[np.bool_]


def chosen(answers: Sequence[Rested], scores: FloatArray, free: Flags) -> float:
    """The threshold on `scores` from which an answer that is `free` may be claimed.

    The unit is an incident, with the share of its variations in which it is claimed and wrong: its
    variations are no independent draws. Beyond the test, no group and no variation over all groups
    may exceed the aim in these answers.
    """
    asked = np.array([not one.is_normal for one in answers])
    chosen_answers = [one for one in answers if not one.is_normal]
    wrong = free[asked] & np.array([not one.is_right for one in chosen_answers])
    incident, sizes = _numbered([(one.family, one.incident) for one in chosen_answers])
    parts = [
        _numbered([one.group for one in chosen_answers]),
        _numbered([one.variation for one in chosen_answers]),
    ]
    best = NEVER
    for threshold in TRIED:
        lost = (wrong & (scores[asked] >= threshold)).astype(np.float64)
        risk = float((np.bincount(incident, lost) / sizes).mean())
        if p_value(risk, sizes.size, AIM) > 1 - CONFIDENCE:
            break
        if any((np.bincount(part, lost) / count).max() > AIM for part, count in parts):
            break
        best = threshold
    return best


def p_value(risk: float, count: int, aim: float) -> float:
    """The Hoeffding-Bentkus p-value of "the risk exceeds `aim`", where the mean of `count` losses
    from 0 to 1 is `risk`.

    >>> round(p_value(0.0, 100, 0.04), 4)
    0.0169
    >>> p_value(0.05, 100, 0.04)
    1.0
    """
    from scipy.stats import binom

    if risk >= aim:
        return 1.0
    hoeffding = math.exp(-count * _divergence(risk, aim))
    return min(1.0, hoeffding, math.e * float(binom.cdf(math.ceil(count * risk), count, aim)))


def _divergence(risk: float, aim: float) -> float:
    """Kullback-Leibler divergence of two Bernoulli distributions."""
    within = risk * math.log(risk / aim) if risk > 0 else 0.0
    return within + (1 - risk) * math.log((1 - risk) / (1 - aim))


def _numbered(keys: Sequence[object]) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """The number of each key, and how often each occurs."""
    numbers: dict[object, int] = {}
    found = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
    return found, np.bincount(found).astype(np.float64)
