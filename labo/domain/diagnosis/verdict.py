"""What may be claimed: explicit rules, and the probabilities that they are based on."""

from __future__ import annotations

from collections.abc import Sequence

from labo.domain.entities.diagnoses import SURENESS, Verdict

UNKNOWN_WEIGHT = 1.0
"""Weight of *unknown problem*, in units of the noise like all scores: that of a signal no stronger
than the baseline's noise. PetShop: 47 of 52 right with 0.5 and 2; 41 and 38 LIKELY instead of 40.
"""

LIKELY_PROBABILITY = 0.4
"""Probability from which the first suspect is LIKELY: it need not exceed all others and the unknown
together, as its share is not calibrated. By judgement, and it matters: PetShop has 42 LIKELY with
0.2, 2 with 0.8, and none wrong with any."""
LIKELY_MARGIN = 0.15
"""Margin over the second suspect that it needs. By judgement; PetShop: 40 LIKELY with
0.075, 34 with 0.3, none wrong with any."""
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
    ranked: Sequence[float],
    *,
    symptom_sure: bool,
    links_observed: bool,
    links_proven: bool,
    resolved_incidents: int,
) -> Verdict:
    """The verdict for suspects of these probabilities, strongest first.

    `symptom_sure`: the symptom is not chance. `links_observed`: every component between cause and
    target deviates or has no data. `links_proven`: each link to the target is a validated or
    supported claim or an observed dependency (see `known_links.are_proven`), none was refuted, and
    the necessary conditions were observed. CONFIRMED also requires a calibration based on
    `resolved_incidents` >= 50, so that it cannot be reached without learnt knowledge (design:
    causality, section 3, step 3).
    """
    if not ranked or not symptom_sure:
        return Verdict.INCONCLUSIVE
    top = ranked[0]
    margin = top - (ranked[1] if len(ranked) > 1 else 0.0)
    calibrated = resolved_incidents >= CALIBRATION_INCIDENTS
    if calibrated and links_proven and top >= CONFIRMED_PROBABILITY and margin >= CONFIRMED_MARGIN:
        return Verdict.CONFIRMED
    if links_observed and top >= LIKELY_PROBABILITY and margin >= LIKELY_MARGIN:
        return Verdict.LIKELY
    return Verdict.INCONCLUSIVE


def surer(one: Verdict, other: Verdict) -> Verdict:
    """The surer of two verdicts."""
    return max(one, other, key=SURENESS.index)


def at_most(most: Verdict, verdict: Verdict) -> Verdict:
    """`verdict`, but no surer than `most`."""
    return min(most, verdict, key=SURENESS.index)
