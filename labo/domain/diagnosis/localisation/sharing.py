"""Who else uses what the target depends on: no call leads from the target to it.

A job that holds a database, or a worker that takes no more from a queue, hurts all that use the
same database or queue. It is told from those that are hurt as well by what waiting does not raise:
how much it does, and what of its own resources it uses. What waits in a queue is left there by
whoever takes from it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from labo.domain.diagnosis.localisation.kinship import is_resource
from labo.domain.diagnosis.localisation.rise import is_left_by_others, is_traffic
from labo.domain.diagnosis.localisation.signals import (
    CORROBORATING,
    IncidentContext,
    Signal,
)

CLEAR = 1.0
"""Least strength of a user's signal: what 99 % of normal windows stay below."""


def holders(context: IncidentContext) -> Mapping[str, tuple[str, ...]]:
    """Of each deviating component that the target depends on those of its callers, by name, that
    may hold it: they deviate, and neither depends the target on them nor they on the target."""
    import networkx as nx

    graph = context.graph
    reached = nx.descendants(graph, context.case.target)
    signals = {name: one for name, one in context.signals.items() if one and one.strength > 0}
    users = {name for name in outside(context) & signals.keys() if signals[name].strength >= CLEAR}
    busy = users & _busy(context)
    found = {}
    for name in sorted(reached & signals.keys()):
        own = users if _is_left(signals[name]) else busy
        if holding := own.intersection(graph.predecessors(name)):
            found[name] = tuple(sorted(holding))
    return found


def outside(context: IncidentContext) -> frozenset[str]:
    """The components that neither depend on the target nor the target on them."""
    import networkx as nx

    graph, target = context.graph, context.case.target
    if not context.is_linked:
        return frozenset()
    return frozenset(
        graph.nodes - nx.descendants(graph, target) - nx.ancestors(graph, target) - {target}
    )


def _is_left(signal: Signal) -> bool:
    return is_left_by_others(signal.metric) and not is_traffic(signal.metric)


def _busy(context: IncidentContext) -> set[str]:
    """The components whose traffic or use of their own resources is far above normal."""
    grid, focus = context.grid, context.symptom.focus
    rows = [
        row
        for row, key in enumerate(grid.keys)
        if is_traffic(key.metric) or is_resource(key.metric)
    ]
    bad = grid.local[rows][:, focus]
    known = np.isfinite(bad)
    counts = known.sum(axis=1)
    sums = np.where(known, bad, 0.0).sum(axis=1)
    far = (counts > 0) & (sums >= CORROBORATING * counts)
    return {grid.keys[row].component for row, is_far in zip(rows, far, strict=True) if is_far}
