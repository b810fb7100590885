"""Tasks of the escalation."""

from __future__ import annotations

from labo.domain.entities.jobs import JobKind
from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name=JobKind.ESCALATE, base=LaboTask)
def escalate(workspace: str, incident_id: str) -> None:
    """Escalate one incident. Safe to run twice."""
    run_job(workspace, incident_id, lambda labo: labo.escalation.escalate(incident_id))


@app.task(name=JobKind.WRITE_REPORT, base=LaboTask)
def report(workspace: str, incident_id: str) -> None:
    """Write the expert report on one incident. Safe to run twice."""
    run_job(workspace, incident_id, lambda labo: labo.reports.write(incident_id))
