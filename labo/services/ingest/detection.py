"""Watching the systems' present telemetry: deviations open and close occurrences like alerts do.

Only the present is watched: of what arrives, what happened before the watermark of its system is
history, as an imported incident is, and opens nothing (docs/adr/0015).
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter, Gauge

from labo.domain.detection.announcing import Announcement, Announcer
from labo.domain.detection.baseline import WINDOW
from labo.domain.detection.events import as_event
from labo.domain.detection.state_values import as_list, as_object
from labo.domain.detection.watch import SystemWatch
from labo.domain.entities.series import Series, SeriesKey
from labo.domain.incidents.events import Event
from labo.domain.telemetry.log_rates import is_log_rate
from labo.domain.telemetry.rollups import STEPS
from labo.ports.recent_telemetry import RecentTelemetry
from labo.services.ingest.events import Accept
from labo.services.ingest.judged_series import (
    Steps,
    beginnings,
    of_services,
    read_series,
    start_of,
)
from labo.services.ingest.past_seasons import PastSeasons

WARM_UP_STEPS = 150
LATE_STEPS = 10
"""A series may come this many steps behind the others and is still judged."""

CATCH_UP_STEPS = 360
VERSION = 4
"""Of the state's form: 2 since an episode is of a component's behaviour (ADR 0032), 3 since each
series has the step that it is judged in (ADR 0031), 4 since it has a season (ADR 0045)."""

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
    """`step_s`: what one value stands for once a system has a history; a step is judged
    `lateness_s` after its end. `adapts`: a younger system is judged in finer steps (ADR 0031)."""

    step_s: float = 60.0
    adapts: bool = True
    lateness_s: float = 20.0
    max_series: int = 10_000
    openings_per_minute: int = 20

    @property
    def steps(self) -> tuple[float, ...]:
        """The steps that a system is judged in, one after another: those of the store that
        `step_s` consists of, then `step_s` itself."""
        finer = [float(s) for s in STEPS if s < self.step_s and self.step_s % s == 0]
        return (*finer, self.step_s) if self.adapts else (self.step_s,)

    def step_after(self, history_s: float) -> float:
        """The step of a system that has been seen for so long: the coarsest one that fills a
        baseline, so that nothing is less sure than before."""
        return max((s for s in self.steps if WINDOW * s <= history_s), default=self.steps[0])


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
        self._pasts: dict[tuple[str, str], PastSeasons] = {}
        self._unsaid: dict[str, list[Event]] = {}

    async def detect(self, now: datetime) -> int:
        """Judge every step that is over and settled; how many openings and endings were announced.

        Raises Unavailable; nothing is lost then, call again.
        """
        announced = await self._announce()
        settled = now.timestamp() - self._pace.lateness_s
        since = datetime.fromtimestamp(settled - LATE_STEPS * self._pace.step_s, UTC)
        systems = {*await self._telemetry.systems(since), *self._watches}
        for workspace, system in sorted(systems):
            watch = self._watches.get((workspace, system))
            if watch is None:
                self._watches[workspace, system] = await self._watch_of(workspace, system, settled)
            elif watch.until < start_of(settled, watch.steps[0]):
                before = watch.until
                deviations = await self._advance(workspace, system, watch, settled)
                self._unsaid.setdefault(workspace, []).extend(
                    as_event(system, a) for a in deviations
                )
                if start_of(settled, watch.step_s) > before:
                    await self._settle(workspace, system, watch, settled)
            await self._recall((workspace, system), settled)
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
        return SystemWatch(announcer, max_series=self._pace.max_series, step_s=self._pace.steps[0])

    async def _watch_of(self, workspace: str, system: str, settled: float) -> SystemWatch:
        """A watch with learnt baselines; what deviates already is reported from now on."""
        watch, since = self._watch(), math.inf
        for step in reversed(self._pace.steps):
            until = start_of(settled, step)
            window = Steps(until - WARM_UP_STEPS * step, until, step)
            series = await read_series(self._telemetry, (workspace, system), watch, window)
            since = min(since, min(beginnings(series), default=until))
            if self._pace.step_after(until - since) >= step:
                break
        watch.step_s = step
        await asyncio.to_thread(watch.learn, series, since, until)
        log.info(
            "detection.began",
            workspace=workspace,
            system=system,
            series=len(watch.detectors),
            step_s=step,
        )
        return watch

    async def _advance(
        self, workspace: str, system: str, watch: SystemWatch, settled: float
    ) -> list[Announcement]:
        series: dict[SeriesKey, Series] = {}
        for step in watch.steps:
            until = start_of(settled, step)
            if until <= start_of(watch.until, step):
                continue
            late = watch.until - LATE_STEPS * step
            start = start_of(max(late, until - CATCH_UP_STEPS * step), step)
            part = None if step == watch.step_s else watch.components_at(step)
            steps, of = Steps(start, until, step), (workspace, system)
            found = await read_series(self._telemetry, of, watch, steps, part)
            if step == watch.step_s:
                await self._meet(of, watch, found, start)
            series |= {key: one for key, one in found.items() if watch.step_of(key) == step}
        until = start_of(settled, watch.steps[0])
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

    async def _meet(
        self,
        system: tuple[str, str],
        watch: SystemWatch,
        found: Mapping[SeriesKey, Series],
        start: float,
    ) -> None:
        """Learn the baselines of series that are seen for the first time from what is stored of
        them before `start`. Rates of log lines begin with a past of their own."""
        fresh = {key for key in found if key not in watch.detectors and not is_log_rate(key.metric)}
        if not fresh:
            return
        components = frozenset(key.component for key in fresh)
        self._past(system, start).waiting |= components
        steps = Steps(start - WARM_UP_STEPS * watch.step_s, start, watch.step_s)
        past = of_services(await self._telemetry.series(steps.query(system, components)))
        known = {key: one for key, one in past.items() if key in fresh}
        await asyncio.to_thread(watch.meet, known, start)

    async def _recall(self, system: tuple[str, str], settled: float) -> None:
        """One more day of what was usual before this process began, or a series was seen."""
        seasons = await self._past(system, settled).read_next(self._telemetry, settled)
        if seasons:
            await asyncio.to_thread(self._watches[system].recall, seasons)

    def _past(self, system: tuple[str, str], until: float) -> PastSeasons:
        return self._pasts.setdefault(system, PastSeasons(system, until))

    async def _settle(
        self, workspace: str, system: str, watch: SystemWatch, settled: float
    ) -> None:
        """Go on in the step that the system's history is long enough for."""
        if watch.since is not None:
            watch.step_s = max(watch.step_s, self._pace.step_after(watch.until - watch.since))
        step = watch.step_s
        finer = [watch.components_at(one) for one in watch.steps if one < step]
        if not finer:
            return
        until = start_of(settled, step)
        window = Steps(until - WARM_UP_STEPS * step, until, step)
        part = frozenset[str]().union(*finer)
        series = await read_series(self._telemetry, (workspace, system), watch, window, part)
        await asyncio.to_thread(watch.settle, series, until)

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
