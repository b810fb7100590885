"""Predicted effects of a cause: observed ones support a hypothesis, absent ones contradict it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labo.domain.causality.edges import Relation
from labo.domain.causality.inference import (
    ASSUMED_LEAK,
    inference_weight,
    is_leak_known,
    leak_of,
)
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge, KnownProblem

if TYPE_CHECKING:
    import networkx as nx

MIN_WEIGHT = 0.01
"""Weight of claims and probability of effects below which they are ignored: the absence of an
effect that follows once in a hundred times is no evidence. By judgement."""
MAX_DEPTH = 6
"""Length of chains of claims that are followed; one of six with weights of 0.5 has a probability of
0.016."""
MAX_NODES = 300
"""Predicted problems on components, checked once per level; it bounds the time."""
MAX_FACTOR = 3.0
"""Most that effects change a hypothesis' log weight (ADR 0017: e³): claims transfer from other
systems, and must not outweigh the component's own metrics."""

Instance = tuple[str, str]
"""A problem's key on a component's name."""


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Predicts effects in one case of `system` (None: not known).

    `outgoing` are the claims by cause, `leaks` how often each effect begins by itself, see
    `leaks`; `shown(problem, component)` is the log likelihood ratio of the component's z-scores
    under that problem against no problem, 0 where there is no data.
    """

    outgoing: Mapping[str, tuple[KnownEdge, ...]]
    leaks: Mapping[str, float]
    problems: Mapping[str, KnownProblem]
    calls: nx.DiGraph[str]
    role: Callable[[str], str]
    shown: Callable[[KnownProblem, str], float]
    system: str | None = None

    def factor(self, problem: str, component: str) -> float:
        """What the predicted effects of `problem@component` add to its log weight, within ±3."""
        if problem not in self.outgoing:
            return 0.0
        total = 0.0
        for (effect, where), chance in predicted(self, (problem, component)).items():
            seen = self.shown(self.problems[effect], where)
            leak = self.leaks.get(effect, ASSUMED_LEAK)
            raised = 1 - (1 - leak) * (1 - chance)
            total += float(
                np.logaddexp(np.log(raised) + seen, np.log1p(-min(raised, 1 - 1e-9)))
                - np.logaddexp(np.log(leak) + seen, np.log1p(-leak))
            )
        return max(-MAX_FACTOR, min(MAX_FACTOR, total))


def outgoing_edges(
    knowledge: Knowledge, system: str | None = None
) -> dict[str, tuple[KnownEdge, ...]]:
    """The claims by cause that have any weight in `system`, which refuted ones do not."""
    found: dict[str, list[KnownEdge]] = {}
    for edge in knowledge.edges:
        if inference_weight(edge, system) >= MIN_WEIGHT:
            found.setdefault(edge.cause, []).append(edge)
    return {cause: tuple(edges) for cause, edges in found.items()}


def leaks(knowledge: Knowledge) -> dict[str, float]:
    """The share of windows in which each effect begins by itself, by its problem's key: the
    largest estimate of its claims. Absent without an estimate: then `ASSUMED_LEAK` applies."""
    found: dict[str, float] = {}
    for edge in knowledge.edges:
        if is_leak_known(edge):
            found[edge.effect] = max(found.get(edge.effect, 0.0), leak_of(edge))
    return found


def predicted(effects: Effects, cause: Instance) -> dict[Instance, float]:
    """The probability of each effect of `cause`, by noisy-OR along the unrolled instance graph."""
    return chances(_unrolled(effects, cause), cause)


def chances(graph: nx.DiGraph[Instance], cause: Instance) -> dict[Instance, float]:
    """The probability of each effect of `cause` in a graph of claims, each with its `weight`.

    Noisy-OR (Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, section 4.3.2). Instances
    on a cycle of claims occur together or not at all: the graph is condensed first.
    """
    import networkx as nx

    condensed = nx.condensation(graph)
    members: dict[int, set[Instance]] = {
        knot: set(held["members"]) for knot, held in condensed.nodes(data=True)
    }
    chances: dict[int, float] = {}
    for knot in nx.topological_sort(condensed):
        if cause in members[knot]:
            chances[knot] = 1.0
            continue
        none_acts = 1.0
        for before in condensed.predecessors(knot):
            none_acts *= 1 - _link(graph, members[before], members[knot]) * chances[before]
        chances[knot] = 1 - none_acts
    return {
        one: chances[knot]
        for knot, held in members.items()
        for one in sorted(held)
        if one != cause and chances[knot] >= MIN_WEIGHT
    }


def _link(graph: nx.DiGraph[Instance], before: set[Instance], after: set[Instance]) -> float:
    """Noisy-OR of the claims between two strongly connected components."""
    none_acts = 1.0
    for source in sorted(before):
        for target, claim in graph[source].items():
            if target in after:
                none_acts *= 1 - float(claim["weight"])
    return 1 - none_acts


def _unrolled(effects: Effects, cause: Instance) -> nx.DiGraph[Instance]:
    import networkx as nx

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
        for where in _components(effects.calls, component, edge.relation):
            if effects.role(where) == effect.role and (edge.effect, where) != one:
                yield (edge.effect, where), inference_weight(edge, effects.system)


def _components(calls: nx.DiGraph[str], component: str, relation: Relation) -> list[str]:
    """Components that a cause on `component` may affect; a case's topology has no hosts."""
    if relation is Relation.SAME:
        return [component]
    if component not in calls:
        return []
    if relation is Relation.CALLEE:
        return sorted(calls.predecessors(component))
    if relation is Relation.CALLER:
        return sorted(calls.successors(component))
    return []
