"""Tasks that diagnose."""

from __future__ import annotations

from labo.bootstrap import Services
from labo.domain.entities.jobs import JobKind
from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name=JobKind.DIAGNOSE, base=LaboTask)
def diagnose(workspace: str, incident_id: str) -> None:
    """Rank the causes of one incident. Safe to run twice."""
    run_job(workspace, incident_id, lambda labo: _diagnose(labo, incident_id))


@app.task(name=JobKind.REDIAGNOSE, base=LaboTask)
def rediagnose(workspace: str, incident_id: str) -> None:
    """Have one incident diagnosed once more. Safe to run twice."""
    run_job(workspace, incident_id, lambda labo: labo.diagnosis.rediagnose(incident_id))


async def _diagnose(labo: Services, incident_id: str) -> None:
    await labo.diagnosis.diagnose(incident_id)
    await labo.causal_traces.note(incident_id)
