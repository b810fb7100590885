"""The call graph of a case, and the role of a component in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labo.domain.entities.components import guess_role
from labo.domain.entities.series import Case

if TYPE_CHECKING:
    import networkx as nx  # loaded by what uses it: the API keeps graphs of calls nowhere


def call_graph(case: Case) -> nx.DiGraph[str]:
    """Caller → callee without self-calls, built in sorted order; holds every known component."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    named = {key.component for key in case.series} | set(case.topology.components)
    graph.add_nodes_from(sorted(named | {case.target}))
    graph.add_edges_from(sorted({(a, b) for a, b in case.topology.dependencies if a != b}))
    return graph


def is_linked(graph: nx.DiGraph[str]) -> bool:
    """Whether any call is known; otherwise each component may depend on each other one."""
    return graph.number_of_edges() > 0 or len(graph) == 1


def role_of(case: Case, component: str) -> str:
    """The role stated in the case's topology, else the one that the name suggests."""
    if component in case.roles:
        return case.roles[component]
    return guess_role(component)
