"""Tasks over events: linking a batch, and retention."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from labo.bootstrap import App
from labo.domain.entities.jobs import JobKind, PeriodicKind
from labo.services.ingest.silence import SilenceService
from workers.app import app
from workers.task import LaboTask, run, run_job


@app.task(name=JobKind.LINK_EVENTS, base=LaboTask)
def link(workspace: str, batch: str) -> None:
    """Turn one batch of events into occurrences and incidents. Safe to run twice."""
    run_job(workspace, batch, lambda labo: labo.linking.link(batch))


@app.task(name=JobKind.LINK_EVENT, base=LaboTask)
def link_one(workspace: str, event: str) -> None:
    """Link one event that was set aside as a dead letter. Safe to run twice."""
    run_job(workspace, event, lambda labo: labo.linking.link_event(event))


@app.task(name=PeriodicKind.EXPIRE_EVENTS, base=LaboTask)
def expire() -> None:
    """Delete events past their age, in every workspace. Safe to run twice."""
    run(_expire)


@app.task(name=PeriodicKind.END_SILENT, base=LaboTask)
def end_silent() -> None:
    """End the log errors whose lines no longer come, in every workspace. Safe to run twice."""
    run(_end_silent)


async def _end_silent(labo: App) -> None:
    silence = SilenceService(labo.graph, labo.recent_telemetry, labo.accept)
    await silence.end_silent(datetime.now(UTC))


async def _expire(labo: App) -> None:
    await labo.event_store.expire(timedelta(days=labo.settings.telemetry.retention_days))
