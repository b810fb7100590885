"""Tasks over evidence: counting episodes, the ones that were missed, and retention."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from graph import evidence
from labo.bootstrap import App
from labo.domain.entities.jobs import JobKind, PeriodicKind
from workers.app import app
from workers.task import LaboTask, run, run_job

LOOK_BACK = timedelta(hours=6)
AT_ONCE = 500
KEPT = timedelta(days=365)
"""Four half-lives: older evidence has a sixteenth of its weight at most, and remains in the
checkpoint."""


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
    """Fold observations past their age into their edges, in every workspace."""
    run(_expire)


async def _sweep(labo: App) -> None:
    until = datetime.now(UTC) - timedelta(seconds=evidence.COUNT_AFTER_S)
    for due in await evidence.overdue(labo.graph, until - LOOK_BACK, until, AT_ONCE):
        await labo.workspace(due.workspace).evidence.ask(due.subject)


async def _expire(labo: App) -> None:
    before = datetime.now(UTC) - KEPT
    for due in await evidence.foldable(labo.graph, before, AT_ONCE):
        await labo.workspace(due.workspace).evidence.fold(due.subject, before)
