"""Tasks of approved actions: carrying them out, and judging whether they helped."""

from __future__ import annotations

from labo.domain.entities.jobs import JobKind
from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name=JobKind.EXECUTE, base=LaboTask)
def execute(workspace: str, incident_id: str) -> None:
    """Carry out one incident's approved action. Safe to run twice: it is begun once."""
    run_job(workspace, incident_id, lambda labo: labo.executions.run(incident_id))


@app.task(name=JobKind.VERIFY, base=LaboTask)
def verify(workspace: str, incident_id: str) -> None:
    """Judge one incident's executed action. Safe to run twice."""
    run_job(workspace, incident_id, lambda labo: labo.endings.verify(incident_id))
