"""Windows of the telemetry store in which log lines are series too: rates per template."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from labo.adapters.telemetry.passing_reader import PassingReader
from labo.domain.entities.series import Series, SeriesKey, Window
from labo.domain.telemetry.log_rates import log_rates
from labo.ports.recent_telemetry import RecentTelemetry
from labo.ports.telemetry import TelemetryReader

STEP_S = 60.0
LOOK_BACK = timedelta(hours=8)
"""Lines are counted for so long before a window's end; before that, rates are unknown."""


class ReaderWithLogRates(PassingReader):
    """Its series include the rates of log templates and error lines."""

    def __init__(self, reader: TelemetryReader, recent: RecentTelemetry) -> None:
        super().__init__(reader)
        self._recent = recent

    async def series(
        self,
        workspace: str,
        system: str,
        window: Window,
        *,
        step_s: float | None = None,
        components: Collection[str] | None = None,
    ) -> Mapping[SeriesKey, Series]:
        step = step_s or STEP_S
        stored = await super().series(
            workspace, system, window, step_s=step_s, components=components
        )
        start = max(window.start, window.end - LOOK_BACK).timestamp() // step * step
        counted = Window(datetime.fromtimestamp(start, UTC), window.end)
        counts = await self._recent.line_counts(workspace, system, counted, step)
        rows = [
            (c.component, c.template_id, c.step_start, c.lines, c.errors)
            for c in counts
            if components is None or c.component in components
        ]
        if not rows:
            return stored
        # Before the first line of all nothing is known: that is no silence.
        first = max(start, min(at for _, _, at, _, _ in rows))
        end = window.end.timestamp()
        return {**log_rates(rows, (), start=first, end=end, step_s=step), **stored}
