"""Which components stopped: their series end, or nobody gets through to them any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.rise import known_median, rate_rows
from labo.domain.diagnosis.localisation.symptom import Symptom
from labo.domain.diagnosis.localisation.trace_signals import is_derived
from labo.domain.telemetry.rollups import call_statistic, is_client_side

if TYPE_CHECKING:
    import networkx as nx  # loaded by what uses it: the API keeps graphs of calls nowhere

VANISHED_S = 30.0
"""Seconds without a sample, at least two bins, from which a steady series counts as vanished: spans
are sent every few seconds, and a process under load is some of them late. By judgement."""
WITHIN_S = 60.0
"""Widest bin, in seconds, of which a part may be silent and count: a process stops in a moment, and
a sparse series has a value in some of its bins of five minutes. By judgement."""
STEADY_BINS = 10
"""Bins of the baseline from which that share is known. By judgement."""
STEADY = 0.9
"""Share of the baseline's bins in which a series has to have a value, so that none means something.
By judgement."""
STOPPED_BINS = 3
"""Bad bins without a call, behind the first, from which calls have stopped. Of a component that is
called in `STEADY` of its bins, that happens by chance in less than one of 1,000 windows."""
GOES_ON = 0.5
"""Share of its usual calls that a caller gets at least, to go on. By judgement."""
FAILS_ITSELF = 0.9
"""Share of failing requests from which a caller fails before it calls anything. By judgement."""


def vanished_rows(grid: Grid, symptom: Symptom) -> npt.NDArray[np.bool_]:
    """Per series: steady before, some samples just before the symptom, and none in its bad bins.

    In the first bad bin it may have some where bins are fine: what stops, stops within one. A
    sample without a value, such as 0/0, is unknown: its component does report. So does one with
    another series that goes on: many have values only while there are calls. What callers measure,
    as of a database, ends with the calls and says nothing.
    """
    onset = int(np.argmax(symptom.focus))
    silent = symptom.focus.copy()
    silent[onset] = grid.step > WITHIN_S and silent[onset]
    local, known = np.isfinite(grid.local), np.isfinite(grid.baseline)
    is_long = silent.sum() >= 2 and silent.sum() * grid.step >= VANISHED_S
    if not (is_long and onset and known.shape[1]):
        return np.zeros(len(grid.keys), dtype=bool)
    is_heard = np.asarray((local | grid.reported)[:, silent].any(axis=1), dtype=bool)
    is_steady = (known.mean(axis=1) >= STEADY) & (local[:, :onset].mean(axis=1) >= 0.5)
    reporting = {
        key.component
        for key, heard in zip(grid.keys, is_heard, strict=True)
        if heard and not is_derived(key.metric)
    }
    says_nothing = [
        key.component in reporting or is_client_side(key.metric) or is_derived(key.metric)
        for key in grid.keys
    ]
    vanished: npt.NDArray[np.bool_] = is_steady & ~is_heard & ~np.array(says_nothing, dtype=bool)
    return vanished


def stopped_rows(grid: Grid, symptom: Symptom, graph: nx.DiGraph[str]) -> dict[str, int]:
    """By component the row of its calls, where they ended although it was called steadily, and one
    of its callers is asked as before and does not fail altogether."""
    rates, found = rate_rows(grid), {}
    for name, row in rates.items():
        if not _has_stopped(grid, row, symptom.focus):
            continue
        callers = (one for one in graph.predecessors(name) if one in rates)
        if any(_goes_on(grid, rates[one], one, symptom.focus) for one in callers):
            found[name] = row
    return found


def _has_stopped(grid: Grid, row: int, focus: npt.NDArray[np.bool_]) -> bool:
    bad, past = grid.raw_local[row, focus][1:], grid.raw_baseline[row]
    bad, past = bad[np.isfinite(bad)], past[np.isfinite(past)]
    if bad.size < STOPPED_BINS or past.size < STEADY_BINS or bad.any():
        return False
    return bool((past > 0).mean() >= STEADY)


def _goes_on(grid: Grid, row: int, caller: str, focus: npt.NDArray[np.bool_]) -> bool:
    now, before = known_median(grid.raw_local[row, focus]), known_median(grid.raw_baseline[row])
    failing = [
        known_median(grid.raw_local[one, focus])
        for one in grid.rows(caller)
        if call_statistic(grid.keys[one].metric) == "error_ratio"
    ]
    return now >= GOES_ON * before > 0 and not any(one >= FAILS_ITSELF for one in failing)
