"""The kinds of background work: what a write can request, and what runs on a schedule."""

from __future__ import annotations

from enum import StrEnum


class JobKind(StrEnum):
    """The value is the name of the task, `<topic>.<verb>`; the docstring names its subject."""

    LINK_EVENTS = "events.link"
    """A batch of events."""

    LINK_EVENT = "events.link_one"
    """An event that could not be linked with its batch."""

    DIAGNOSE = "diagnosis.diagnose"
    """An incident."""

    REDIAGNOSE = "diagnosis.look_again"
    """An incident that was diagnosed before all of its telemetry was there."""

    ESCALATE = "escalation.escalate"
    """An incident that was diagnosed."""

    CHECK_DEADLINE = "deadlines.check"
    """An incident that waits for a person's decision."""

    EXECUTE = "actions.execute"
    """An incident whose action was approved."""

    VERIFY = "actions.verify"
    """An incident whose action was executed."""

    WRITE_REPORT = "escalation.report"
    """An incident that waits for an expert."""

    LEARN_FROM_RESOLVED = "memory.learn"
    """An incident that was resolved."""

    NOTIFY = "notifications.notify"
    """An incident whose state changed."""

    COUNT_EVIDENCE = "evidence.count"
    """An incident whose claims' max lags have elapsed."""

    REVIEW_EDGES = "edges.review"
    """`ALL`: candidate edges are reviewed together."""

    REMEMBER = "memory.remember"
    """An incident whose names changed."""

    CATCH_UP = "learning.catch_up"
    """`ALL`: the pending experiences."""

    REFRESH_METRIC_SET = "metric_sets.refresh"
    """A problem."""

    RUN_EXPERIMENT = "lab.run"
    """A planned experiment."""


class PeriodicKind(StrEnum):
    """Names of the tasks that run on a schedule, over every workspace; no write requests them."""

    SWEEP_JOBS = "jobs.sweep"
    """Due jobs are sent again."""

    EXPIRE_EVENTS = "events.expire"
    """Linked events past their retention period are deleted."""

    END_SILENT = "events.end_silent"
    """Log errors whose lines no longer come are ended."""

    SWEEP_EVIDENCE = "evidence.sweep"
    """Incidents that were not counted in time are queued again."""

    EXPIRE_EVIDENCE = "evidence.expire"
    """Observations past their retention period are folded into checkpoints."""


ALL = "all"
"""The subject of work that covers a whole workspace."""
