"""Detection from a system's first value on: what it finds in its sixth minute, and false alarms in
its first two hours, in the steps of 10 s in which a system is judged at first.

The series are those of `detection`, a value each 10 s. Two controls in the same run: thresholds
that are not wider with few values, and the same series judged in their means of a minute, as all
were before (ADR 0031). Trouble is a step of six scales, from minute 6 to minute 15.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.detection import KINDS, SIZE
from benchmarks.table import Table
from labo.domain.detection.baseline import WINDOW, Baseline
from labo.domain.detection.detector import SeriesDetector
from labo.domain.entities.scale import row_scales
from labo.domain.entities.series import FloatArray

FINE, COARSE = 10.0, 60.0
SERIES = 100
TWO_HOURS = 720
ONSET, LENGTH = 30, 60
"""In steps of 10 s."""

Alarms = Callable[[str, FloatArray], list[float]]
"""The metric and its values in steps of 10 s → when episodes opened, in seconds."""


class _Unwary(Baseline):
    """Whose thresholds are as wide with few values as with a full window."""

    @property
    def caution(self) -> float:
        return 1.0


def fine(metric: str, values: FloatArray) -> list[float]:
    """As the product does it."""
    return _alarms(SeriesDetector(metric, FINE), values)


def unwary(metric: str, values: FloatArray) -> list[float]:
    """Control: without the caution of few values."""
    return _alarms(SeriesDetector(metric, FINE, baseline=_Unwary()), values)


def coarse(metric: str, values: FloatArray) -> list[float]:
    """Control: the means of whole minutes."""
    minutes = values.size // 6
    means = values[: minutes * 6].reshape(-1, 6).mean(axis=1)
    return _alarms(SeriesDetector(metric, COARSE), means)


def _alarms(detector: SeriesDetector, values: FloatArray) -> list[float]:
    """An episode is known at the end of the step that opened it."""
    step = detector.step_s
    found = []
    for i, value in enumerate(values.tolist()):
        change = detector.update(i * step, value)
        if change is not None and change.ended_at is None:
            found.append((i + 1) * step)
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """False alarms a series in its first two hours; recall, and the median seconds to know."""

    false_alarms: float
    recall: float
    delay_s: float | None


def on_kind(kind: str, metric: str, alarms: Alarms) -> Outcome:
    """Over `SERIES` series of a kind."""
    generate = KINDS[kind]
    count, delays = 0, []
    for seed in range(SERIES):
        count += len(alarms(metric, generate(np.random.default_rng([seed, 7]), TWO_HOURS)))
        values = generate(np.random.default_rng([seed, 8]), ONSET + LENGTH)
        usual = generate(np.random.default_rng([seed, 9]), WINDOW)
        values[ONSET:] += SIZE * float(row_scales(usual[None]).scales[0])
        known = [at - ONSET * FINE for at in alarms(metric, values)]
        delays += [at for at in known if at > 0][:1]
    return Outcome(count / SERIES, len(delays) / SERIES, median(delays) if delays else None)


def run() -> Table:
    """One row per kind of series."""
    rows: list[tuple[object, ...]] = []
    for kind in KINDS:
        ours, bare, minutes = (on_kind(kind, "latency", one) for one in (fine, unwary, coarse))
        neutral = on_kind(kind, "requests", fine)
        rows.append(
            (
                kind,
                *(ours.false_alarms, neutral.false_alarms, bare.false_alarms),
                *(minutes.false_alarms, ours.recall, _shown(ours.delay_s), bare.recall),
                minutes.recall,
            )
        )
    columns = (
        *("series", "false alarms a series, first 2 h", "the same, metric of unknown harm"),
        "the same, without caution (control)",
        "the same, steps of 60 s (control)",
        *("recall, trouble in minute 6", "delay, s", "recall, without caution (control)"),
        "recall, steps of 60 s (control)",
    )
    notes = (
        f"{SERIES} series a kind. Trouble lasts ten minutes from minute 6 on; the delay is to the "
        "end of the step that tells, without the 20 s for late telemetry.",
        "Autocorrelation is 0.9 from one value to the next, a season has 1,440 values, also at "
        "10 s: both are harder than in steps of a minute.",
        "The nightly job runs in the first 15 values, so that it is the baseline.",
    )
    return Table("Detection from the first value on", columns, rows, notes)


def _shown(delay: float | None) -> str:
    return "–" if delay is None else f"{delay:.0f}"
