"""Fingerprints: the robust z-score of each metric of a component, which signatures learn from."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from labo.domain.diagnosis.counters import rates
from labo.domain.entities.scale import (
    MAX_DEVIATION,
    MIN_BASELINE_SAMPLES,
    compressed,
    row_deviations,
)
from labo.domain.entities.series import Case, FloatArray, SeriesKey, Window
from labo.domain.telemetry.log_rates import ERRORS, is_log_rate

MAX_BASELINE_SAMPLES = 2_000
"""Newest samples of the baseline that are used: medians need no more, and it bounds the time."""
SILENT_FROM = 3.0
"""Expected lines in the window from which none at all counts as silence: by chance in e⁻³, 5 % of
windows (Poisson)."""


def fingerprint(case: Case, component: str) -> dict[str, float]:
    """Metric → compressed robust z-score of `component` in the symptom; see `fingerprints`.

    >>> from datetime import UTC, datetime
    >>> from labo.domain.entities.series import Series, Topology
    >>> begin, onset, end = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (0, 1, 2))
    >>> times = begin.timestamp() + np.arange(120.0) * 60
    >>> latency = np.where(times < onset.timestamp(), 1.0, 2.0)
    >>> series = {SeriesKey("db", "latency"): Series(times, latency)}
    >>> windows = Window(onset, end), Window(begin, onset)
    >>> fingerprint(Case("slow", "db", *windows, Topology(("db",), ()), series), "db")
    {'latency': 33.02585092994046}
    """
    return fingerprints(case, [component])[component]


def fingerprints(
    case: Case, components: Collection[str], metrics: Collection[str] | None = None
) -> dict[str, dict[str, float]]:
    """The z-scores of each component: `labo.domain.entities.scale.deviation`, for all at once.

    A metric without a sample in the symptom window, or with fewer than three in the baseline, is
    absent: unknown, not normal. A cumulative counter is converted to its rate. Neither unit nor
    order matters. `metrics` restricts the result; where log lines were collected, a template
    without any line is quiet, not unknown.
    """
    found: dict[str, dict[str, float]] = {name: {} for name in components}
    wanted = frozenset(metrics) if metrics is not None else None
    for keys, times, values in blocks(case, frozenset(components), wanted):
        before = inside(times, case.baseline)[-MAX_BASELINE_SAMPLES:]
        during = inside(times, case.symptom)
        if before.size < MIN_BASELINE_SAMPLES or not during.size:
            continue
        read = _z_scores(times, values, before, during)
        lines = np.array([is_log_rate(key.metric) for key in keys])
        if lines.any():
            read[lines] = _line_z_scores(times, values[lines], before, during)
        for key, z_score in zip(keys, read.tolist(), strict=True):
            if np.isfinite(z_score):
                found[key.component][key.metric] = z_score
    if is_heard(case):
        for z_scores in found.values():
            for metric in filter(is_log_rate, wanted if wanted is not None else (ERRORS,)):
                z_scores.setdefault(metric, 0.0)
    return found


def is_heard(case: Case) -> bool:
    """Whether log lines were collected at all."""
    return case.logs_since is not None or any(is_log_rate(key.metric) for key in case.series)


def blocks(
    case: Case, components: Collection[str], metrics: Collection[str] | None
) -> list[tuple[list[SeriesKey], FloatArray, FloatArray]]:
    """Series grouped by identical timestamps, to be processed together: mostly one group."""
    shared: dict[bytes, list[SeriesKey]] = {}
    for key in sorted(case.series, key=lambda key: (key.component, key.metric)):
        if key.component in components and (metrics is None or key.metric in metrics):
            shared.setdefault(case.series[key].timestamps.tobytes(), []).append(key)
    return [
        (keys, case.series[keys[0]].timestamps, np.stack([case.series[k].values for k in keys]))
        for keys in shared.values()
    ]


def inside(times: FloatArray, window: Window) -> npt.NDArray[np.int64]:
    """The indices of `times` within the window, its end excluded."""
    start, end = window.start.timestamp(), window.end.timestamp()
    return np.flatnonzero((times >= start) & (times < end))


def _z_scores(
    times: FloatArray,
    values: FloatArray,
    before: npt.NDArray[np.int64],
    during: npt.NDArray[np.int64],
) -> FloatArray:
    """One z-score per row of `values` (series, samples); NaN = unknown."""
    used = np.union1d(before, during)
    values = np.where(np.isfinite(values[:, used]), values[:, used], np.nan)
    with np.errstate(all="ignore"):
        largest = np.fmax.reduce(np.abs(values), axis=1, initial=0.0)
        values = values / np.where(largest > 0, largest, 1.0)[:, None]
    past, window = np.isin(used, before), np.isin(used, during)
    values = rates(times[used], values, past)
    return row_deviations(values[:, past], values[:, window])


def _line_z_scores(
    times: FloatArray,
    values: FloatArray,
    before: npt.NDArray[np.int64],
    during: npt.NDArray[np.int64],
) -> FloatArray:
    """Lines of the whole window against their number expected from the baseline.

    A single line (*process ended*) leaves the median of the rates at 0 but may be decisive. So
    counts are compared by twice the difference of their square roots, which has a standard
    deviation of 1 whatever the rate (Anscombe, Biometrika 35, 1948). A template that is new, or no
    longer logged, has ±10, as any change of a constant series has.
    """
    width = float(np.median(np.diff(times))) / 60 if times.size > 1 else 0.0
    known = [np.isfinite(values[:, part]) for part in (before, during)]
    sums = [
        np.where(held, np.maximum(values[:, part], 0.0), 0.0).sum(axis=1) * width
        for held, part in zip(known, (before, during), strict=True)
    ]
    past, now = known[0].sum(axis=1), known[1].sum(axis=1)
    with np.errstate(all="ignore"):
        expected = sums[0] * now / past
    moved = 2 * (np.sqrt(sums[1] + 0.375) - np.sqrt(expected + 0.375))
    newly_emitted, silent = (
        (sums[0] <= 0) & (sums[1] > 0),
        (sums[1] <= 0) & (expected >= SILENT_FROM),
    )
    moved = compressed(moved)
    moved = np.where(newly_emitted, MAX_DEVIATION, moved)
    moved = np.where(silent, -MAX_DEVIATION, moved)
    moved[(past < MIN_BASELINE_SAMPLES) | (now == 0)] = np.nan
    return np.asarray(moved, dtype=np.float64)
