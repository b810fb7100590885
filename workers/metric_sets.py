"""Tasks about minimal metric sets."""

from __future__ import annotations

from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name="metric_sets.refresh", base=LaboTask)
def refresh(workspace: str, problem: str) -> None:
    """Compute a problem's minimal set anew, with its proof. Safe to run twice."""
    run_job(workspace, problem, lambda labo: labo.metric_sets.refresh(problem))
