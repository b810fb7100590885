"""A telemetry reader that stands before another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labo.domain.entities.series import LogLine, Series, SeriesKey, SeriesQuery, Window
from labo.domain.telemetry.batches import ExemplarTrace
from labo.ports.telemetry import TelemetryReader


class PassingReader:
    """A `TelemetryReader` that asks `reader` for everything; who adds something overrides that."""

    def __init__(self, reader: TelemetryReader) -> None:
        self._reader = reader

    async def series(self, query: SeriesQuery) -> Mapping[SeriesKey, Series]:
        return await self._reader.series(query)

    async def log_lines(
        self,
        workspace: str,
        system: str,
        window: Window,
        *,
        component: str | None = None,
        limit: int = 1_000,
    ) -> Sequence[LogLine]:
        return await self._reader.log_lines(
            workspace, system, window, component=component, limit=limit
        )

    async def traces(
        self, workspace: str, system: str, window: Window, *, limit: int = 20
    ) -> Sequence[ExemplarTrace]:
        return await self._reader.traces(workspace, system, window, limit=limit)
