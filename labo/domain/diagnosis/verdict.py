"""What may be claimed: explicit rules, and the probabilities that they are based on."""

from __future__ import annotations

from collections.abc import Sequence

from labo.domain.entities.diagnoses import SURENESS, Verdict

UNKNOWN_WEIGHT = 1.0
"""Weight of *unknown problem*, in units of the noise like all scores: that of a signal no stronger
than the baseline's noise. PetShop: 47 of 52 right with 0.5 and 2; 41 and 38 LIKELY instead of 40.
"""

LIKELY_PROBABILITY = 0.75
"""Probability of being right (`sureness`) from which a component may be LIKELY: who acts on it is
right three times of four at the least. On families left out 1.2 % of all answers are LIKELY and
wrong then, and 72 % of the right ones stay that .4 and .15 had (docs/adr/0050, with other lines).
"""
CONFIRMED_PROBABILITY = 0.9
"""Probability from which the first suspect may be CONFIRMED, calibrated (design: causality, section
3, step 3)."""
CONFIRMED_MARGIN = 0.3
"""Margin over the next hypothesis that it needs (design, as above)."""
CALIBRATION_INCIDENTS = 50
"""Resolved incidents that a calibration must be based on before anything is CONFIRMED (design, as
above): if 50 sure claims were all right, at most 6 % are wrong with 95 % confidence."""


def probabilities(scores: Sequence[float]) -> list[float]:
    """Shares of the scores against each other and against *unknown problem*; sum below 1.

    Not calibrated: that requires resolved incidents.
    """
    total = sum(scores) + UNKNOWN_WEIGHT
    return [score / total for score in scores]


def decide(
    probability: float,
    second: float = 0.0,
    *,
    line: float = LIKELY_PROBABILITY,
    symptom_sure: bool,
    links_observed: bool,
    links_proven: bool,
    resolved_incidents: int,
) -> Verdict:
    """The verdict for a leading component that is right with this `probability` (`sureness`), and
    the `second` hypothesis; LIKELY begins at `line`.

    `symptom_sure`: the symptom is not chance. `links_observed`: every component between cause and
    target deviates or has no data. `links_proven`: each link to the target is a validated or
    supported claim or an observed dependency (see `known_links.are_proven`), none was refuted, and
    the necessary conditions were observed. CONFIRMED also requires a calibration based on
    `resolved_incidents` >= 50, so that it cannot be reached without learnt knowledge (design:
    causality, section 3, step 3).
    """
    if not symptom_sure:
        return Verdict.INCONCLUSIVE
    margin = probability - second
    calibrated = resolved_incidents >= CALIBRATION_INCIDENTS
    is_certain = probability >= CONFIRMED_PROBABILITY and margin >= CONFIRMED_MARGIN
    if calibrated and links_proven and is_certain:
        return Verdict.CONFIRMED
    if links_observed and probability >= line:
        return Verdict.LIKELY
    return Verdict.INCONCLUSIVE


def at_most(most: Verdict, verdict: Verdict) -> Verdict:
    """`verdict`, but no surer than `most`."""
    return min(most, verdict, key=SURENESS.index)
