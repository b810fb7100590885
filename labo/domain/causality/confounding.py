"""Known common causes: does A cause B, or does C cause both?

Without an experiment, the cases of A without C decide: if B follows A there too, C is not the
whole explanation. Where A never occurs without C, only an experiment can decide. If under C both A
and not-A occurred and B follows both equally often, nothing is left of the claim (conditional
independence given the common cause; Spirtes, Glymour and Scheines, Causation, Prediction, and
Search, 2000).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labo.domain.causality.counting import log_evidence
from labo.domain.causality.edges import KNOWN, CausalEdge
from labo.domain.causality.strength import rate

LEAST_CASES = 5
"""Cases on either side from which the absence of a lift is accepted: with five each, the standard
error of a difference of shares is at most 0.3. By judgement."""

NO_LIFT = 0.1
"""Difference of the two shares below which no lift is left; the same figure that an intervention
has to exceed (`interventions.LEAST_EFFECT`)."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A claim's evidence, adjusted for its known common causes.

    `log_e` is the smallest over all opportunities and over those without each common cause;
    `confounders` are the common causes without which less than `enough` is left; `explained` is
    whether no lift is left under one of them.
    """

    log_e: float
    confounders: tuple[str, ...]
    explained: bool


def adjusted(edge: CausalEdge, common: Mapping[str, CausalEdge], *, enough: float) -> Adjusted:
    """`common` maps each known common cause C to the edge C → B; `enough` is a log e-value."""
    without = {cause: log_evidence(edge, without=cause) for cause in sorted(common)}
    confounders = tuple(cause for cause, left in without.items() if left < enough)
    explained = any(no_lift_under(edge, cause, common[cause]) for cause in confounders)
    return Adjusted(min([log_evidence(edge), *without.values()]), confounders, explained)


def no_lift_under(edge: CausalEdge, cause: str, other: CausalEdge) -> bool:
    """Whether under C = `cause`, B follows A no more often than not-A; `other` is C → B."""
    with_a = _near(edge, cause)
    near_a = _near(other, edge.cause)
    total = (
        sum(tally.hits for tally in other.tallies.values()),
        sum(tally.misses for tally in other.tallies.values()),
    )
    without_a = (total[0] - near_a[0], total[1] - near_a[1])
    if sum(with_a) < LEAST_CASES or sum(without_a) < LEAST_CASES:
        return False
    return rate(*with_a).mean - rate(*without_a).mean < NO_LIFT


def _near(edge: CausalEdge, problem: str) -> tuple[int, int]:
    """Hits and misses of `edge` while `problem` was active too."""
    pairs = [tally.company.get(problem, (0, 0)) for tally in edge.tallies.values()]
    return sum(hits for hits, _ in pairs), sum(misses for _, misses in pairs)


def common_causes(
    cause: str, effect: str, into: Mapping[str, Iterable[CausalEdge]]
) -> dict[str, CausalEdge]:
    """Each known cause C of both, with its edge to `effect`; `into` maps an effect to its edges."""
    of_cause = {e.cause for e in into.get(cause, ()) if e.status in KNOWN}
    found: dict[str, CausalEdge] = {}
    for edge in sorted(into.get(effect, ()), key=lambda e: e.key):
        if edge.status in KNOWN and edge.cause in of_cause - {cause, effect}:
            found.setdefault(edge.cause, edge)
    return found
