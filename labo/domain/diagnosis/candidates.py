"""Components that may have a known problem: by the symptom's trail, or by their own metrics."""

from __future__ import annotations

from math import log

from labo.domain.diagnosis.classification.classify import Comparison
from labo.domain.diagnosis.localisation.ranking import Ranked, rank
from labo.domain.diagnosis.localisation.signals import IncidentContext

ELSEWHERE = 0.25
"""The score of a component that does not follow the symptom but may show a known problem all the
same: a backlog may not have reached the target yet, and the loss of a cache may not affect it. In
units of the noise, a quarter of the unknown problem's. By judgement (ADR 0021); its sensitivity was
not measured."""
LEAST_SCORE = 1e-6
"""Replaces a score of 0 in a logarithm; less than any signal's score."""


def any_matches(context: IncidentContext, compared: Comparison) -> bool:
    """Whether some component shows a known problem, even if the target is normal."""
    target = context.case.target
    return any(compared.matches(name, alone=name != target) for name in _moved(context, compared))


def candidate_components(context: IncidentContext, compared: Comparison) -> list[Ranked]:
    """The components to compare, the likeliest first: all of a large system would take too long."""
    ranked = rank(context)
    followed = {one.component for one in ranked}
    log_odds = {one: compared.cause_log_odds(one) for one in _moved(context, compared)}
    ranked += [
        Ranked(name, ELSEWHERE, signal, None, 0.0, None, False, (), 0)
        for name, weight in log_odds.items()
        if name not in followed
        and (signal := context.signals[name])
        and (weight is not None or compared.matches(name))
    ]
    return sorted(
        ranked,
        key=lambda one: -log(max(one.score, LEAST_SCORE)) - (log_odds.get(one.component) or 0.0),
    )


def _moved(context: IncidentContext, compared: Comparison) -> list[str]:
    return [
        name
        for name, signal in sorted(context.signals.items())
        if signal and (name == context.case.target or not compared.is_calm(name))
    ]
