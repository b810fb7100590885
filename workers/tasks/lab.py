"""Tasks of the lab."""

from __future__ import annotations

from labo.domain.entities.jobs import JobKind
from workers.app import app
from workers.task import LaboTask, run_job


@app.task(name=JobKind.RUN_EXPERIMENT, base=LaboTask)
def run(workspace: str, experiment_id: str) -> None:
    """Run one planned experiment. Safe to run twice."""
    run_job(workspace, experiment_id, lambda labo: labo.experiments.run(experiment_id))
