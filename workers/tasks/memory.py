"""Tasks of what is remembered of incidents."""

from __future__ import annotations

from labo.bootstrap import Services
from labo.domain.entities.jobs import JobKind
from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name=JobKind.REMEMBER, base=LaboTask)
def remember(workspace: str, incident_id: str) -> None:
    """Renew the text by which one incident is found. Safe to run twice."""
    run_job(workspace, incident_id, lambda labo: labo.memory.remember(incident_id))


@app.task(name=JobKind.LEARN_FROM_RESOLVED, base=LaboTask)
def learn(workspace: str, incident_id: str) -> None:
    """End the escalation of one resolved incident, and learn from it. Safe to run twice."""
    run_job(workspace, incident_id, lambda labo: _learn(labo, incident_id))


async def _learn(labo: Services, incident_id: str) -> None:
    """An action that is under way is judged first; its end asks for this again."""
    if await labo.endings.finish(incident_id):
        await labo.solutions.feedback.learn(incident_id)
