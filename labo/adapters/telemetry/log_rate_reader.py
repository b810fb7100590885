"""Windows of the telemetry store in which log lines are series too: rates per template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from labo.adapters.telemetry.passing_reader import PassingReader
from labo.domain.entities.series import Series, SeriesKey, SeriesQuery, Window
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

    async def series(self, query: SeriesQuery) -> Mapping[SeriesKey, Series]:
        step, window = query.step_s or STEP_S, query.window
        stored = await super().series(query)
        start = max(window.start, window.end - LOOK_BACK).timestamp() // step * step
        counted = Window(datetime.fromtimestamp(start, UTC), window.end)
        counts = await self._recent.line_counts(replace(query, window=counted, step_s=step))
        rows = [(c.component, c.template_id, c.step_start, c.lines, c.errors) for c in counts]
        if not rows:
            return stored
        # Before the very first line nothing is known: that is not silence.
        first = max(start, min(at for _, _, at, _, _ in rows))
        end = window.end.timestamp()
        return {**log_rates(rows, (), start=first, end=end, step_s=step), **stored}
