"""Tasks that notify people about incidents."""

from __future__ import annotations

from labo.domain.entities.jobs import JobKind
from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name=JobKind.NOTIFY, base=LaboTask)
def notify(workspace: str, incident_id: str) -> None:
    """Send one incident's present state. Run twice, it sends the same message id twice."""
    run_job(workspace, incident_id, lambda labo: labo.notifications.notify(incident_id))
