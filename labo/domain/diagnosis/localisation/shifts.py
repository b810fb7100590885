"""What left its normal range by far in the window, whatever the target shows.

An alert may name a component of which nothing is measured, or whose own metrics do not show its
trouble: processor and memory of a front end do not tell that its answers are late. Where another
component is far from normal, that is worth more than saying nothing; it is never claimed surely.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Set

import numpy as np

from labo.domain.diagnosis.localisation.chances import tail
from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.symptom import Symptom, derived_symptom, find_symptom
from labo.domain.diagnosis.localisation.trace_signals import is_derived
from labo.domain.entities.scale import MAX_DEVIATION
from labo.domain.entities.series import Case
from labo.domain.entities.topology import call_graph, is_linked

MOST_CHANCE = 0.01
"""Probability of such a shift in normal windows up to which it counts, corrected for the number of
series: that of a symptom that a verdict may use (`signals.SURE`)."""
LEAST_SIZE = MAX_DEVIATION / 2
"""Least mean of the window, in baseline scales: far beyond any normal spread, so that drift and a
change of load are out. By judgement; Online Boutique by its traces: 41 of 49 right with 10, 43 with
5; of 60 normal windows of PetShop 5 and 8 have a suspect, and 2 are LIKELY with both."""


def symptoms_of(case: Case, grid: Grid) -> Iterator[Symptom]:
    """What may be asked after, the best first: the target's symptom (`symptom.find_symptom`) where
    its metrics show one; where they show it doubtfully or not at all, what is derived from traces
    and lines, of the target or of what it depends on (of all components where no call is known),
    whatever is stronger; at last the largest shift of those. Nothing where there is none of these
    and the target has no usable data.

    What spans tell of a component is about itself, so that a large shift there is worth more than a
    doubtful symptom; of other metrics it may be a consequence.
    """
    symptom = find_symptom(grid, case.target, case.metric)
    is_measured = symptom is not None and not _is_derived(grid, symptom)
    if symptom is not None and symptom.present and is_measured:
        yield symptom
        return
    largest = _largest_shift(grid, _depended_on(case), LEAST_SIZE if symptom else 0.0)
    if symptom is not None and symptom.possible and is_measured:
        is_traced = largest is not None and _is_derived(grid, largest)
        first = largest if is_traced else symptom
    else:
        both = filter(None, (derived_symptom(grid, case.target), largest))
        first = max(both, key=_statistic, default=symptom)
    yield from filter(None, (first, largest))


def _is_derived(grid: Grid, symptom: Symptom) -> bool:
    return is_derived(grid.keys[symptom.row].metric)


def _statistic(symptom: Symptom) -> float:
    """Its size in units of the mean's noise: one bin of a few spans deviates by chance."""
    return symptom.size * math.sqrt(symptom.focus.sum())


def _depended_on(case: Case) -> Set[str]:
    import networkx as nx

    graph = call_graph(case)
    if not is_linked(graph):
        return set(graph)
    return {case.target, *nx.descendants(graph, case.target)}


def _largest_shift(grid: Grid, components: Set[str], least: float) -> Symptom | None:
    """Of the harmful metrics of `components`; None where none is rare, and of `least` scales."""
    rows = [
        row for row, key in enumerate(grid.keys) if grid.harms[row] and key.component in components
    ]
    tried = [(*_shift(grid, row), row) for row in rows]
    if not tried:
        return None
    chance, size, row = min(tried, key=lambda one: (one[0], -one[1]))
    chance = min(1.0, chance * len(tried))
    if chance > MOST_CHANCE or size < least:
        return None
    inside = (np.arange(grid.local.shape[1]) >= grid.lead) & np.isfinite(grid.local[row])
    weights = inside / np.sqrt(inside.sum())
    return Symptom(row, True, True, chance, size, weights, inside, level=True, is_own=False)


def _shift(grid: Grid, row: int) -> tuple[float, float]:
    """(chance, mean) of a series' window."""
    inside, past = grid.local[row, grid.lead :], grid.baseline[row]
    known, past = inside[np.isfinite(inside)], past[np.isfinite(past)]
    if not known.size or not past.size:
        return 1.0, 0.0
    root, mean = float(np.sqrt(known.size)), float(known.mean())
    null = np.empty(0)
    if past.size >= known.size:
        null = np.lib.stride_tricks.sliding_window_view(past, known.size).mean(axis=1)
    return tail(mean * root, null * root), mean
