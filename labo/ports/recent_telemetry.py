"""What detection reads: the newest telemetry of every system that has any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from labo.domain.entities.series import Series, SeriesKey, SeriesQuery


@dataclass(frozen=True, slots=True)
class LineCount:
    """Lines of one component, template and step; `errors` of them are of an error level."""

    component: str
    template_id: str
    step_start: float
    lines: int
    errors: int


class RecentTelemetry(Protocol):
    """Windows are half-open in event time. Each raises Unavailable."""

    async def systems(self, since: datetime) -> Sequence[tuple[str, str]]:
        """(workspace, system) that have series, or log lines received since then; sorted."""
        ...

    async def series(self, query: SeriesQuery) -> Mapping[SeriesKey, Series]:
        """As `TelemetryReader.series`."""
        ...

    async def line_counts(self, query: SeriesQuery) -> Sequence[LineCount]:
        """Per component, template and step, in this order; steps without a line are left out.

        Without a step in the query, steps of a minute.
        """
        ...
