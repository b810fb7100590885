"""Are predicted probabilities right? Measured on resolved incidents, and corrected accordingly.

Platt scaling (Platt, 1999) up to 200 incidents, isotonic regression by pooling adjacent violators
(Ayer et al., 1955) beyond. Pure functions over what was claimed before the cause was known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log

import numpy as np

from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.series import FloatArray

PLATT_UP_TO = 200
"""Claims up to which the two parameters of Platt scaling are fitted; isotonic regression, free in
its shape, needs more (design: causality, section 3, step 4)."""
PRIOR_CLAIMS = 4.0
"""Weight, in claims, of the prior *no correction* on both parameters of Platt scaling, so that a
few claims change the probabilities little. By judgement."""
IDENTITY_CLAIMS = 10.0
"""Claims at which Platt's correction counts half, beside none: few claims that were all right
flatten the slope otherwise. Of 0, 10, 25, 50 and 100 it has the least mean log loss (.296 beside
.303 with 0 and .333 without a correction) after ten claims of `python -m benchmarks
identification`, servers 10 to 13, over its five difficulties; after 25 and 50, 0 and 10 are alike.
"""
BINS = 10
"""Equal bins of the expected calibration error, the usual number. It is reported only."""
CERTAIN = 1e-4
"""Probabilities are clipped to this distance from 0 and 1 before their log-odds are taken, so that
these are finite (±9.2). By judgement: no suspect is claimed more surely than that."""
LEAST_RECENT = 50
"""Claims that are used at least, however old: as many as CONFIRMED needs behind its calibration
(`verdict.CALIBRATION_INCIDENTS`)."""
_STEPS = 50
"""Newton steps at most; the problem is convex, so that it ends long before."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The probability given to the leading suspect, whether it was right, and the verdict."""

    probability: float
    right: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Calibration:
    """Maps a raw probability to the share of such claims that were right.

    It was fitted to `incidents`. The correction is logistic in the log-odds or, when there are
    `knots` (raw, calibrated; both ascending), linear between them.
    """

    incidents: int = 0
    slope: float = 1.0
    intercept: float = 0.0
    knots: tuple[tuple[float, float], ...] = field(default=())

    def apply(self, probability: float) -> float:
        """The calibrated probability; monotone in the raw one."""
        if self.knots:
            raw, true = zip(*self.knots, strict=True)
            return float(np.interp(probability, raw, true))
        return _logistic(self.slope * _log_odds(probability) + self.intercept)


@dataclass(frozen=True, slots=True)
class CalibrationFigures:
    """How far the diagnoses can be trusted. NaN where nothing was claimed, or nothing CONFIRMED.

    `brier` is the mean squared error; `error` the expected calibration error over ten bins;
    `wrong_confirmed` the share of CONFIRMED claims that were wrong, with the one-sided 95 % upper
    bound `wrong_confirmed_bound` (Clopper and Pearson, 1934; 1 where nothing is known); `confirmed`
    the share of claims that were CONFIRMED.
    """

    claims: int
    brier: float
    error: float
    wrong_confirmed: float
    wrong_confirmed_bound: float
    confirmed: float


def recent(claims: Sequence[Claim]) -> Sequence[Claim]:
    """Of claims in order of time the newer half, at least 50: earlier, much less was known, so
    that the claims of that time say little about present ones."""
    return claims[-max(LEAST_RECENT, len(claims) // 2) :]


def calibrate(claims: Sequence[Claim]) -> Calibration:
    """The correction fitted to these claims; their order does not matter."""
    if not claims:
        return Calibration()
    ordered = sorted(claims, key=lambda claim: (claim.probability, claim.right))
    raw = np.array([_bounded(claim.probability) for claim in ordered])
    right = np.array([float(claim.right) for claim in ordered])
    if len(ordered) <= PLATT_UP_TO:
        slope, intercept = _platt(np.array([_log_odds(p) for p in raw]), right)
        trust = len(ordered) / (len(ordered) + IDENTITY_CLAIMS)
        return Calibration(len(ordered), 1 + trust * (slope - 1), trust * intercept)
    return Calibration(len(ordered), knots=_isotonic(raw.tolist(), right.tolist()))


def calibration_figures(claims: Sequence[Claim]) -> CalibrationFigures:
    """Brier score, calibration error, and how often CONFIRMED was wrong."""
    count = len(claims)
    confirmed = [claim for claim in claims if claim.verdict is Verdict.CONFIRMED]
    wrong = sum(not claim.right for claim in confirmed)
    nothing = float("nan")
    squares = sum((_bounded(c.probability) - c.right) ** 2 for c in claims)
    return CalibrationFigures(
        claims=count,
        brier=squares / count if count else nothing,
        error=_expected_error(claims) if count else nothing,
        wrong_confirmed=wrong / len(confirmed) if confirmed else nothing,
        wrong_confirmed_bound=_upper_bound(wrong, len(confirmed)),
        confirmed=len(confirmed) / count if count else nothing,
    )


def _upper_bound(wrong: int, of: int) -> float:
    """Upper bound of a share of `wrong` in `of`, with 95 % confidence; 1 when nothing is known."""
    from scipy.stats import beta

    return float(beta.ppf(0.95, wrong + 1, of - wrong)) if of > wrong else 1.0


def _expected_error(claims: Sequence[Claim]) -> float:
    """Mean of |share right - mean claimed| over ten equal bins, weighted by their claims."""
    bins: dict[int, list[Claim]] = {}
    for claim in claims:
        bins.setdefault(min(int(_bounded(claim.probability) * BINS), BINS - 1), []).append(claim)
    gaps = (
        abs(sum(_bounded(c.probability) - c.right for c in claims_of_bin))
        for _, claims_of_bin in sorted(bins.items())
    )
    return sum(gaps) / len(claims)


def _platt(log_odds: FloatArray, right: FloatArray) -> tuple[float, float]:
    """Slope (at least 0) and intercept by Newton's method.

    Targets are shrunk as in Platt's method, and the two parameters towards 1 and 0, so that a few
    claims that were all right do not yield certainty.
    """
    hits = right.sum()
    misses = right.size - hits
    targets = np.where(right > 0, (hits + 1) / (hits + 2), 1 / (misses + 2))
    design = np.stack([log_odds, np.ones_like(log_odds)], axis=1)
    prior, parameters = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for _ in range(_STEPS):
        shares = 1 / (1 + np.exp(-np.clip(design @ parameters, -30, 30)))
        gradient = design.T @ (shares - targets) + PRIOR_CLAIMS * (parameters - prior)
        hessian = design.T @ (design * (shares * (1 - shares))[:, None]) + PRIOR_CLAIMS * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        parameters = parameters - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-9:
            break
    return max(0.0, float(parameters[0])), float(parameters[1])


def _isotonic(raw: list[float], right: list[float]) -> tuple[tuple[float, float], ...]:
    """Ascending blocks (mean raw, share right), each shrunk by one claim of either outcome."""
    alike: dict[float, list[float]] = {}
    for probability, came_true in zip(raw, right, strict=True):
        alike.setdefault(probability, []).append(came_true)
    blocks: list[tuple[float, float, int]] = []
    for probability, outcomes in sorted(alike.items()):
        blocks.append((probability * len(outcomes), sum(outcomes), len(outcomes)))
        while len(blocks) > 1 and _share(blocks[-2]) >= _share(blocks[-1]):
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    knots = [(total / count, (came + 1) / (count + 2)) for total, came, count in blocks]
    highest = 0.0
    ascending = []
    for probability, share in knots:
        highest = max(highest, share)
        ascending.append((probability, highest))
    return tuple(ascending)


def _share(block: tuple[float, float, int]) -> float:
    return block[1] / block[2]


def _bounded(probability: float) -> float:
    return min(1.0, max(0.0, probability)) if probability == probability else 0.0


def _log_odds(probability: float) -> float:
    inside = min(1 - CERTAIN, max(CERTAIN, _bounded(probability)))
    return log(inside / (1 - inside))


def _logistic(log_odds: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, log_odds))))
