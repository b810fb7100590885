"""How a cause affects the target: the chain of components between them, with their states."""

from __future__ import annotations

from collections.abc import Mapping

from labo.domain.diagnosis.localisation.signals import IncidentContext
from labo.domain.entities.conditions import state_key
from labo.domain.entities.diagnoses import Chain


def chain_from(context: IncidentContext, cause: str) -> Chain:
    """The shortest path from `cause` to the target, through deviating components where possible.

    Raises networkx.NetworkXNoPath for a cause that the target does not depend on.
    """

    import networkx as nx

    def weight(_caller: str, callee: str, _data: Mapping[str, object]) -> float:
        signal = context.signals.get(callee)
        return 1.0 if signal and signal.strength > 0 else 3.0 if context.hides(callee) else 10.0

    path: list[str] = nx.dijkstra_path(context.graph, context.case.target, cause, weight=weight)
    path.reverse()
    return Chain(tuple(path), tuple(_state(context, name) for name in path))


def _state(context: IncidentContext, component: str) -> str:
    """`metric:direction`, `normal` or `unknown`."""
    signal = context.signals.get(component)
    if signal is None or context.hides(component):
        return "unknown"
    return state_key(signal.metric, signal.direction) if signal.strength > 0 else "normal"
