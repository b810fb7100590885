"""Do foreseen probabilities come true? Measured on resolved incidents, and corrected by them.

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
PRIOR_CLAIMS = 4.0
"""How firmly, in claims, the correction holds to *no correction* while there are few."""
BINS = 10
CERTAIN = 1e-4
LEAST_RECENT = 50
_STEPS = 50


@dataclass(frozen=True, slots=True)
class Claim:
    """The probability foreseen for a cause, whether it was right, and the verdict it came with."""

    probability: float
    right: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns a raw probability into the share of such claims that came true.

    `incidents` stand behind it. The correction is logistic in the log-odds, or, when there are
    `knots` (raw, calibrated; both ascending), linear between them.
    """

    incidents: int = 0
    slope: float = 1.0
    intercept: float = 0.0
    knots: tuple[tuple[float, float], ...] = field(default=())

    def apply(self, probability: float) -> float:
        """The calibrated probability; a higher one never becomes the lower."""
        if self.knots:
            raw, true = zip(*self.knots, strict=True)
            return float(np.interp(probability, raw, true))
        return _logistic(self.slope * _log_odds(probability) + self.intercept)


@dataclass(frozen=True, slots=True)
class CalibrationFigures:
    """How far the product may be trusted. NaN where nothing was claimed, or nothing CONFIRMED.

    `brier` is the mean squared error; `error` the expected calibration error over ten bins;
    `wrong_confirmed` the share of CONFIRMED that was wrong, at most `wrong_confirmed_bound` (1
    where nothing is known) with 95 % confidence, one-sided (Clopper and Pearson, 1934); `confirmed`
    the share of CONFIRMED at all.
    """

    claims: int
    brier: float
    error: float
    wrong_confirmed: float
    wrong_confirmed_bound: float
    confirmed: float


def recent(claims: Sequence[Claim]) -> Sequence[Claim]:
    """Of claims in order of time the newer half, at least 50: before, much less was known than
    today, and what was claimed then says little of what is claimed now."""
    return claims[-max(LEAST_RECENT, len(claims) // 2) :]


def calibrate(claims: Sequence[Claim]) -> Calibration:
    """The correction that these resolved incidents ask for; their order does not matter."""
    if not claims:
        return Calibration()
    ordered = sorted(claims, key=lambda claim: (claim.probability, claim.right))
    raw = np.array([_bounded(claim.probability) for claim in ordered])
    right = np.array([float(claim.right) for claim in ordered])
    if len(ordered) <= PLATT_UP_TO:
        slope, intercept = _platt(np.array([_log_odds(p) for p in raw]), right)
        return Calibration(len(ordered), slope, intercept)
    return Calibration(len(ordered), knots=_isotonic(raw.tolist(), right.tolist()))


def calibration_figures(claims: Sequence[Claim]) -> CalibrationFigures:
    """Brier score, calibration error and how CONFIRMED fared."""
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
    """What a share of `wrong` in `of` is at most, with 95 % confidence; 1 when nothing is known."""
    from scipy.stats import beta

    return float(beta.ppf(0.95, wrong + 1, of - wrong)) if of > wrong else 1.0


def _expected_error(claims: Sequence[Claim]) -> float:
    """Mean over ten equal bins of |share that came true - mean claimed|, by their claims."""
    bins: dict[int, list[Claim]] = {}
    for claim in claims:
        bins.setdefault(min(int(_bounded(claim.probability) * BINS), BINS - 1), []).append(claim)
    gaps = (
        abs(sum(_bounded(c.probability) - c.right for c in held))
        for _, held in sorted(bins.items())
    )
    return sum(gaps) / len(claims)


def _platt(log_odds: FloatArray, right: FloatArray) -> tuple[float, float]:
    """Slope (at least 0) and intercept by Newton's method.

    Targets are drawn in as Platt does, and both parameters towards 1 and 0, so that a few claims,
    all of them right, can't make certainty.
    """
    hits = right.sum()
    misses = right.size - hits
    targets = np.where(right > 0, (hits + 1) / (hits + 2), 1 / (misses + 2))
    design = np.stack([log_odds, np.ones_like(log_odds)], axis=1)
    prior, found = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for _ in range(_STEPS):
        shares = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (shares - targets) + PRIOR_CLAIMS * (found - prior)
        curve = design.T @ (design * (shares * (1 - shares))[:, None]) + PRIOR_CLAIMS * np.eye(2)
        step = np.linalg.solve(curve, slope)
        found = found - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-9:
            break
    return max(0.0, float(found[0])), float(found[1])


def _isotonic(raw: list[float], right: list[float]) -> tuple[tuple[float, float], ...]:
    """Ascending blocks (mean raw, share right), each drawn in as by one claim of either kind."""
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
