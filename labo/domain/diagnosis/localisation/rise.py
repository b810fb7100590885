"""How much of the symptom's rise in seconds a component's own rise can account for.

Signals are in units of each series' noise, which tells that something changed and not by how much:
a query that takes 0.2 ms instead of 0.1 is as far from normal as the request around it that takes
40 ms instead of 10, and explains nothing of it. Durations of calls have one unit everywhere, so
that of the time that callers wait a callee accounts for at most what it takes longer.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.symptom import Symptom
from labo.domain.entities.series import FloatArray, SeriesKey
from labo.domain.telemetry.rollups import call_statistic, rate_name, statistic_of_calls

_DURATION = "duration."


def accountable_share(grid: Grid, symptom: Symptom, row: int) -> float:
    """The share, 0 to 1, of the symptom's rise that the series `row` accounts for: its own rise,
    times its calls for each of the target's if they are more. 1 where the symptom is not the
    duration of calls, or the series not the same statistic of the calls to its component."""
    metric = grid.keys[symptom.row].metric
    statistic = statistic_of_calls(metric) or ""
    if not statistic.startswith(_DURATION) or call_statistic(grid.keys[row].metric) != statistic:
        return 1.0
    waited, own = _rise(grid, symptom, symptom.row), _rise(grid, symptom, row)
    if not (waited > 0 and np.isfinite(own)):
        return 1.0
    calls = _rate(grid, row) / _rate(grid, symptom.row)
    return float(np.clip(own * max(1.0, calls if np.isfinite(calls) else 1.0) / waited, 0.0, 1.0))


def _rise(grid: Grid, symptom: Symptom, row: int) -> float:
    """Seconds by which the bad bins are above the baseline's median; NaN where unknown."""
    bad = grid.raw_local[row, symptom.focus]
    return _mean(bad) - _median(grid.raw_baseline[row])


def _rate(grid: Grid, row: int) -> float:
    """Calls a second in the baseline, of the distribution that the series `row` is of."""
    key = grid.keys[row]
    distribution = key.metric[: key.metric.rindex(".")]
    rate = SeriesKey(key.component, rate_name(distribution))
    place = bisect_left(grid.keys, _order(rate), key=_order)
    if place == len(grid.keys) or grid.keys[place] != rate:
        return float("nan")
    return _median(grid.raw_baseline[place]) or float("nan")


def _order(key: SeriesKey) -> tuple[str, str]:
    """In which a grid's rows are."""
    return key.component, key.metric


def _mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _median(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")
