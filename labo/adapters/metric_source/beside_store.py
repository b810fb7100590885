"""The telemetry store's readers with a metric source's series added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from labo.adapters.telemetry.passing_reader import PassingReader
from labo.domain.entities.series import Series, SeriesKey, SeriesQuery
from labo.errors import Forbidden, InvalidInput, Unavailable
from labo.ports.metric_source import MetricSource
from labo.ports.recent_telemetry import LineCount, RecentTelemetry
from labo.ports.telemetry import TelemetryReader

log = structlog.get_logger()


async def _together(
    stored: Mapping[SeriesKey, Series], source: MetricSource, query: SeriesQuery
) -> Mapping[SeriesKey, Series]:
    """The series of both; the store's own where both have a series. An unavailable source is
    missing data, which a diagnosis can name; the store's series are still returned. The source
    always answers for its whole system: of that, only the requested components are returned."""
    try:
        answered = await source.series(query.window, step_s=query.step_s)
    except (Unavailable, Forbidden, InvalidInput) as error:
        log.warning("metric_source.missing", system=source.system, error=str(error)[:300])
        return stored
    wanted = {key: one for key, one in answered.items() if query.includes(key.component)}
    return {**wanted, **stored}


class ReaderBesideSource(PassingReader):
    """`workspace` is the one that the source belongs to."""

    def __init__(self, reader: TelemetryReader, source: MetricSource, workspace: str) -> None:
        super().__init__(reader)
        self._source = source
        self._system = (workspace, source.system)

    async def series(self, query: SeriesQuery) -> Mapping[SeriesKey, Series]:
        stored = await super().series(query)
        if (query.workspace, query.system) != self._system:
            return stored
        return await _together(stored, self._source, query)


class RecentBesideSource:
    """A `RecentTelemetry`, so that detection watches the source's series too."""

    def __init__(self, recent: RecentTelemetry, source: MetricSource, workspace: str) -> None:
        self._recent = recent
        self._source = source
        self._system = (workspace, source.system)

    async def systems(self, since: datetime) -> Sequence[tuple[str, str]]:
        return sorted({*await self._recent.systems(since), self._system})

    async def series(self, query: SeriesQuery) -> Mapping[SeriesKey, Series]:
        stored = await self._recent.series(query)
        if (query.workspace, query.system) != self._system:
            return stored
        return await _together(stored, self._source, query)

    async def line_counts(self, query: SeriesQuery) -> Sequence[LineCount]:
        return await self._recent.line_counts(query)
