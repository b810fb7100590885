"""Tasks over causal edges."""

from __future__ import annotations

from labo.domain.entities.jobs import JobKind
from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name=JobKind.REVIEW_EDGES, base=LaboTask)
def review(workspace: str, scope: str) -> None:
    """Judge all candidate edges of a workspace together. Safe to run twice."""
    run_job(workspace, scope, lambda labo: labo.edges.review())
