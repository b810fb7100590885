"""Which claims observation supports: all candidates are judged together.

A claim rises by the e-BH rule at a false discovery rate of 5 % and the order right in at least
90 % of its ordered cases. It falls back once it fails the rule at twice that rate, its order is
right in less than 80 %, or what was seen of late (faded) shows no lift any more: a claim on the
edge would otherwise change its status with every look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labo.domain.eprocess import e_bh

LEVEL = 0.05
STAYING_LEVEL = 0.1
LEAST_ORDER, STAYING_ORDER = 0.9, 0.8
LEAST_ORDERED = 3
"""Ordered cases below which nothing is known of the order."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim that nobody decided and no experiment settled, as the review sees it."""

    key: str
    log_e: float
    right: int
    ordered: int
    strength: float
    leak: float
    supported: bool = False
    confounded: bool = False


def supported(candidates: Iterable[Candidate]) -> frozenset[str]:
    """The keys of those that are supported; a confounded one never is.

    Taking evidence away from a claim (for its order, or a common cause) keeps the rule valid.
    """
    judged = sorted(candidates, key=lambda c: c.key)
    rising = e_bh(_evidence(judged, LEAST_ORDER), LEVEL)
    staying = e_bh(_evidence(judged, STAYING_ORDER), STAYING_LEVEL)
    return rising | {c.key for c in judged if c.supported and c.key in staying}


def _evidence(judged: Iterable[Candidate], order: float) -> Mapping[str, float]:
    nothing = float("-inf")
    return {c.key: c.log_e if _eligible(c, order) else nothing for c in judged}


def _eligible(candidate: Candidate, order: float) -> bool:
    return (
        not candidate.confounded
        and candidate.ordered >= LEAST_ORDERED
        and candidate.right >= order * candidate.ordered
        and candidate.strength > candidate.leak
    )
