"""Detection as a part of the stream process: a step every few seconds, its state in Redis."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from redis.exceptions import RedisError

from labo.bootstrap import App
from labo.errors import Unavailable
from labo.services.ingest.detection import DetectionPace, DetectionService
from workers.stream.pausing import pause

STATE_KEY = "labo:detection:state"
LEASE_KEY = "labo:detection:lease"
LEASE_S = 20
SAVE_EVERY_S = 60.0
_LONGEST_WAIT_S = 5.0

log = structlog.get_logger()


@dataclass
class Detection:
    """One process's detection. With several, the one that holds the lease detects.

    The lease only saves work: two that detect at once emit the same under the same ids.
    """

    app: App
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    service: DetectionService | None = None
    kept_at: float = 0.0

    async def detect(self) -> int:
        """One step, if this process holds the lease; how many episodes it announced."""
        redis = self.app.redis
        if not await redis.set(LEASE_KEY, self.name, nx=True, ex=LEASE_S):
            if await redis.get(LEASE_KEY) != self.name:
                self.service = None
                return 0
            await redis.expire(LEASE_KEY, LEASE_S)
        if self.service is None:
            self.service = await self._resumed()
        announced = await self.service.detect(datetime.now(UTC))
        if announced or asyncio.get_running_loop().time() - self.kept_at >= SAVE_EVERY_S:
            await self.save()
        return announced

    async def save(self) -> None:
        """Save the state: after every announcement, and now and then between.

        Not while the graph is unavailable: from the earlier state, unsent detections are made
        again.
        """
        if self.service is not None and not self.service.owes:
            state = await asyncio.to_thread(self.service.dump)
            await self.app.redis.set(STATE_KEY, state)
            self.kept_at = asyncio.get_running_loop().time()

    async def leave(self) -> None:
        """Save the state and release the lease, so that another process continues at once."""
        if self.service is not None:
            await self.save()
            await self.app.redis.delete(LEASE_KEY)

    async def _resumed(self) -> DetectionService:
        settings = self.app.settings.detection
        pace = DetectionPace(
            step_s=settings.step_s,
            # A monitor's values are as old as its scrapes: finer steps would repeat them.
            adapts=self.app.metric_source is None,
            lateness_s=settings.lateness_s,
            max_series=settings.max_series,
            openings_per_minute=settings.openings_per_minute,
        )
        service = DetectionService(self.app.recent_telemetry, self.app.accept, pace)
        state = await self.app.redis.get(STATE_KEY)
        resumed = isinstance(state, str) and service.restore(state)
        log.info("detection.started", resumed=resumed, step_s=pace.step_s)
        return service


async def detect(app: App, stop: asyncio.Event) -> None:
    """Until `stop` is set; outages are waited out."""
    if not app.settings.detection.enabled:
        log.info("detection.off")
        await stop.wait()
        return
    detection = Detection(app)
    wait_s = min(_LONGEST_WAIT_S, app.settings.detection.step_s / 5)
    while not stop.is_set():
        try:
            await detection.detect()
        except (Unavailable, RedisError, OSError) as error:
            log.warning("detection.waiting", error=str(error)[:300])
        await pause(stop, wait_s)
    with contextlib.suppress(RedisError, OSError):
        await detection.leave()
