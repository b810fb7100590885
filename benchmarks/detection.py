"""Detection without alerts: false alarms on normal data, recall and delay on injected trouble.

Normal data: PetShop's recordings without an issue (5-minute rows) and series of our own (minutes)
with noise of several kinds, a daily season, trends and jobs. Trouble is injected into our own:
steps and ramps of six scales (see `entities.conditions`), and no change at all as the control.
Beside it in the same run: a static three-sigma rule on the first 120 values, alarming at every
crossing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import mean, median

import numpy as np

from benchmarks.petshop import TRAFFIC, petshop_folder, read_wide
from benchmarks.table import Table
from labo.domain.detection.baseline import WINDOW
from labo.domain.detection.detector import SeriesDetector
from labo.domain.entities.harm import harm
from labo.domain.entities.scale import row_scales
from labo.domain.entities.series import FloatArray

DAY, MINUTE = 86_400.0, 60.0
MINUTES_A_DAY = 1_440
SERIES, DAYS = 20, 3
ONSET, LENGTH = 600, 60
SIZE = 6.0

Generator = Callable[[np.random.Generator, int], FloatArray]
Alarms = Callable[[str, FloatArray, FloatArray], list[float]]


def _autocorrelated(rng: np.random.Generator, count: int) -> FloatArray:
    values = rng.standard_normal(count)
    for i in range(1, count):
        values[i] += 0.9 * values[i - 1]
    return 50 + values


def _season(rng: np.random.Generator, count: int) -> FloatArray:
    phase = 2 * np.pi * (np.arange(count) / MINUTES_A_DAY + rng.random())
    found: FloatArray = (1 + 0.6 * np.sin(phase)) * (1 + 0.05 * rng.standard_normal(count))
    return found


def _nightly_job(rng: np.random.Generator, count: int) -> FloatArray:
    found: FloatArray = 1 + 0.1 * rng.standard_normal(count)
    return found + 3.0 * (np.arange(count) % MINUTES_A_DAY < 15)


KINDS: dict[str, Generator] = {
    "normal noise": lambda rng, n: 1 + 0.1 * rng.standard_normal(n),
    "log-normal noise": lambda rng, n: np.exp(rng.standard_normal(n)),
    "Pareto noise": lambda rng, n: 1 + rng.pareto(1.5, n),
    "autocorrelated noise": _autocorrelated,
    "rare counts": lambda rng, n: rng.poisson(0.05, n).astype(np.float64),
    "constant": lambda _, n: np.full(n, 3.0),
    "trend": lambda rng, n: 10 + np.arange(n) / 500 + 0.3 * rng.standard_normal(n),
    "daily season": _season,
    "nightly job": _nightly_job,
}


def ours(metric: str, times: FloatArray, values: FloatArray) -> list[float]:
    """When the detector opened episodes."""
    detector = SeriesDetector(metric)
    found = []
    for at, value in zip(times.tolist(), values.tolist(), strict=True):
        change = detector.update(at, value)
        if change is not None and change.ended_at is None:
            found.append(at)
    return found


def three_sigma(metric: str, times: FloatArray, values: FloatArray) -> list[float]:
    """The control: each crossing of mean ± 3 standard deviations of the first values."""
    known = np.isfinite(values)
    times, values = times[known], values[known]
    past, sense = values[:WINDOW], harm(metric)
    if past.size < WINDOW:
        return []
    scaled = (values[WINDOW:] - past.mean()) / (past.std() or 1e-9)
    beyond = np.abs(scaled) > 3 if sense == 0 else sense * scaled > 3
    crossed = np.flatnonzero(beyond & ~np.concatenate([[False], beyond[:-1]]))
    found: list[float] = times[WINDOW:][crossed].tolist()
    return found


def petshop_series() -> Iterator[tuple[str, FloatArray, FloatArray]]:
    """Metric, times and values of every normal recording."""
    for traffic in TRAFFIC:
        stamps, columns = read_wide(petshop_folder() / traffic / "noissue" / "metrics.csv")
        for key, values in columns.items():
            yield key.metric, stamps, values


def on_petshop(alarms: Alarms) -> float:
    """False alarms per series and day."""
    count, days = 0, 0.0
    for metric, times, values in petshop_series():
        count += len(alarms(metric, times, values))
        days += (times[-1] - times[0]) / DAY
    return count / days


@dataclass(frozen=True, slots=True)
class Outcome:
    """`delay` in values, over what was found."""

    false_a_day: float
    recall: float
    delay: float | None


def on_kind(kind: str, alarms: Alarms, shape: Callable[[int], FloatArray]) -> Outcome:
    """False alarms on untouched series; recall and delay on others with the shape added."""
    count, found, delays = 0, 0, []
    for seed in range(SERIES):
        calm = KINDS[kind](np.random.default_rng([seed, 0]), DAYS * MINUTES_A_DAY)
        count += len(alarms("latency", np.arange(calm.size, dtype=np.float64) * MINUTE, calm))
        values = KINDS[kind](np.random.default_rng([seed, 1]), ONSET + 2 * LENGTH)
        size = SIZE * float(row_scales(values[None, ONSET - WINDOW : ONSET]).scales[0])
        values[ONSET : ONSET + LENGTH] += size * shape(LENGTH)
        times = np.arange(values.size, dtype=np.float64) * MINUTE
        within = [at / MINUTE - ONSET for at in alarms("latency", times, values)]
        hits = [at for at in within if 0 <= at < LENGTH]
        found += bool(hits)
        delays += hits[:1]
    return Outcome(count / (SERIES * DAYS), found / SERIES, median(delays) if delays else None)


SHAPES: dict[str, Callable[[int], FloatArray]] = {
    "step": lambda n: np.ones(n),
    "ramp": lambda n: np.arange(1, n + 1) / n,
    "nothing (control)": lambda n: np.zeros(n),
}


def run() -> Table:
    """One row per kind of series."""
    rows: list[tuple[object, ...]] = [
        ("PetShop, normal", on_petshop(ours), on_petshop(three_sigma), *("–",) * 6)
    ]
    recalls: dict[str, list[float]] = {shape: [] for shape in SHAPES}
    for kind in KINDS:
        found = {shape: on_kind(kind, ours, SHAPES[shape]) for shape in SHAPES}
        static = {shape: on_kind(kind, three_sigma, SHAPES[shape]) for shape in ("step",)}
        for shape, outcome in found.items():
            recalls[shape].append(outcome.recall)
        rows.append(
            (
                kind,
                found["step"].false_a_day,
                static["step"].false_a_day,
                found["step"].recall,
                _shown(found["step"].delay),
                found["ramp"].recall,
                _shown(found["ramp"].delay),
                found["nothing (control)"].recall,
                static["step"].recall,
            )
        )
    columns = (
        *("series", "false alarms a series-day", "the same, static 3 sigma (control)"),
        *("recall, step", "delay", "recall, ramp", "delay", "recall, nothing (control)"),
        "recall, step, static 3 sigma (control)",
    )
    means = ", ".join(f"{shape} {mean(values):.3f}" for shape, values in recalls.items())
    notes = (
        f"Mean recall over the kinds: {means}. Delay: median number of values after the onset.",
        "A nightly job is found until it was seen twice; here the first night is the baseline.",
    )
    return Table("Detection without alerts", columns, rows, notes)


def _shown(delay: float | None) -> str:
    return "–" if delay is None else f"{delay:.0f}"
