"""Weights of the grounds, and the probability of being right on families left out of the fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np

from benchmarks.verdict_thresholds.answers import Rested
from labo.domain.diagnosis.sureness import Grounds
from labo.domain.entities.series import FloatArray

NAMES = tuple(field.name for field in fields(Grounds))
PENALTY = 10.0
"""Half of this times the squared standardised weights is added to the loss of thousands of answers.
With 1 and 100 the figures on families left out are much the same."""
NORMAL = 0.3
"""Weight of all normal windows of a group beside its incidents: they are rare in what is asked."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """`weights` and `means` are in the order of `NAMES`, in the grounds' own units."""

    weights: FloatArray
    means: FloatArray
    intercept: float

    def probabilities(self, answers: Sequence[Rested]) -> FloatArray:
        """That each answer is right; 0 without a suspect."""
        found = np.zeros(len(answers))
        known = [index for index, one in enumerate(answers) if one.grounds]
        log_odds = _design([answers[index] for index in known]) @ self.weights + self.intercept
        found[known] = 1 / (1 + np.exp(-log_odds))
        return found


def fitted(answers: Sequence[Rested]) -> Fitted:
    """The weights of the least penalised log loss of the answers with a suspect. A group counts by
    the root of its size: by its size PetShop would decide, by one each the smallest."""
    from scipy.optimize import minimize

    known = [one for one in answers if one.grounds]
    design, right = _design(known), np.array([float(one.is_right) for one in known])
    sizes = Counter((one.group, one.is_normal) for one in known)
    counts = np.array(
        [
            (NORMAL if one.is_normal else 1.0) / np.sqrt(sizes[one.group, one.is_normal])
            for one in known
        ]
    )
    counts /= counts.mean()
    means, spreads = design.mean(axis=0), design.std(axis=0) + 1e-9
    scaled = np.column_stack([(design - means) / spreads, np.ones(len(known))])

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        log_odds = scaled @ weights
        penalised = np.append(weights[:-1], 0.0)
        lost = np.logaddexp(0, np.where(right > 0, -log_odds, log_odds))
        gradient = scaled.T @ (counts * (1 / (1 + np.exp(-log_odds)) - right))
        total = float(counts @ lost + PENALTY / 2 * penalised @ penalised)
        return total, gradient + PENALTY * penalised

    start = np.zeros(scaled.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    weights = found[:-1] / spreads
    return Fitted(weights, means, float(found[-1] - weights @ means))


def cross_fitted(answers: Sequence[Rested]) -> FloatArray:
    """The probability of each answer by what was fitted to all other groups."""
    groups = np.array([one.group for one in answers])
    found = np.zeros(len(answers))
    for group in np.unique(groups):
        inside = groups == group
        others = [one for one, is_left_out in zip(answers, inside, strict=True) if not is_left_out]
        left_out = [one for one, is_left_out in zip(answers, inside, strict=True) if is_left_out]
        found[inside] = fitted(others).probabilities(left_out)
    return found


def _design(answers: Sequence[Rested]) -> FloatArray:
    rows = [astuple(one.grounds) for one in answers if one.grounds]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(NAMES))
