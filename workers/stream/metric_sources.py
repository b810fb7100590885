"""Writing down what the metric source can be asked, as a part of the stream process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog

from labo.bootstrap import App
from labo.errors import LaboError
from labo.services.ingest.metric_sources import register
from workers.stream.pausing import pause

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
        wait_s = EVERY_S
        try:
            linked = await register(app.workspace().graph, source, datetime.now(UTC), origin=ORIGIN)
            log.info("metric_source.registered", system=source.system, exposures=linked)
        except LaboError as error:
            wait_s = RETRY_S
            log.warning("metric_source.waiting", error=str(error)[:300])
        await pause(stop, wait_s)
