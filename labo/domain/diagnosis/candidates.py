"""Components that may have a known problem: by the symptom's trail, or by their own metrics."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from labo.domain.diagnosis.classification.classify import Comparison
from labo.domain.diagnosis.explanations import signal_deviation
from labo.domain.diagnosis.localisation.ranking import Ranked, rank
from labo.domain.diagnosis.localisation.signals import IncidentContext, is_unwell
from labo.domain.knowledge.signatures import SEEN_FROM

ELSEWHERE = 0.25
"""The score of a component that does not follow the symptom but may show a known problem all the
same: a backlog may not have reached the target yet, and the loss of a cache may not affect it. In
units of the noise, a quarter of the unknown problem's. By judgement (ADR 0021); its sensitivity was
not measured."""
MAX_COMPONENTS = 20
"""Components whose problems are compared, the likeliest first; the others remain *unknown*. It
bounds the time, at a few milliseconds each."""
LEAST_SCORE = 1e-6
"""Replaces a score of 0 in a logarithm; less than any signal's score."""


def any_matches(context: IncidentContext, compared: Comparison) -> bool:
    """Whether some component that deviates shows a known problem, even if the target is normal."""
    target = context.case.target
    return any(compared.matches(name, alone=name != target) for name in _moved(context, compared))


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """`ranked` follow the symptom, likeliest origin first by telemetry alone; `elsewhere` do not,
    but may show a known problem. `compared` names those of both that are compared with knowledge:
    all of a large system would take too long. `deviating` names those that deviate."""

    ranked: tuple[Ranked, ...]
    elsewhere: tuple[Ranked, ...]
    compared: frozenset[str]
    deviating: frozenset[str]


def candidate_components(context: IncidentContext, compared: Comparison) -> Candidates:
    """The components to compare, with what telemetry alone says of them.

    Without a symptom, to follow its shape means nothing: only what deviates is a candidate.
    """
    ranked = rank(context)
    if not is_unwell(context):
        ranked = [one for one in ranked if not compared.is_calm(one.component)]
    followed = {one.component for one in ranked}
    log_odds = {one: compared.cause_log_odds(one) for one in _moved(context, compared)}
    elsewhere = [
        Ranked(name, ELSEWHERE, signal, None, 0.0, None, False, (), 0)
        for name, weight in log_odds.items()
        if name not in followed
        and (signal := context.signals[name])
        and compared.weighed(name)
        and (weight is not None or compared.matches(name))
    ]
    order = sorted(
        [*ranked, *elsewhere],
        key=lambda one: -log(max(one.score, LEAST_SCORE)) - (log_odds.get(one.component) or 0.0),
    )
    return Candidates(
        tuple(ranked),
        tuple(elsewhere),
        frozenset(one.component for one in order[:MAX_COMPONENTS]),
        frozenset(one.component for one in order if _deviates(context, one, compared)),
    )


def _deviates(context: IncidentContext, one: Ranked, compared: Comparison) -> bool:
    """Whether a component deviates from its own baseline: a metric that knowledge refers to, by its
    median over the window, or the signal itself, by its median over the deviating part of it.

    To follow the shape of the symptom is not enough: a tenth of the normal spread does so by
    chance. A signal without samples there has vanished, which is a deviation.
    """
    if not compared.is_calm(one.component):
        return True
    is_small = abs(signal_deviation(context, one.signal)) < SEEN_FROM  # False for NaN
    return is_unwell(context) and not is_small


def _moved(context: IncidentContext, compared: Comparison) -> list[str]:
    return [
        name
        for name, signal in sorted(context.signals.items())
        if signal and not compared.is_calm(name)
    ]
