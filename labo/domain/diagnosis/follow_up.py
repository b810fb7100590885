"""When an incident is to be diagnosed again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from labo.domain.diagnosis.scope import SYMPTOM_SPAN
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.reasons import ReasonKind, reason
from labo.domain.incidents.incidents import Occurrence

REASSESS_AFTER = (
    timedelta(seconds=45),
    timedelta(seconds=90),
    timedelta(minutes=3),
    timedelta(minutes=10),
    SYMPTOM_SPAN + timedelta(minutes=1),
)
"""Delays after the alert, each about twice the one before: when the first two steps of 10 s after a
log error are complete, during the symptom, and once the telemetry of its end has arrived."""

_SOON = timedelta(seconds=15)
"""A reassessment due sooner than this is not worth a job: hardly a new step has arrived."""


def next_reassessment(analysis: Analysis, target: Occurrence, as_of: datetime) -> timedelta | None:
    """How long after `as_of` to repeat the diagnosis made then; None when nothing new can come.

    An alert is diagnosed at once, with the telemetry available. If the diagnosis is inconclusive or
    lacked data, it is repeated within the symptom window, a few times. Missing knowledge is not a
    reason, as it does not arrive with telemetry.
    """
    lacks = any(one.kind is not ReasonKind.NO_KNOWLEDGE for one in analysis.missing)
    if analysis.verdict in (Verdict.LIKELY, Verdict.CONFIRMED) and not lacks:
        return None
    waits = (target.started_at + after - as_of for after in REASSESS_AFTER)
    return min((wait for wait in waits if wait > _SOON), default=None)


def as_first_look(analysis: Analysis, target: Occurrence, as_of: datetime) -> Analysis:
    """`analysis`, but INCONCLUSIVE instead of NO_PROBLEM while the first reassessment is due: an
    alert or an error is there, and what shows nothing yet is not shown to be normal."""
    age = as_of - target.started_at
    if analysis.verdict is not Verdict.NO_PROBLEM or age >= REASSESS_AFTER[0] - _SOON:
        return analysis
    missing = (*analysis.missing, reason(ReasonKind.TOO_EARLY))
    return replace(analysis, verdict=Verdict.INCONCLUSIVE, missing=missing)


def is_first_look(analysis: Analysis) -> bool:
    """Whether it only says that it is too early to say anything."""
    return any(one.kind is ReasonKind.TOO_EARLY for one in analysis.missing)
