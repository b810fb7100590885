"""How often an effect follows its cause, with an interval, over systems that may differ.

Within one system the rate has a Beta(1 + hits, 1 + misses) posterior. Systems differ by more than
chance when the intra-class correlation ρ of their opportunities is above 0 (analysis of variance
estimator; Ridout, Demétrio and Firth, Biometrics 55, 1999). Then n opportunities of one system are
worth n / (1 + (n - 1)ρ) independent ones, so that a large system cannot outvote the others; and one
system's own rate is shrunk towards the overall rate with the weight of (1 - ρ)/ρ opportunities
(beta-binomial empirical Bayes).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_TAIL = 0.025
"""Probability on either side of the equal-tailed 95 % interval."""
_MOST_ALIKE = 0.95
"""Largest correlation that is used. With 1 a system would count as a single opportunity and its own
rate would have no prior; from few systems the estimate reaches 1 easily. By judgement."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its equal-tailed 95 % interval."""

    mean: float
    low: float
    high: float


Counts = tuple[float, float]
"""Hits and misses, faded or not."""


def rate(hits: float, misses: float, *, prior: Counts = (1.0, 1.0)) -> Estimate:
    """The posterior of a rate; a count that is negative, NaN or over 1e15 is treated as 0."""
    from scipy.special import betaincinv  # 160 ms and 22 MB that the first rate asked for pays

    a, b = prior[0] + _count(hits), prior[1] + _count(misses)
    return Estimate(a / (a + b), float(betaincinv(a, b, _TAIL)), float(betaincinv(a, b, 1 - _TAIL)))


def pooled(systems: Iterable[Counts]) -> Counts:
    """The effective hits and misses of all systems together; of one system its own."""
    counted = [(_count(h), _count(m)) for h, m in systems]
    alike = correlation(counted)
    hits = misses = 0.0
    for h, m in counted:
        worth = 1 / (1 + max(0.0, h + m - 1) * alike)
        hits, misses = hits + h * worth, misses + m * worth
    return hits, misses


def within(systems: Mapping[str, Counts]) -> dict[str, Estimate]:
    """The rate in each system, shrunk towards that of all of them."""
    alike = correlation(systems.values())
    overall = rate(*pooled(systems.values())).mean
    if len(systems) < 2 or alike <= 0:
        one = rate(*pooled(systems.values()))
        return dict.fromkeys(sorted(systems), one)
    weight = (1 - alike) / alike
    prior = (max(weight * overall, 1e-3), max(weight * (1 - overall), 1e-3))
    return {name: rate(*systems[name], prior=prior) for name in sorted(systems)}


def correlation(systems: Iterable[Counts]) -> float:
    """ρ from 0 to 0.95; 0 when there is no sign that systems differ."""
    groups = sorted((_count(h), _count(m)) for h, m in systems)
    groups = [(h, m) for h, m in groups if h + m > 0]
    total = sum(h + m for h, m in groups)
    if len(groups) < 2 or total <= len(groups):
        return 0.0
    mean = sum(h for h, _ in groups) / total
    between = sum((h - mean * (h + m)) ** 2 / (h + m) for h, m in groups) / (len(groups) - 1)
    inside = sum(h * m / (h + m) for h, m in groups) / (total - len(groups))
    size = (total - sum((h + m) ** 2 for h, m in groups) / total) / (len(groups) - 1)
    below = between + (size - 1) * inside
    return max(0.0, min(_MOST_ALIKE, (between - inside) / below)) if below > 0 else 0.0


def _count(value: float) -> float:
    return value if 0 < value < 1e15 else 0.0
