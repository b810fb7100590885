"""How a cause affects the target: the chain of components between them, with their states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labo.domain.diagnosis.localisation.signals import IncidentContext
from labo.domain.entities.conditions import state_key
from labo.domain.entities.diagnoses import Chain

MAX_CHAINS = 3
"""Suspects whose chains are shown: as many as a person compares."""


def chains_from(context: IncidentContext, suspected: Sequence[str]) -> tuple[Chain, ...]:
    """Of the first suspects that the target is known to depend on."""
    import networkx as nx

    graph, target = context.graph, context.case.target
    reachable = [name for name in suspected if nx.has_path(graph, target, name)]
    return tuple(chain_from(context, name) for name in reachable[:MAX_CHAINS])


def states_between(chains: Sequence[Chain], first: str | None) -> tuple[str, ...] | None:
    """The states between the first suspect and the target; None where it is not known to affect
    the target."""
    is_linked = bool(chains) and chains[0].components[0] == first
    return chains[0].conditions[1:-1] if is_linked else None


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
