"""Tasks that diagnose."""

from __future__ import annotations

from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name="diagnosis.diagnose", base=LaboTask)
def diagnose(workspace: str, incident_id: str) -> None:
    """Rank the causes of one incident. Safe to run twice."""
    run_job(workspace, incident_id, lambda labo: labo.diagnosis.diagnose(incident_id))
