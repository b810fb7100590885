"""When an incident is worth another look."""

from __future__ import annotations

from datetime import datetime, timedelta

from labo.domain.diagnosis.scope import SYMPTOM_SPAN
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.reasons import ReasonKind
from labo.domain.incidents.incidents import Occurrence

REASSESS_AFTER = (timedelta(minutes=10), SYMPTOM_SPAN + timedelta(minutes=1))
"""After the alert: amid the symptom, and once the telemetry of its end has come in."""

_SOON = timedelta(seconds=30)
"""A look that would be due within this is not worth a job: nothing new has come in."""


def next_reassessment(analysis: Analysis, target: Occurrence, as_of: datetime) -> timedelta | None:
    """How long after `as_of` to repeat the diagnosis made then; None when nothing new can come.

    An alert is diagnosed at once, with the telemetry that is there. Where that could not tell, or
    lacked something, it is looked at again while the symptom's time lasts: twice at the most.
    Knowledge is no such thing: it does not come with the telemetry.
    """
    lacks = any(one.kind is not ReasonKind.NO_KNOWLEDGE for one in analysis.missing)
    if analysis.verdict in (Verdict.LIKELY, Verdict.CONFIRMED) and not lacks:
        return None
    waits = (target.started_at + after - as_of for after in REASSESS_AFTER)
    return min((wait for wait in waits if wait > _SOON), default=None)
