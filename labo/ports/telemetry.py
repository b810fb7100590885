"""Where telemetry goes and where windows of it are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from labo.domain.entities.series import LogLine, Series, SeriesKey, SeriesQuery, Window
from labo.domain.telemetry.batches import ExemplarTrace, TelemetryBatch


class TelemetrySink(Protocol):
    """The stream, for every producer; the store itself, for the stream process alone."""

    async def append(self, batch: TelemetryBatch) -> None:
        """Store the batch until its retention is over. Safe to repeat. Raises Unavailable when it
        can't now."""
        ...


class TelemetryReader(Protocol):
    """Windows are half-open in event time; results ascend in time. Each raises Unavailable."""

    async def series(self, query: SeriesQuery) -> Mapping[SeriesKey, Series]:
        """Every series that is asked for and has a sample in the window; with a step, its means
        over the steps (of a rate, per second), stamped with their start."""
        ...

    async def log_lines(
        self,
        workspace: str,
        system: str,
        window: Window,
        *,
        component: str | None = None,
        limit: int = 1_000,
    ) -> Sequence[LogLine]:
        """The newest `limit` lines of the window, oldest first."""
        ...

    async def traces(
        self, workspace: str, system: str, window: Window, *, limit: int = 20
    ) -> Sequence[ExemplarTrace]:
        """The newest `limit` exemplar traces of the window, oldest first."""
        ...
