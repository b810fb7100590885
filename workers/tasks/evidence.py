"""Tasks over evidence: counting episodes, the ones that were missed, and retention."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog

from graph import evidence
from labo.bootstrap import App
from labo.domain.causality.review import MIN_ORDER_COMPARISONS
from labo.domain.entities.jobs import JobKind, PeriodicKind
from workers.app import app
from workers.task import LaboTask, run, run_job

log = structlog.get_logger()

LOOK_BACK = timedelta(hours=6)
AT_ONCE = 500
KEPT = timedelta(days=365)
"""Four half-lives: older evidence has a sixteenth of its weight at most, and remains in the
checkpoint."""

FADES_AFTER = timedelta(days=30)
"""A proposal that nothing supports for so long is deleted: what happens weekly has had four
chances, and what comes back is proposed again after two episodes. By judgement."""


@app.task(name=JobKind.COUNT_EVIDENCE, base=LaboTask)
def count(workspace: str, incident_id: str) -> None:
    """Count one incident's episodes as evidence. Safe to run twice."""
    run_job(workspace, incident_id, lambda labo: labo.evidence.count(incident_id))


@app.task(name=PeriodicKind.SWEEP_EVIDENCE, base=LaboTask)
def sweep() -> None:
    """Ask for incidents that never end, or that a person ended, once their lags are over."""
    run(_sweep)


@app.task(name=PeriodicKind.EXPIRE_EVIDENCE, base=LaboTask)
def expire() -> None:
    """Fold observations past their age into their edges, and let proposals fade, everywhere."""
    run(_expire)


async def _sweep(labo: App) -> None:
    until = datetime.now(UTC) - timedelta(seconds=evidence.COUNT_AFTER_S)
    for due in await evidence.overdue(labo.graph, until - LOOK_BACK, until, AT_ONCE):
        await labo.workspace(due.workspace).evidence.ask(due.subject)


async def _expire(labo: App) -> None:
    now = datetime.now(UTC)
    before = now - KEPT
    for due in await evidence.foldable(labo.graph, before, AT_ONCE):
        await labo.workspace(due.workspace).evidence.fold(due.subject, before)
    faded = await evidence.expire_faded(
        labo.graph, now - FADES_AFTER, comparisons=MIN_ORDER_COMPARISONS, limit=AT_ONCE
    )
    if faded:
        log.info("evidence.faded", edges=faded)
