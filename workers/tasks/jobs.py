"""The sweeper: what a lost broker or a dead worker left undone is sent again."""

from __future__ import annotations

from graph.jobs import claim_due
from labo.bootstrap import App
from labo.domain.entities.jobs import PeriodicKind
from workers.app import app
from workers.task import LaboTask, run

MOST_PER_ROUND = 500
"""Messages of one round, of all workspaces together."""


@app.task(name=PeriodicKind.SWEEP_JOBS, base=LaboTask)
def sweep() -> None:
    """Send the due jobs again. Safe to run twice."""
    run(_sweep)


async def _sweep(labo: App) -> None:
    for job in await claim_due(labo.graph, MOST_PER_ROUND):
        await labo.jobs.enqueue(job.kind, job.workspace, job.subject)
