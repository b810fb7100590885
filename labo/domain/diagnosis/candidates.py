"""Where a known problem may sit: where the symptom leads, and where the readings speak."""

from __future__ import annotations

from math import log

from labo.domain.diagnosis.classification.classify import Comparison
from labo.domain.diagnosis.localisation.ranking import IncidentContext, Ranked, rank

ELSEWHERE = 0.25
"""The score of a component that follows no symptom, and may show a known problem all the same: a
backlog may not have reached the target yet, and a lost cache leaves it as it is. In times the
noise, a quarter of what the unknown has. By judgement, ADR 0021; its
sensitivity was not measured."""
LEAST_SCORE = 1e-6
"""Stands for a score of 0 in a logarithm; less than any signal's score."""


def any_matches(context: IncidentContext, compared: Comparison) -> bool:
    """Whether some component shows a known problem, though the target may be well."""
    target = context.case.target
    return any(compared.matches(name, alone=name != target) for name in _moved(context, compared))


def candidate_components(context: IncidentContext, compared: Comparison) -> list[Ranked]:
    """The components to compare, the likeliest first: not all of a large system can be."""
    ranked = rank(context)
    followed = {one.component for one in ranked}
    log_odds = {one: compared.cause_log_odds(one) for one in _moved(context, compared)}
    ranked += [
        Ranked(name, ELSEWHERE, signal, None, 0.0, 0)
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
