"""The series of a system as detection judges them: what is stored, with the rates of log lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from labo.domain.detection.watch import SystemWatch
from labo.domain.entities.series import Series, SeriesKey, SeriesQuery, Window
from labo.domain.telemetry.host_metrics import is_of_all_services
from labo.domain.telemetry.log_rates import is_log_rate, log_rates, where_heard
from labo.ports.recent_telemetry import RecentTelemetry


@dataclass(frozen=True, slots=True)
class Steps:
    """Whole steps, from `start` to before `end`."""

    start: float
    end: float
    step_s: float

    def query(self, system: tuple[str, str], components: frozenset[str] | None) -> SeriesQuery:
        """Of a system (workspace, name)."""
        start, end = (datetime.fromtimestamp(at, UTC) for at in (self.start, self.end))
        return SeriesQuery(*system, Window(start, end), self.step_s, components)


async def read_series(
    telemetry: RecentTelemetry,
    system: tuple[str, str],
    watch: SystemWatch,
    steps: Steps,
    components: frozenset[str] | None = None,
) -> Mapping[SeriesKey, Series]:
    """The series of `components`, by default all, with the rates of their log lines. Raises
    Unavailable."""
    query = steps.query(system, components)
    series = of_services(await telemetry.series(query))
    counts = await telemetry.line_counts(query)
    known = [
        key
        for key in watch.detectors
        if is_log_rate(key.metric) and (components is None or key.component in components)
    ]
    began = watch.since
    if began is None:
        # Before its first telemetry a system did not log nothing: it was not there to be seen.
        first = (*(c.step_start for c in counts), *beginnings(series))
        began = min(first, default=steps.end)
    rates = log_rates(
        ((c.component, c.template_id, c.step_start, c.lines, c.errors) for c in counts),
        known,
        start=max(steps.start, start_of(began, steps.step_s)),
        end=steps.end,
        step_s=steps.step_s,
        watched_since=watch.since,
    )
    if not all(is_log_rate(key.metric) for key in watch.detectors):
        came = [one.timestamps for one in series.values()]
        came.append(np.array([count.step_start for count in counts]))
        rates = where_heard(rates, came, steps.start)
    return {**rates, **series}


def of_services(series: Mapping[SeriesKey, Series]) -> dict[SeriesKey, Series]:
    """Without what the machine counts for all of them."""
    return {key: one for key, one in series.items() if not is_of_all_services(key.metric)}


def beginnings(series: Mapping[SeriesKey, Series]) -> Iterator[float]:
    """The time of the first value of each series that has any."""
    return (float(one.timestamps[0]) for one in series.values() if one.timestamps.size)


def start_of(at: float, step_s: float) -> float:
    """Of the step that `at` is in."""
    return at // step_s * step_s
