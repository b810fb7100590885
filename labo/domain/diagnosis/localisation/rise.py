"""How much of the symptom's rise a component's own rise can account for.

Signals are in units of each series' noise, which tells that something changed and not by how much:
a query that takes 0.2 ms instead of 0.1 is as far from normal as the request around it that takes
40 ms instead of 10, and explains nothing of it. Durations of calls have one unit everywhere, so
that of the time that callers wait a callee accounts for at most what it takes longer, and of their
failing calls for at most its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.symptom import Symptom
from labo.domain.entities.behaviour_words import Resource
from labo.domain.entities.behaviours import Behaviour, behaviour_of
from labo.domain.entities.conditions import Direction
from labo.domain.entities.series import FloatArray
from labo.domain.telemetry.rollups import call_statistic, statistic_of_calls

if TYPE_CHECKING:
    import networkx as nx  # loaded by what uses it: the API keeps graphs of calls nowhere

OTHER_UNIT = 100.0
"""How many times as long as its caller's a callee's calls take in normal times, for the two to be
measured in different units: seconds and milliseconds are 1,000 apart, and a call contains what it
calls, if only now and then. By judgement; of PetShop's calls one exceeds 16."""
LEAST_SHARE = 0.01
"""What a series keeps that did not rise at all: it follows the symptom, so it ranks last and is not
lost. By judgement."""
OTHER_UNITS = 0.1
"""Share of the calls up to which that may be something else, such as callers that do not wait. If
half of the components had another unit, it would be a quarter of them."""


def accountable_shares(
    grid: Grid, symptom: Symptom, rows: Mapping[str, int], graph: nx.DiGraph[str]
) -> dict[str, float]:
    """The share, up to 1, of the symptom's rise that each of the series accounts for, by component:
    its own rise, times its calls for each of the target's if they are more. 1 where the symptom is
    neither the duration of calls nor how many fail, or the series not the same statistic of the
    calls to its component.
    """
    metric = grid.keys[symptom.row].metric
    statistic, adds_up = statistic_of_calls(metric), is_failing(metric) or is_duration(metric)
    if statistic is not None and adds_up:
        keys = (grid.keys[row].metric for row in rows.values())
        same = {key for key in keys if call_statistic(key) == statistic}
    else:
        same = {metric} if adds_up and same_units(graph, grid, metric) else set()
    compared = {name: row for name, row in rows.items() if grid.keys[row].metric in same}
    rates = rate_rows(grid) if compared else {}
    usual = {name: known_median(grid.raw_baseline[row]) for name, row in rates.items()}
    return dict.fromkeys(rows, 1.0) | {
        name: _share(grid, symptom, row, usual) for name, row in compared.items()
    }


def _share(grid: Grid, symptom: Symptom, row: int, rates: Mapping[str, float]) -> float:
    waited, own = rise(grid, symptom, symptom.row), rise(grid, symptom, row)
    if not (waited > 0 and np.isfinite(own)):
        return 1.0
    own_calls, asked = (rates.get(grid.keys[one].component) for one in (row, symptom.row))
    calls = own_calls / asked if own_calls and asked else float("nan")
    share = own * max(1.0, calls if np.isfinite(calls) else 1.0) / waited
    return float(np.clip(share, LEAST_SHARE, 1.0))


def rise(grid: Grid, symptom: Symptom, row: int) -> float:
    """How far the bad bins are above the baseline's median, in the metric's own unit; NaN where
    unknown."""
    bad = grid.raw_local[row, symptom.focus]
    return _mean(bad) - known_median(grid.raw_baseline[row])


def is_failing(metric: str) -> bool:
    """Whether a metric tells how many calls fail, or which share."""
    return behaviour_of(metric, Direction.HIGH).behaviour is Behaviour.FAILING


def is_duration(metric: str) -> bool:
    """Whether a metric tells how long calls take."""
    return behaviour_of(metric, Direction.HIGH).behaviour is Behaviour.SLOW


def same_units(graph: nx.DiGraph[str], grid: Grid, metric: str) -> bool:
    """Whether a metric has one unit in all components, as far as it shows: by OpenTelemetry's
    conventions it has; else few callees may take impossibly long for their callers."""
    if statistic_of_calls(metric) is not None:
        return True
    rows = {key.component: row for row, key in enumerate(grid.keys) if key.metric == metric}
    normal = {name: known_median(grid.raw_baseline[row]) for name, row in rows.items()}
    calls = [pair for pair in graph.edges if normal.keys() >= set(pair)]
    longer = sum(normal[callee] > OTHER_UNIT * normal[caller] > 0 for caller, callee in calls)
    return longer <= OTHER_UNITS * len(calls)


def rate_rows(grid: Grid) -> dict[str, int]:
    """By component the row that tells how often it is called: by OpenTelemetry's conventions, else
    its first metric of traffic, but for calls that it makes."""
    rows: dict[str, int] = {}
    for row, key in enumerate(grid.keys):
        if call_statistic(key.metric) == "rate":
            rows[key.component] = row
        elif statistic_of_calls(key.metric) is None and is_traffic(key.metric):
            rows.setdefault(key.component, row)
    return rows


def is_traffic(metric: str) -> bool:
    """Whether a metric tells how much there is to do."""
    return behaviour_of(metric, Direction.HIGH).behaviour is Behaviour.TRAFFIC_CHANGED


def is_left_by_others(metric: str) -> bool:
    """Whether a metric tells what others leave: how much there is to do, which those decide who
    send it, or how much waits, which those decide as well who take it."""
    is_queue = behaviour_of(metric, Direction.HIGH).subject == Resource.QUEUE
    return is_queue or is_traffic(metric)


def _mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def known_median(values: FloatArray) -> float:
    """The median of the finite values; NaN without any."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")
