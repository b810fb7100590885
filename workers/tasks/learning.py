"""Tasks that learn."""

from __future__ import annotations

from labo.domain.entities.jobs import JobKind
from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name=JobKind.CATCH_UP, base=LaboTask)
def catch_up(workspace: str, subject: str) -> None:
    """Learn the experiences that wait. Safe to run twice, and beside another learner."""
    run_job(workspace, subject, lambda labo: labo.learning.catch_up())
