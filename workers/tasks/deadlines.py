"""Tasks that are due when nobody answered in time."""

from __future__ import annotations

from labo.domain.entities.jobs import JobKind
from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name=JobKind.CHECK_DEADLINE, base=LaboTask)
def check(workspace: str, incident_id: str) -> None:
    """Remind, report or expire, as is due for one incident. Safe to run twice."""
    run_job(workspace, incident_id, lambda labo: labo.deadlines.check(incident_id))
