"""What else a cause would bring about: seen effects raise a hypothesis, absent ones lower it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import networkx as nx
import numpy as np

from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge, KnownProblem

LEAK = 0.05
"""How often an effect begins without any of its known causes, where nothing else is known."""
MIN_WEIGHT = 0.01
MAX_DEPTH = 6
MAX_NODES = 300
MAX_FACTOR = 3.0
"""The effects move a hypothesis' log weight by this much at most."""

Instance = tuple[str, str]
"""A problem's key on a component's name."""


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Predicts over one case. `shown(problem, component)` is the log ratio of the component's
    readings under that problem against quiet, 0 where there is no data.
    """

    outgoing: Mapping[str, tuple[KnownEdge, ...]]
    problems: Mapping[str, KnownProblem]
    calls: nx.DiGraph[str]
    role: Callable[[str], str]
    shown: Callable[[KnownProblem, str], float]

    def factor(self, problem: str, component: str) -> float:
        """What the predicted effects of `problem@component` add to its log weight, within ±3."""
        if problem not in self.outgoing:
            return 0.0
        total = 0.0
        for (effect, place), chance in predicted(self, (problem, component)).items():
            seen = self.shown(self.problems[effect], place)
            raised = 1 - (1 - LEAK) * (1 - chance)
            total += float(
                np.logaddexp(np.log(raised) + seen, np.log1p(-min(raised, 1 - 1e-9)))
                - np.logaddexp(np.log(LEAK) + seen, np.log1p(-LEAK))
            )
        return max(-MAX_FACTOR, min(MAX_FACTOR, total))


def outgoing_edges(knowledge: Knowledge) -> dict[str, tuple[KnownEdge, ...]]:
    """The claims by cause, refuted ones left out."""
    found: dict[str, list[KnownEdge]] = {}
    for edge in knowledge.edges:
        if edge.status is not EdgeStatus.REFUTED and inference_weight(edge) >= MIN_WEIGHT:
            found.setdefault(edge.cause, []).append(edge)
    return {cause: tuple(edges) for cause, edges in found.items()}


def inference_weight(edge: KnownEdge, leak: float = LEAK) -> float:
    """max(0, (strength - leak) / (1 - leak)) · probability (design: causality, section 2)."""
    return max(0.0, (edge.strength - leak) / (1 - leak)) * edge.probability


def predicted(effects: Effects, cause: Instance) -> dict[Instance, float]:
    """The chance of each effect of `cause`, by noisy-OR along the unrolled instance graph.

    Instances on a cycle of claims stand or fall together: the graph is condensed first.
    """
    graph = _unrolled(effects, cause)
    condensed = nx.condensation(graph)
    members: dict[int, set[Instance]] = {
        knot: set(held["members"]) for knot, held in condensed.nodes(data=True)
    }
    chances: dict[int, float] = {}
    for knot in nx.topological_sort(condensed):
        if cause in members[knot]:
            chances[knot] = 1.0
            continue
        quiet = 1.0
        for before in condensed.predecessors(knot):
            quiet *= 1 - _link(graph, members[before], members[knot]) * chances[before]
        chances[knot] = 1 - quiet
    return {
        one: chances[knot]
        for knot, held in members.items()
        for one in sorted(held)
        if one != cause and chances[knot] >= MIN_WEIGHT
    }


def _link(graph: nx.DiGraph[Instance], before: set[Instance], after: set[Instance]) -> float:
    """Noisy-OR of the claims between two knots."""
    quiet = 1.0
    for source in sorted(before):
        for target, claim in graph[source].items():
            if target in after:
                quiet *= 1 - float(claim["weight"])
    return 1 - quiet


def _unrolled(effects: Effects, cause: Instance) -> nx.DiGraph[Instance]:
    graph: nx.DiGraph[Instance] = nx.DiGraph()
    graph.add_node(cause)
    level = [cause]
    for _ in range(MAX_DEPTH):
        following = []
        for one in level:
            for effect, weight in _steps(effects, one):
                if effect not in graph:
                    following.append(effect)
                graph.add_edge(one, effect, weight=weight)
        level = following
        if not level or graph.number_of_nodes() > MAX_NODES:
            break
    return graph


def _steps(effects: Effects, one: Instance) -> Iterator[tuple[Instance, float]]:
    problem, component = one
    for edge in effects.outgoing.get(problem, ()):
        effect = effects.problems.get(edge.effect)
        if effect is None:
            continue
        for place in _places(effects.calls, component, edge.relation):
            if effects.role(place) == effect.role and (edge.effect, place) != one:
                yield (edge.effect, place), inference_weight(edge)


def _places(calls: nx.DiGraph[str], component: str, relation: Relation) -> list[str]:
    """Where the effect of a cause on `component` sits; hosts are not in a case's topology."""
    if relation is Relation.SAME:
        return [component]
    if component not in calls:
        return []
    if relation is Relation.CALLEE:
        return sorted(calls.predecessors(component))
    if relation is Relation.CALLER:
        return sorted(calls.successors(component))
    return []
