"""Who delays what it does and what it asks others to do, as a process without processor time does.

Its calls begin late, which its spans and those of the called components tell together. The callee
is where that is measured, and not why.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.span_values import CALLED_WAIT, SELF_TIME
from labo.domain.entities.series import FloatArray

if TYPE_CHECKING:
    import networkx as nx  # loaded by what uses it: the API keeps graphs of calls nowhere

MOST_CALLED, OWN_DELAY = 0.5, 0.5
"""Share of the called components that have to be late, and of the strongest of these signals that
its own slowness has to have, for a caller to be what delays them: a slow network to one of several
is not in its own time. By judgement, more than half."""


def delaying(
    grid: Grid, strengths: FloatArray, graph: nx.DiGraph[str], least: float
) -> Iterator[str]:
    """The components whose own work takes longer, with a strength of `least` at least, and that
    wait longer for most of those that they call to begin. `strengths` are the rows' of `grid`."""
    slower = _by_component(grid, strengths, SELF_TIME)
    waits = _by_component(grid, strengths, CALLED_WAIT)
    for name in sorted(slower.keys() & set(graph)):
        known = [waits[callee] for callee in graph.successors(name) if callee in waits]
        late = [strength for strength in known if strength > 0]
        is_most = bool(late) and len(late) >= MOST_CALLED * len(known)
        if is_most and slower[name] >= max(least, OWN_DELAY * max(late)):
            yield name


def _by_component(grid: Grid, strengths: FloatArray, metric: str) -> dict[str, float]:
    return {
        key.component: float(strengths[row])
        for row, key in enumerate(grid.keys)
        if key.metric == metric and np.isfinite(strengths[row])
    }
