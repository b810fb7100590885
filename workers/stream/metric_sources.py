"""Writing down what the metric source can be asked, as a part of the stream process."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

import structlog

from labo.bootstrap import App
from labo.errors import LaboError
from labo.services.ingest.metric_sources import register

EVERY_S = 600.0
RETRY_S = 30.0
ORIGIN = "prometheus"

log = structlog.get_logger()


async def register_metrics(app: App, stop: asyncio.Event) -> None:
    """Until `stop` is set; new targets are found within ten minutes."""
    source = app.metric_source
    if source is None:
        await stop.wait()
        return
    while not stop.is_set():
        pause = EVERY_S
        try:
            linked = await register(app.workspace().graph, source, datetime.now(UTC), origin=ORIGIN)
            log.info("metric_source.registered", system=source.system, exposures=linked)
        except LaboError as error:
            pause = RETRY_S
            log.warning("metric_source.waiting", error=str(error)[:300])
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
