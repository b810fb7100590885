"""Synthetic cases: a chain of components whose fault shows on every caller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from labo.domain.entities.series import Case, Series, SeriesKey, Topology, Window

ONSET = 1_700_000_000.0
STEP = 60.0
BEFORE = 200
DURING = 10
CALLS = (("web", "shop"), ("shop", "db"), ("shop", "cache"), ("web", "auth"), ("batch", "db"))
COMPONENTS = ("auth", "batch", "cache", "db", "shop", "web")


def a_window(start: float, end: float) -> Window:
    return Window(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))


def a_case(
    shifts: Mapping[str, float],
    *,
    metric: str = "latency",
    target: str = "web",
    calls: tuple[tuple[str, str], ...] = CALLS,
    seed: int = 1,
    components: tuple[str, ...] = COMPONENTS,
    scale: float = 1.0,
) -> Case:
    """`shifts` multiplies a component's latency from the onset on; everything else is noise."""
    rng = np.random.default_rng(seed)
    times = ONSET + STEP * np.arange(-BEFORE, DURING, dtype=np.float64)
    series = {}
    for name in sorted(components):
        values = 0.1 + 0.01 * rng.standard_normal(times.size)
        values[times >= ONSET] *= shifts.get(name, 1.0)
        series[SeriesKey(name, metric)] = Series(times, values * scale)
    return Case(
        name="synthetic",
        target=target,
        symptom=a_window(ONSET, ONSET + STEP * DURING),
        baseline=a_window(times[0], ONSET),
        topology=Topology(components, calls),
        series=series,
        metric=metric,
    )
