"""Labelled incidents of several problems over many metrics, in any units and under any names."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from labo.domain.entities.series import Case, Series, SeriesKey, Topology
from tests.builders.cases import ONSET, STEP, a_window

PROBLEMS: Mapping[str, Mapping[str, float]] = {
    "lock contention": {"latency": 8.0, "lock_wait": 9.0, "cpu": -5.0},
    "full disk": {"disk_used": 9.0, "errors": 7.0, "latency": 5.0},
    "cache flush": {"hit_ratio": -9.0, "latency": 6.0, "cpu": 7.0},
}
METRICS = ("cpu", "disk_used", "errors", "hit_ratio", "latency", "lock_wait", "memory", "threads")


def a_fault(
    problem: str,
    *,
    component: str = "db",
    seed: int = 1,
    scale: float = 1.0,
    label: tuple[str, ...] | None = None,
) -> Case:
    """`problem` on `component`, which `web` calls and is slowed by; moves in units of noise."""
    rng = np.random.default_rng(seed)
    times = ONSET + STEP * np.arange(-120, 20, dtype=np.float64)
    during = times >= ONSET
    series = {}
    for name, moves in (("web", {"latency": 6.0}), (component, PROBLEMS[problem])):
        for metric in METRICS:
            values = 50 + rng.standard_normal(times.size)
            values[during] += 1.4 * moves.get(metric, 0.0)
            series[SeriesKey(name, metric)] = Series(times, values * scale)
    return Case(
        name=f"{problem}-{seed}",
        target="web",
        symptom=a_window(ONSET, ONSET + STEP * 20),
        baseline=a_window(times[0], ONSET),
        topology=Topology(tuple(sorted(("web", component))), (("web", component),)),
        series=series,
        metric="latency",
        label=(problem,) if label is None else label,
    )
