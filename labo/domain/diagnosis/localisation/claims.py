"""Which component may be claimed surely, however clearly it leads: what could be elsewhere as well.

Without these limits most of the sure answers about systems that nobody here made were wrong where
the origin is not measured, or no call is known (docs/adr/0038, docs/adr/0042).
"""

from __future__ import annotations

from labo.domain.diagnosis.localisation.rise import is_left_by_others
from labo.domain.diagnosis.localisation.sharing import holders, outside
from labo.domain.diagnosis.localisation.signals import IncidentContext
from labo.domain.diagnosis.localisation.span_values import UNEXPECTED_STEPS
from labo.domain.telemetry.rollups import is_client_side

STORES = frozenset({"database", "cache", "queue"})
"""Roles that calls end at."""


def is_claimable(context: IncidentContext, component: str) -> bool:
    """Whether nothing else may be the origin of what `component` shows: not where no call is known,
    where what is not measured or what uses it may be, where it is traffic or a queue, which others
    fill and empty, nor where it calls others and only its calls are in trouble, or its requests end
    early; nor the target while one that it calls tells nothing, as after it was killed."""
    signal = context.signals[component]
    if not context.is_linked or signal is None or is_left_by_others(signal.metric):
        return False
    callees = list(context.graph.successors(component))
    if callees and (signal.metric == UNEXPECTED_STEPS or is_client_side(signal.metric)):
        return False
    if component == context.case.target and not all(map(context.signals.get, callees)):
        return False
    return component not in holders(context) and unmeasured_origin(context, component) is None


def unmeasured_origin(context: IncidentContext, component: str) -> str | None:
    """A component that nothing at all is measured of and that may be the origin of what `component`
    shows: what lies between the target and it; for the target, which is only where trouble was
    noticed, any that it depends on; where it is not known what `component` calls, any that uses it
    as well, or that its callers call as well, unless it is a store by its role. One of several that
    it calls says little: most are idle, and nothing is measured of them either.
    """
    import networkx as nx

    graph, case = context.graph, context.case
    measured = {key.component for key in case.series}
    reached, before = nx.descendants(graph, case.target), nx.ancestors(graph, component)
    callers, near = set(graph.predecessors(component)), reached & before
    if component == case.target:
        near |= reached
    elif not graph.out_degree(component):
        near |= outside(context) & callers
        if case.roles.get(component) not in STORES:
            near.update(name for caller in callers for name in graph.successors(caller))
    return min(near - measured - {component}, default=None)
