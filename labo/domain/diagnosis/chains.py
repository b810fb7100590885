"""How a cause affects the target: the chain of components between them, with their states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log

from labo.domain.diagnosis.localisation.signals import IncidentContext
from labo.domain.diagnosis.propagation import Propagation
from labo.domain.entities.conditions import metric_and_direction, state_key
from labo.domain.entities.diagnoses import Chain
from labo.domain.entities.problems import metric_problem
from labo.domain.entities.topology import role_of

MAX_CHAINS = 3
"""Suspects whose chains are shown: as many as a person compares."""
OTHER_STATE = 0.01
"""Cost of naming another problem on the cause than its strongest signal: of equal chains the one
that begins with it is shown."""

Node = tuple[str, str]
"""A component with one of its states."""


def chains_from(
    context: IncidentContext, suspected: Sequence[str], propagation: Propagation
) -> tuple[Chain, ...]:
    """Of the first suspects that the target is known to depend on."""
    import networkx as nx

    graph, target = context.graph, context.case.target
    reachable = [name for name in suspected if nx.has_path(graph, target, name)]
    return tuple(chain_from(context, name, propagation) for name in reachable[:MAX_CHAINS])


def states_between(chains: Sequence[Chain], first: str | None) -> tuple[str, ...] | None:
    """The states between the first suspect and the target; None where it is not known to affect
    the target."""
    is_linked = bool(chains) and chains[0].components[0] == first
    return chains[0].conditions[1:-1] if is_linked else None


def chain_from(context: IncidentContext, cause: str, propagation: Propagation) -> Chain:
    """The shortest path from `cause` to the target: along known claims between problems that are
    shown, else through deviating components where possible.

    A claim costs -log of its weight, as the probability of a path is their product. Raises
    networkx.NetworkXNoPath for a cause that the target does not depend on.
    """
    import networkx as nx

    target = context.case.target
    between = nx.descendants(context.graph, target) | {target}
    between &= nx.ancestors(context.graph, cause) | {cause}
    states = {name: _states(context, name, propagation) for name in sorted(between)}
    graph: nx.DiGraph[Node] = nx.DiGraph()
    begin, end = ("", "cause"), ("", "target")
    for state in states.get(cause, {}):
        own = state == _state(context, cause)
        graph.add_edge(begin, (cause, state), weight=0.0 if own else OTHER_STATE)
    for state in states.get(target, {}):
        graph.add_edge((target, state), end, weight=0.0)
    for caller, callee in context.graph.subgraph(between).edges:
        for below, above, cost in _links(context, propagation, (callee, caller), states):
            graph.add_edge((callee, below), (caller, above), weight=cost)
    graph.add_nodes_from((begin, end))
    path: list[Node] = nx.dijkstra_path(graph, begin, end)[1:-1]
    return Chain(tuple(name for name, _ in path), tuple(state for _, state in path))


def _links(
    context: IncidentContext,
    propagation: Propagation,
    link: tuple[str, str],
    states: Mapping[str, Mapping[str, str]],
) -> Iterator[tuple[str, str, float]]:
    """State below, state above and cost, of a call from the second to the first component: each
    claim that applies, and without one what the caller's strongest signal says."""
    callee, caller = link
    usual = _state(context, caller)
    signal = context.signals.get(caller)
    cost = 1.0 if signal and signal.strength > 0 else 3.0 if context.hides(caller) else 10.0
    for below, cause in states[callee].items():
        for above, effect in states[caller].items():
            weight = propagation.weight((cause, callee), (effect, caller))
            if weight > 0:
                yield below, above, -log(weight)
            elif above == usual:
                yield below, above, cost


def _states(context: IncidentContext, component: str, propagation: Propagation) -> dict[str, str]:
    """What may be said of a component, each with the key of its problem (empty for none): its
    strongest signal, and every other problem that it shows and a known claim is about."""
    usual = _state(context, component)
    deviation = metric_and_direction(usual)
    role = role_of(context.case, component)
    key = metric_problem(role, *deviation).key if deviation else ""
    return {usual: key} | {
        state: problem
        for problem, state in propagation.states_on(component)
        if problem != key and usual != "unknown"
    }


def _state(context: IncidentContext, component: str) -> str:
    """`metric:direction`, `normal` or `unknown`."""
    signal = context.signals.get(component)
    if signal is None or context.hides(component):
        return "unknown"
    return state_key(signal.metric, signal.direction) if signal.strength > 0 else "normal"
