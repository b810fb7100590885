"""What was usual in the last two weeks, read from stored history a day at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from labo.domain.detection.season import DAYS, SLOT_S, Season
from labo.domain.entities.series import Series, SeriesKey
from labo.errors import Forbidden, InvalidInput, Unavailable
from labo.ports.recent_telemetry import RecentTelemetry
from labo.services.ingest.judged_series import Steps, of_services, start_of

DAY_S = 86_400.0
STEP_S = 600.0
"""The step of history: the store keeps it for a year, and a day of it is as many values as a
warm-up (144 and 150)."""
AGAIN_S = 3_600.0
"""Seconds between the beginnings of two readings, at least: series come and go, and a metric source
answers for its whole system each time. By judgement."""

log = structlog.get_logger()


@dataclass(slots=True)
class PastSeasons:
    """The reading of one system (workspace, name) before `until` (epoch seconds): the next is the
    day that is `day` days before. `components` are names, None all; `waiting` are those whose
    series were first seen since."""

    system: tuple[str, str]
    until: float
    components: frozenset[str] | None = None
    day: int = 0
    waiting: set[str] = field(default_factory=set)

    async def read_next(
        self, telemetry: RecentTelemetry, settled: float
    ) -> Mapping[SeriesKey, Season]:
        """One more day, the newest first; empty once all are read. What cannot be read stays
        unknown: then detection learns by itself."""
        if self.day >= DAYS and self.waiting and settled - self.until >= AGAIN_S:
            self.until, self.day = settled, 0
            self.components, self.waiting = frozenset(self.waiting), set()
        if self.day >= DAYS:
            return {}
        end = start_of(self.until, SLOT_S) - self.day * DAY_S
        self.day += 1
        query = Steps(end - DAY_S, end, STEP_S).query(self.system, self.components)
        try:
            return _seasons(of_services(await telemetry.series(query)))
        except (Unavailable, Forbidden, InvalidInput) as error:
            log.warning("detection.no_history", system=self.system[1], error=str(error)[:200])
            self.day = DAYS
            return {}


def _seasons(series: Mapping[SeriesKey, Series]) -> dict[SeriesKey, Season]:
    seasons = {}
    for key, one in series.items():
        seasons[key] = season = Season()
        for at, value in zip(one.timestamps.tolist(), one.values.tolist(), strict=True):
            season.learn(at, value)
    return seasons
