"""The control: the component whose own spans deviate most, in ten lines and with no graph."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.domain.entities.series import FloatArray, SeriesQuery, Window

BASELINE_S, SYMPTOM_S = 300.0, 60.0
_SUFFIXES = ("request.duration.mean", "operation.duration.mean", "error_ratio")


async def largest_deviation(data: Path, system: str, began: float) -> str:
    """Name of the component with the largest deviation of its spans' mean duration or error share,
    a minute after `began` (epoch seconds) against five before; empty without any.

    From the same roll-ups that the stack keeps of the same spans. |difference of medians| over
    max(IQR, std/4, 1 % of the median), never clipped, as docs/benchmarks.md has it elsewhere.
    """
    store = SqlTelemetryStore.open(f"sqlite:///{data / 'telemetry.db'}")
    try:
        start, end = (
            datetime.fromtimestamp(t, UTC) for t in (began - BASELINE_S, began + SYMPTOM_S)
        )
        series = await store.series(SeriesQuery("default", system, Window(start, end)))
    finally:
        store.close()
    sizes: dict[str, float] = {}
    for key, one in series.items():
        if key.metric.endswith(_SUFFIXES):
            before, during = (
                one.values[part] for part in (one.timestamps < began, one.timestamps >= began)
            )
            size = _deviation(before[np.isfinite(before)], during[np.isfinite(during)])
            sizes[key.component] = max(size, sizes.get(key.component, 0.0))
    return max(sizes, key=lambda name: (sizes[name], name)) if any(sizes.values()) else ""


def _deviation(before: FloatArray, during: FloatArray) -> float:
    if len(before) < 3 or len(during) < 1:
        return 0.0
    low, middle, high = np.quantile(before, (0.25, 0.5, 0.75))
    scale = max(high - low, float(np.std(before)) / 4, 0.01 * abs(middle), 1e-9)
    return float(abs(np.median(during) - middle) / scale)
