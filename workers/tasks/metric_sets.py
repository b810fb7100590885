"""Tasks about minimal metric sets."""

from __future__ import annotations

from labo.domain.entities.jobs import JobKind
from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name=JobKind.REFRESH_METRIC_SET, base=LaboTask)
def refresh(workspace: str, problem: str) -> None:
    """Recompute a problem's minimal set, with its proof. Safe to run twice."""
    run_job(workspace, problem, lambda labo: labo.metric_sets.refresh(problem))
