"""Watching the systems' present telemetry: deviations open and close occurrences like alerts do.

Only the present is watched: of what arrives, what happened before the watermark of its system is
history, as an imported incident is, and opens nothing (docs/adr/0015).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter, Gauge

from labo.domain.detection.announcing import Announcement, Announcer
from labo.domain.detection.events import as_event
from labo.domain.detection.snapshot import as_list, as_object
from labo.domain.detection.watch import SystemWatch
from labo.domain.entities.series import Series, SeriesKey, SeriesQuery, Window
from labo.domain.incidents.events import Event
from labo.domain.telemetry.log_rates import is_log_rate, log_rates
from labo.ports.recent_telemetry import RecentTelemetry

Accept = Callable[[str, Sequence[Event]], Awaitable[object]]

WARM_UP_STEPS = 150
LATE_STEPS = 10
"""A series may come this many steps behind the others and is still judged."""

CATCH_UP_STEPS = 360
VERSION = 2
"""Of the state's form: 2 since an episode is of a component's behaviour (ADR 0032)."""

ANNOUNCED = Counter(
    "labo_detection_announced_total", "Episodes that detection announced.", ["direction"]
)
FORGOTTEN = Gauge(
    "labo_detection_series_forgotten", "Series dropped since more than the limit are there."
)
WATCHED = Gauge("labo_detection_series", "Series under watch.")
SILENT = Gauge("labo_detection_systems_silent", "Systems none of whose series has recent values.")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DetectionPace:
    """`step_s`: what one value stands for; a step is judged `lateness_s` after its end."""

    step_s: float = 60.0
    lateness_s: float = 20.0
    max_series: int = 10_000
    openings_per_minute: int = 20


class DetectionService:
    """Watches every system of every workspace. State: `dump` and `restore`, as JSON text.

    Killed after its events were accepted and before its state was saved, it detects the same again
    and emits it under the same ids.
    """

    def __init__(self, telemetry: RecentTelemetry, accept: Accept, pace: DetectionPace) -> None:
        self._telemetry = telemetry
        self._accept = accept
        self._pace = pace
        self._watches: dict[tuple[str, str], SystemWatch] = {}
        self._unsaid: dict[str, list[Event]] = {}

    async def detect(self, now: datetime) -> int:
        """Judge every step that is over and settled; how many openings and endings were announced.

        Raises Unavailable; nothing is lost then, call again.
        """
        announced = await self._announce()
        step = self._pace.step_s
        until = (now.timestamp() - self._pace.lateness_s) // step * step
        since = datetime.fromtimestamp(until - LATE_STEPS * step, UTC)
        systems = {*await self._telemetry.systems(since), *self._watches}
        for workspace, system in sorted(systems):
            watch = self._watches.get((workspace, system))
            if watch is None:
                self._watches[workspace, system] = await self._watch_of(workspace, system, until)
            elif watch.until < until:
                deviations = await self._advance(workspace, system, watch, until)
                self._unsaid.setdefault(workspace, []).extend(
                    as_event(system, a) for a in deviations
                )
        self._measure()
        return announced + await self._announce()

    @property
    def owes(self) -> bool:
        """Whether a detection was not accepted yet: a state saved now would lose it."""
        return any(self._unsaid.values())

    def dump(self) -> str:
        """The state as JSON text."""
        watches = [[*key, watch.dump()] for key, watch in self._watches.items()]
        return json.dumps({"version": VERSION, "step_s": self._pace.step_s, "watches": watches})

    def restore(self, text: str) -> bool:
        """Continue from a `dump`. False when it is of another version or step, or invalid: then the
        baselines are learnt again from what is stored."""
        try:
            state = as_object(json.loads(text))
            if (state["version"], state["step_s"]) != (VERSION, self._pace.step_s):
                return False
            watches = {}
            for one in as_list(state["watches"]):
                workspace, system, held = as_list(one)
                watches[str(workspace), str(system)] = watch = self._watch()
                watch.restore(as_object(held))
        except (ValueError, KeyError, TypeError) as error:
            log.warning("detection.state_unusable", error=str(error)[:200])
            return False
        self._watches = watches
        return True

    def _watch(self) -> SystemWatch:
        announcer = Announcer(openings=self._pace.openings_per_minute)
        return SystemWatch(announcer, max_series=self._pace.max_series)

    async def _watch_of(self, workspace: str, system: str, until: float) -> SystemWatch:
        """A watch with learnt baselines; what deviates already is reported from now on."""
        watch = self._watch()
        start = until - WARM_UP_STEPS * self._pace.step_s
        series = await self._series(workspace, system, watch, start, until)
        await asyncio.to_thread(watch.learn, series, start, until)
        log.info("detection.began", workspace=workspace, system=system, series=len(watch.detectors))
        return watch

    async def _advance(
        self, workspace: str, system: str, watch: SystemWatch, until: float
    ) -> list[Announcement]:
        step = self._pace.step_s
        start = max(watch.until - LATE_STEPS * step, until - CATCH_UP_STEPS * step)
        series = await self._series(workspace, system, watch, start, until)
        deviations = await asyncio.to_thread(watch.advance, series, until)
        for one in deviations:
            ended, strongest = one.ended_at is not None, one.deviations[0]
            log.info(
                "detection.ended" if ended else "detection.opened",
                system=system,
                component=one.component,
                behaviour=one.shown.key,
                metric=strongest.metric,
                direction=strongest.direction.value,
                size=round(strongest.size, 1),
                also=len(one.deviations) - 1 + len(one.others),
            )
        return deviations

    async def _series(
        self, workspace: str, system: str, watch: SystemWatch, start: float, until: float
    ) -> Mapping[SeriesKey, Series]:
        step = self._pace.step_s
        window = Window(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(until, UTC))
        query = SeriesQuery(workspace, system, window, step)
        series = await self._telemetry.series(query)
        counts = await self._telemetry.line_counts(query)
        known = [key for key in watch.detectors if is_log_rate(key.metric)]
        rows = ((c.component, c.template_id, c.step_start, c.lines, c.errors) for c in counts)
        rates = log_rates(
            rows, known, start=start, end=until, step_s=step, watched_since=watch.since
        )
        return {**rates, **series}

    async def _announce(self) -> int:
        """Hand over what was not accepted yet."""
        announced = 0
        for workspace in list(self._unsaid):
            events = self._unsaid[workspace]
            if events:
                await self._accept(workspace, events)
            for event in events:
                ANNOUNCED.labels(event.labels["direction"]).inc()
            announced += len(events)
            del self._unsaid[workspace]
        return announced

    def _measure(self) -> None:
        watches = self._watches.values()
        WATCHED.set(sum(len(watch.detectors) for watch in watches))
        SILENT.set(sum(watch.silent for watch in watches))
        FORGOTTEN.set(sum(watch.forgotten for watch in watches))
