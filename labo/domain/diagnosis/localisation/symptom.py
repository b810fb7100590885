"""Does the target really deviate, when exactly, and how surely?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from labo.caching import cached_texts
from labo.domain.diagnosis.localisation.chances import chance_of_other, tail
from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.trace_signals import is_derived
from labo.domain.entities.behaviours import Behaviour, behaviour_of
from labo.domain.entities.conditions import Direction, metric_words
from labo.domain.entities.series import FloatArray
from labo.domain.telemetry.rollups import statistic_of_calls

FALSE_ALARM_RATE = 0.1
"""Probability in normal windows up to which a symptom is present (ADR 0010: 10 %); set as the
acceptable rate of false alarms, not tuned. PetShop: 14 false alarms in 240 with 0.05, 15 with 0.1,
29 with 0.2; 47 right with each."""
DOUBTFUL_RATE = 0.5
"""Probability up to which a symptom is possible, if a dependency corroborates it (ADR 0010: 50 %).
PetShop: 45 right with 0.25, 47 with 1."""
DRIFT_RATE = 0.05
"""Probability up to which a shift of the whole window is accepted where there is no bump: half the
false alarm rate, as slow drift since the baseline looks the same. PetShop: 47 right with 0.025, 46
and 3 more false alarms with 0.1."""
TESTED_AT_LENGTH = 16
"""Series of the target that are tested against every window of the baseline; it bounds the time, at
a few milliseconds each. PetShop: nothing changes from 8 to 32."""
NOISE_FLOOR = 0.5
"""Added to a series' noise, in baseline scales, when the most deviating ones are chosen. By
judgement; PetShop: nothing changes from 0.25 to 1."""
MIN_SIZE = 0.1
"""Least change, in baseline scales: smaller ones of a constant series are rounding, however rare.
By judgement; PetShop: nothing changes from 0.05 to 0.2."""

NEUTRAL_SIZE = 3.0
"""The same, to be present without corroboration, for a metric whose harmful direction is unknown,
mostly load: it moves with the users, so only a change far outside of its usual range is a symptom
by itself. Three interquartile ranges are Tukey's fence for what lies far out."""
BETTER = 2.0
"""How far below normal, in baseline scales, a metric of known harm counts at most in the symptom's
shape: Tukey's fence, 1.5 interquartile ranges beyond a quartile. Normal bins do no harm because
those after them are better than ever, as the memory of a restarted process is (docs/adr/0049)."""


@dataclass(frozen=True, slots=True, eq=False)
class Symptom:
    """The target's deviation as a shape in time.

    `weights` has unit length over the grid's local bins; the association of another series is
    its inner product with them. `focus` marks the deviating bins. `level` is True when the whole
    window is shifted, so that the contrast is with the baseline and not with the bins around.
    `chance` is the probability of such a window in the baseline period: `present` when it is at
    most 10 %, `possible` when at most 50 %, so that another component has to corroborate it.
    Neither holds if `size`, the change in baseline scales, is below `MIN_SIZE`, or `NEUTRAL_SIZE`
    for the first. `row` is the grid's. `is_own` is False where it is of another component, as the
    target shows nothing (`shifts`).
    """

    row: int
    present: bool
    possible: bool
    chance: float
    size: float
    weights: FloatArray
    focus: npt.NDArray[np.bool_]
    level: bool
    is_own: bool = True


def find_symptom(grid: Grid, target: str, metric: str | None) -> Symptom | None:
    """The strongest symptom among the target's series; None when it has no usable data.

    Present when a window of this length is rarer than 1 in 10 in the baseline, corrected for
    the number of shapes and series tested (Bonferroni), and far enough from it. What callers notice
    is tried first: latency, errors and availability, and of each metric the mean.
    """
    rows = _with_data(grid, target_rows(grid, target, metric))
    first = _noticed(grid, rows)
    symptom = _strongest(grid, first)
    if len(first) < len(rows) and not (symptom and symptom.present):
        other = _strongest(grid, rows)
        return other if symptom is None or (other and other.present) else symptom
    return symptom


def derived_symptom(grid: Grid, target: str) -> Symptom | None:
    """The strongest of what is derived from the target's traces and lines and does harm, for errors
    that no metric shows; None where none is present."""
    rows = [row for row in grid.rows(target) if is_derived(grid.keys[row].metric)]
    rows = _with_data(grid, [row for row in rows if grid.harms[row]])
    symptom = _strongest(grid, rows) if rows else None
    return symptom if symptom and symptom.present else None


def _noticed(grid: Grid, rows: list[int]) -> list[int]:
    """The rows that tell how calls end, or all without any; of each family the means, if it has
    some: along calls they add up, as quantiles do not."""
    told = [row for row in rows if _tells_how_calls_end(grid, row)] or rows
    families: dict[str, list[int]] = {}
    for row in told:
        families.setdefault(family(grid.keys[row].metric), []).append(row)
    chosen = ([row for row in own if _is_mean(grid, row)] or own for own in families.values())
    return sorted(row for own in chosen for row in own)


def _tells_how_calls_end(grid: Grid, row: int) -> bool:
    harmful = Direction.LOW if grid.harms[row] < 0 else Direction.HIGH
    return behaviour_of(grid.keys[row].metric, harmful).behaviour in _OF_CALLS


def _is_mean(grid: Grid, row: int) -> bool:
    return not _MEANS.isdisjoint(metric_words(grid.keys[row].metric))


_OF_CALLS = frozenset({Behaviour.SLOW, Behaviour.FAILING, Behaviour.UNAVAILABLE})
_MEANS = frozenset({"average", "avg", "mean"})


def _strongest(grid: Grid, rows: list[int]) -> Symptom | None:
    tried = [_test_series(grid, row) for row in _shortlist(grid, rows)]
    if not tried:
        return None
    best = min(tried, key=lambda found: (found.chance, -found.size))
    chance = min(1.0, best.chance * len(rows))
    least = MIN_SIZE if grid.harms[best.row] else NEUTRAL_SIZE
    return replace(
        best,
        chance=chance,
        present=chance <= FALSE_ALARM_RATE and best.size >= least,
        possible=chance <= DOUBTFUL_RATE and best.size >= MIN_SIZE,
    )


def target_rows(grid: Grid, target: str, metric: str | None) -> list[int]:
    """The target's series that the case refers to: by exact name, else family, else all.

    The symptom is sought in measured metrics; in those derived from traces and lines only where
    there are none.
    """
    rows = grid.rows(target)
    rows = [row for row in rows if not is_derived(grid.keys[row].metric)] or rows
    if metric is None:
        return rows
    exact = [row for row in rows if grid.keys[row].metric == metric]
    return exact or [row for row in rows if family(grid.keys[row].metric) == family(metric)] or rows


def _with_data(grid: Grid, rows: list[int]) -> list[int]:
    """Rows with a baseline and with a bin in the window."""
    chosen = np.array(rows, dtype=np.int64)
    window = np.isfinite(grid.local[chosen, grid.lead :]).any(axis=1)
    usable: list[int] = chosen[window & np.isfinite(grid.baseline[chosen]).any(axis=1)].tolist()
    return usable


def _shortlist(grid: Grid, rows: list[int]) -> list[int]:
    """Of many series those whose window differs most from the bins before it, or from 0.

    Only these are tested against the whole baseline, so that a server's hundreds of metrics do not
    take seconds; the correction is still for all of them.
    """
    if len(rows) <= TESTED_AT_LENGTH:
        return rows
    chosen = np.array(rows, dtype=np.int64)
    local, past = grid.local[chosen], grid.baseline[chosen]
    signs = grid.harms[chosen]
    with np.errstate(all="ignore"):
        known = np.isfinite(local)
        held = np.where(known, local, 0.0)
        inside = held[:, grid.lead :].sum(axis=1) / known[:, grid.lead :].sum(axis=1)
        noise = np.sqrt(np.where(np.isfinite(past), past**2, 0.0).mean(axis=1))
        moved = np.where(signs == 0, np.abs(inside), inside) / (NOISE_FLOOR + noise)
    order = np.argsort(-moved, kind="stable")[:TESTED_AT_LENGTH]
    return sorted(chosen[order].tolist())


@cached_texts(entries=4_096, longest=120)  # 5 MB at most, with what it gives
def family(metric: str) -> str:
    """The metric's name without its statistic: `latency_p99`, `latency_Average` are one family, and
    so are the durations of calls of any protocol, seen from either side."""
    measured = statistic_of_calls(metric) or metric
    words = [word for word in metric_words(measured) if word not in _STATISTICS]
    kept = [word for word in words if not (word[0] == "p" and word[1:].isdigit())]
    return " ".join(kept)


_STATISTICS = frozenset(
    [
        "average",
        "avg",
        "mean",
        "median",
        "max",
        "min",
        "maximum",
        "minimum",
        "sum",
        "total",
        "count",
    ]
)


def _test_series(grid: Grid, row: int) -> Symptom:
    local, past = grid.local[row], grid.baseline[row]
    columns = np.flatnonzero(np.isfinite(local))
    known = np.isfinite(local[grid.lead :])
    inside = columns >= grid.lead
    past = past[np.isfinite(past)]
    other = chance_of_other(past, local[grid.lead :][known])
    if grid.harms[row]:
        local, past = np.maximum(local, -BETTER), np.maximum(past, -BETTER)
    signs = (1,) if grid.harms[row] else (1, -1)
    shapes = [_best_shape(sign * local[columns], sign * past, inside) for sign in signs]
    chosen = min(range(len(signs)), key=lambda i: (shapes[i][0], -shapes[i][1]))
    chance, size, focus, level = shapes[chosen]
    weights = np.zeros(local.size)
    values = signs[chosen] * local[columns]
    if level:
        weights[columns[inside]] = np.maximum(values[inside], 0.0)
    else:
        weights[columns] = values - values.mean()
    length = float(np.linalg.norm(weights))
    weights = weights / length if length > 0 else weights
    marked = np.zeros(local.size, dtype=bool)
    marked[columns[focus]] = True
    chance = max(min(1.0, chance * len(signs)), other)
    return Symptom(row, False, False, chance, size, weights, marked, level)


def _best_shape(
    values: FloatArray, past: FloatArray, inside: npt.NDArray[np.bool_]
) -> tuple[float, float, npt.NDArray[np.bool_], bool]:
    """(chance, size, deviating bins, level) of the likelier of two shapes: a bump, or a shift."""
    bump, size, focus = _strongest_run(values, inside)
    windows = np.lib.stride_tricks.sliding_window_view(past, min(values.size, past.size))
    usable = windows if past.size >= values.size else windows[:0]
    chance = 2 * tail(bump, _run_statistics(usable, inside).max(axis=0, initial=0.0))
    shift = float(values[inside].mean())
    null = usable[:, inside].mean(axis=1) if usable.size else np.empty(0)
    root = float(np.sqrt(inside.sum()))
    shift_chance = 2 * tail(shift * root, null * root)
    # A bump is more specific than a shift, which may be drift since the baseline, and it separates
    # deviating bins from normal ones: so a shift has to be the rarer, and by the stricter rate.
    if chance <= FALSE_ALARM_RATE or shift_chance > DRIFT_RATE:
        return min(1.0, chance), size, focus, False
    return min(1.0, shift_chance), shift, inside.copy(), True


def _runs(inside: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Every run of bins within the window that leaves at least one bin to compare with."""
    first, total = int(np.argmax(inside)), inside.size
    spans = ((i, j) for i in range(first, total) for j in range(i + 1, total + 1))
    return [(i, j) for i, j in spans if j - i < total]


def _run_statistics(windows: FloatArray, inside: npt.NDArray[np.bool_]) -> FloatArray:
    """(mean in the run - mean around it) * sqrt(n m / (n + m)): shape (runs, windows)."""
    runs, total = _runs(inside), inside.size
    if not runs or windows.shape[0] == 0:
        return np.zeros((0, windows.shape[0]))
    sums = np.concatenate([np.zeros((windows.shape[0], 1)), np.cumsum(windows, axis=1)], axis=1)
    begin = np.array([i for i, _ in runs])
    finish = np.array([j for _, j in runs])
    n = (finish - begin).astype(np.float64)
    inner = sums[:, finish] - sums[:, begin]
    outer = sums[:, -1:] - inner
    statistics: FloatArray = (inner / n - outer / (total - n)) * np.sqrt(n * (total - n) / total)
    return statistics.T


def _strongest_run(
    values: FloatArray, inside: npt.NDArray[np.bool_]
) -> tuple[float, float, npt.NDArray[np.bool_]]:
    """(statistic, mean difference, bins) of the run that exceeds its surroundings most."""
    runs = _runs(inside)
    focus = inside.copy()
    if not runs:
        return 0.0, 0.0, focus
    statistics = _run_statistics(values[None, :], inside)[:, 0]
    i, j = runs[int(np.argmax(statistics))]
    focus = np.zeros(values.size, dtype=bool)
    focus[i:j] = True
    return float(statistics.max()), float(values[focus].mean() - values[~focus].mean()), focus
