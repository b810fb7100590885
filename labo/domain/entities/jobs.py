"""The kinds of work: what a write can ask for, and what runs by the clock."""

from __future__ import annotations

from enum import StrEnum


class JobKind(StrEnum):
    """Each is the name of the task that does it, `<topic>.<verb>`, and says what its subject is."""

    LINK_EVENTS = "events.link"
    """A batch of events."""

    DIAGNOSE = "diagnosis.diagnose"
    """An incident."""

    REDIAGNOSE = "diagnosis.look_again"
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


class PeriodicKind(StrEnum):
    """Names of the tasks that run by the clock, over every workspace; no write asks for them."""

    SWEEP_JOBS = "jobs.sweep"
    """Due jobs are sent again."""

    EXPIRE_EVENTS = "events.expire"
    """Linked events past their age are deleted."""

    SWEEP_EVIDENCE = "evidence.sweep"
    """Incidents that were not counted in time are asked for."""

    EXPIRE_EVIDENCE = "evidence.expire"
    """Observations past their age are folded."""


ALL = "all"
"""The subject of work that is about a whole workspace."""
