"""Calls that the topology does not show: a component whose calls contain those of another.

A load balancer, a proxy or an external name is often seen by its callers alone: nothing tells what
it forwards to. What is measured there contains what happens behind it, so that its calls take at
least as long in normal times, and change along in trouble. Neither names nor roles are looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from labo.domain.diagnosis.localisation.rise import is_duration, rise, same_units
from labo.domain.diagnosis.localisation.signals import IncidentContext, Signal
from labo.domain.entities.series import FloatArray
from labo.domain.telemetry.rollups import call_statistic

ALWAYS = 0.95
"""Share of the baseline in which the one takes at least as long as the other: means of few calls
may be in the wrong order now and then. By judgement; PetShop: 49 right from 0.9 to 1."""
ENOUGH = 20
"""Bins in which both are known, at least; that share is then known to about 0.05."""
LEAST_RISE = 0.1
"""Change of the inner one's metric, as a share of the outer one's, from which it may be the origin:
of all that the outer one forwards the inner one may serve a tenth. By judgement; PetShop: 47 right
with 0.25, 49 with 0.1, 48 with 0."""
LEAST_RISE_UNLINKED = 0.5
"""The same where no call is known at all, so that whoever calls is not told from whoever is called
by anything else: a change dilutes on its way to the callers. By judgement."""


MOST = 100
"""Deviating components that are compared, the strongest: each is with each."""


def contained(context: IncidentContext) -> Mapping[str, tuple[str, ...]]:
    """Of each deviating component the deviating ones that its calls may contain, by name: they do
    not depend on it, never took longer, and the same metric of theirs changed as well."""
    import networkx as nx

    deviating = _strongest(context)
    normal = _durations(context, deviating)
    changes = {
        name: abs(rise(context.grid, context.symptom, one.row)) for name, one in deviating.items()
    }
    least = LEAST_RISE if context.is_linked else LEAST_RISE_UNLINKED
    found = {}
    for outer, signal in deviating.items():
        above = nx.ancestors(context.graph, outer) | {outer, context.case.target}
        found[outer] = tuple(
            inner
            for inner in sorted(deviating.keys() - above)
            if deviating[inner].metric == signal.metric
            and changes[inner] >= least * changes[outer]
            and _never_longer(normal[inner], normal[outer])
        )
    return found


def _strongest(context: IncidentContext) -> dict[str, Signal]:
    """The components that deviate, with their signals, in the order of their names."""
    signals = {name: one for name, one in context.signals.items() if one and one.strength > 0}
    most = sorted(signals, key=lambda name: (-signals[name].strength, name))[:MOST]
    return {name: signals[name] for name in sorted(most)}


def _durations(
    context: IncidentContext, components: Collection[str]
) -> dict[str, dict[str, FloatArray]]:
    """Of each component how long calls to it took in normal times, by statistic; without what is
    not measured in one unit."""
    grid = context.grid
    durations = {key.metric for key in grid.keys if is_duration(key.metric)}
    usable = {one for one in durations if same_units(context.graph, grid, one)}
    found: dict[str, dict[str, FloatArray]] = {name: {} for name in components}
    for row, key in enumerate(grid.keys):
        if key.metric in usable and key.component in found:
            statistic = call_statistic(key.metric) or key.metric
            found[key.component].setdefault(statistic, grid.raw_baseline[row])
    return found


def _never_longer(inner: Mapping[str, FloatArray], outer: Mapping[str, FloatArray]) -> bool:
    shared = min(inner.keys() & outer.keys(), default=None)
    if shared is None:
        return False
    known = np.isfinite(inner[shared]) & np.isfinite(outer[shared])
    shorter = inner[shared][known] <= outer[shared][known]
    return bool(shorter.size >= ENOUGH and shorter.mean() >= ALWAYS)
