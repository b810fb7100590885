"""What detection reads: the newest telemetry of every system that has any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from labo.domain.entities.series import Series, SeriesKey, Window


@dataclass(frozen=True, slots=True)
class LineCount:
    """Lines of one component, template and step; `errors` of them are of an error level."""

    component: str
    template_id: str
    step_start: float
    lines: int
    errors: int


class RecentTelemetry(Protocol):
    """Windows are half-open in event time."""

    async def systems(self, since: datetime) -> Sequence[tuple[str, str]]:
        """(workspace, system) that have series, or log lines received since then; sorted."""
        ...

    async def series(
        self, workspace: str, system: str, window: Window, *, step_s: float | None = None
    ) -> Mapping[SeriesKey, Series]:
        """As `TelemetryReader.series`."""
        ...

    async def line_counts(
        self, workspace: str, system: str, window: Window, step_s: float
    ) -> Sequence[LineCount]:
        """Per component, template and step; steps without a line are left out."""
        ...
