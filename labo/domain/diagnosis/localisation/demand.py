"""How much is asked of each component: whose load only passes on what its callers ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.rise import known_median, rate_rows

if TYPE_CHECKING:
    import networkx as nx  # loaded by what uses it: the API keeps graphs of calls nowhere

SURGE = 1.5
"""Factor on the calls to a component from which its load is explained by them. By judgement: half
as much again is beyond what load does within an hour by itself."""
FAR = 3.0
"""How far from normal they are then, in baseline scales: Tukey's fence for what lies far out."""
PASSED_ON = 2 / 3
"""Share of the growth that a caller has to have itself: the rest may be other callers'. What it
asks for without being asked, such as retries, is its own doing. By judgement."""


def driven(grid: Grid, focus: npt.NDArray[np.bool_], graph: nx.DiGraph[str]) -> Mapping[str, str]:
    """The components that are asked for much more in the bad bins, each with a caller that is asked
    for as much more itself, the first by name."""
    growth = {name: _growth(grid, row, focus) for name, row in rate_rows(grid).items()}
    found = {}
    for name, own in growth.items():
        if own >= SURGE - 1:
            callers = sorted(graph.predecessors(name))
            by = (one for one in callers if growth.get(one, 0.0) >= PASSED_ON * own)
            if caller := next(by, None):
                found[name] = caller
    return found


def _growth(grid: Grid, row: int, focus: npt.NDArray[np.bool_]) -> float:
    """By how much of its baseline a series is above it; 0 where that is usual, or unknown."""
    now, before = known_median(grid.raw_local[row, focus]), known_median(grid.raw_baseline[row])
    is_far = before > 0 and known_median(grid.local[row, focus]) >= FAR
    return now / before - 1 if is_far else 0.0
