"""The kinds of work that a write can ask for."""

from __future__ import annotations

from enum import StrEnum


class JobKind(StrEnum):
    """Each is the name of the task that does it, `<topic>.<verb>`, and says what its subject is."""

    LINK_EVENTS = "events.link"
    """A batch of events."""

    DIAGNOSE = "diagnosis.diagnose"
    """An incident."""

    LOOK_AGAIN = "diagnosis.look_again"
    """An incident that was diagnosed before all of its telemetry was there."""

    ESCALATE = "escalation.escalate"
    """An incident that was diagnosed."""

    NOTIFY = "notifications.notify"
    """An incident that stands otherwise than before."""

    COUNT_EVIDENCE = "evidence.count"
    """An incident whose lags are over."""

    REVIEW_EDGES = "edges.review"
    """`ALL`: candidate edges are judged together."""

    CATCH_UP = "learning.catch_up"
    """`ALL`: the experiences that wait."""

    REFRESH_METRIC_SET = "metric_sets.refresh"
    """A problem."""

    RUN_EXPERIMENT = "lab.run"
    """A planned experiment."""


ALL = "all"
"""The subject of work that is about a whole workspace."""
