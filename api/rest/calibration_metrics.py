"""The calibration of diagnoses, as metrics of the product; with them, what models cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from prometheus_client import Gauge

from api.rest import budget_metrics
from labo.bootstrap import App
from labo.domain.learning.state import figures
from labo.errors import LaboError

log = structlog.get_logger(__name__)


def _gauge(name: str, text: str) -> Gauge:
    # Of several processes the last that read: each reads the same graph.
    return Gauge(f"labo_calibration_{name}", text, multiprocess_mode="mostrecent")


CLAIMS = _gauge("claims", "Diagnoses whose outcome is known, behind the figures.")
BRIER = _gauge("brier_score", "Mean squared error of shown probabilities.")
ERROR = _gauge("error", "Expected calibration error over ten bins.")
WRONG_CONFIRMED = _gauge("wrong_confirmed_ratio", "CONFIRMED that was wrong.")
CONFIRMED = _gauge("confirmed_ratio", "Diagnoses that were CONFIRMED.")


LAST_READ_SECONDS = 5.0
"""For a read that is under way when the process ends; it takes milliseconds while the graph
answers."""
REFRESH_SECONDS = 30.0
"""Between two reads: about the time between two scrapes, and the figures move by the incident."""


@asynccontextmanager
async def refreshed(labo: App) -> AsyncIterator[None]:
    """Keep the figures fresh apart from any scrape, which must be answered whatever hangs.

    At the end a read under way is let finish: the driver leaves a cancelled connection open.
    """
    stop = asyncio.Event()
    reading = asyncio.create_task(_refresh_now_and_then(labo, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([reading], timeout=LAST_READ_SECONDS)
        reading.cancel()


async def _refresh_now_and_then(labo: App, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await refresh(labo)
            await budget_metrics.refresh(labo)
        except Exception:
            log.exception("metrics.refresh_failed")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), REFRESH_SECONDS)


async def refresh(labo: App) -> None:
    """Read the configured workspace's figures; NaN where nothing was claimed yet.

    While the graph is unavailable they stay as they were.
    """
    try:
        calibration = figures(await labo.workspace().learning.state())
    except LaboError as error:
        log.warning("calibration.not_read", reason=str(error))
        return
    CLAIMS.set(calibration.claims)
    BRIER.set(calibration.brier)
    ERROR.set(calibration.error)
    WRONG_CONFIRMED.set(calibration.wrong_confirmed)
    CONFIRMED.set(calibration.confirmed)
