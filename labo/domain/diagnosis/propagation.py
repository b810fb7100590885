"""What known claims say of a cause on a component: do its problems spread as it is observed?

The instance graph of a case has a node for each problem on each component where it is measured, and
a link wherever a supported or validated claim applies. Only what is shown passes on, as every node
is observed. A component's own problems predict others above it: what is shown there speaks for it,
what is not shown against it, each compared with the leak, how often it begins by itself.

A problem is shown where a metric that is evidence of it deviates by `SEEN_FROM`: so the lab's
experiments counted it, from which the strengths are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import log, log1p
from typing import TYPE_CHECKING

from labo.domain.causality.edges import KNOWN, Relation
from labo.domain.causality.inference import ASSUMED_LEAK, inference_weight
from labo.domain.diagnosis.classification.effects import (
    MAX_FACTOR,
    MIN_WEIGHT,
    Instance,
    chances,
    leaks,
)
from labo.domain.diagnosis.classification.fingerprint import fingerprints
from labo.domain.entities.conditions import Direction, state_key
from labo.domain.entities.problems import metric_problem
from labo.domain.entities.series import Case
from labo.domain.entities.topology import call_graph, role_of
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge
from labo.domain.knowledge.signatures import SEEN_FROM

if TYPE_CHECKING:
    import networkx as nx

UPWARDS = (Relation.SAME, Relation.CALLEE)
"""Relations along which a cause reaches what depends on it. Claims from a caller to its callees are
true as well, but what a victim does to its own callees tells nothing about the symptom: with them
the component is right in .567 instead of .627 of 67 incidents, by claims alone (ADR 0047)."""


@dataclass(frozen=True, slots=True, eq=False)
class Propagation:
    """`states` has the strongest `metric:direction` of each measured problem, empty where it is not
    shown; `graph` has the claims that apply among them, from what is shown on; `leaks` is how often
    each problem begins by itself, by its key."""

    states: Mapping[Instance, str]
    graph: nx.DiGraph[Instance]
    leaks: Mapping[str, float]

    @property
    def components(self) -> frozenset[str]:
        """Those that show a problem which some known claim is about."""
        return frozenset(component for (_, component), state in self.states.items() if state)

    def states_on(self, component: str) -> list[tuple[str, str]]:
        """Key and strongest `metric:direction` of each problem that is shown there, in order."""
        return sorted(
            (problem, state)
            for (problem, where), state in self.states.items()
            if where == component and state
        )

    def weight(self, cause: Instance, effect: Instance) -> float:
        """Of the claim from one problem to the other, both shown; 0 without one."""
        if not self.states.get(effect) or not self.graph.has_edge(cause, effect):
            return 0.0
        return float(self.graph.edges[cause, effect]["weight"])

    def log_ratio(self, component: str) -> float:
        """Log likelihood ratio of what is observed elsewhere, given that all problems shown on
        `component` are the incident's cause, against none of it having a known cause; 0 where it
        shows none that a claim is about."""
        total = 0.0
        for (problem, where), chance in self.effects(component).items():
            leak = self.leaks.get(problem, ASSUMED_LEAK)
            raised = 1 - (1 - leak) * (1 - chance)
            if self.states[problem, where]:
                total += log(raised / leak)
            else:
                total += log1p(-min(raised, 1 - 1e-9)) - log1p(-leak)
        return total

    def relative(self, components: Collection[str]) -> dict[str, float]:
        """What known claims change of each component's log weight, from -`MAX_FACTOR` to 0: its log
        ratio less the largest of all. All 0 where no component shows a problem that spreads."""
        ratios = {name: self.log_ratio(name) for name in components}
        most = max(ratios.values(), default=0.0)
        return {name: max(-MAX_FACTOR, ratio - most) for name, ratio in ratios.items()}

    def effects(self, component: str) -> dict[Instance, float]:
        """The probability of each problem elsewhere that those shown on `component` bring about."""
        import networkx as nx

        own = [one for one in self.graph if one[1] == component and self.states[one]]
        if not own:
            return {}
        cause = "", component
        reached = {*own}.union(*(nx.descendants(self.graph, one) for one in own))
        graph: nx.DiGraph[Instance] = nx.DiGraph(self.graph.subgraph(reached))
        graph.add_edges_from(((cause, one) for one in own), weight=1.0)
        found = chances(graph, cause)
        return {one: chance for one, chance in found.items() if one[1] != component}


def propagation(case: Case, knowledge: Knowledge) -> Propagation:
    """The instance graph of the case, empty without a known claim about anything measured."""
    import networkx as nx

    outgoing: dict[str, list[tuple[KnownEdge, float]]] = {}
    for edge in knowledge.edges:
        weight = inference_weight(edge, case.system)
        if edge.status in KNOWN and edge.relation in UPWARDS and weight >= MIN_WEIGHT:
            outgoing.setdefault(edge.cause, []).append((edge, weight))
    ends = {*outgoing, *(edge.effect for edges in outgoing.values() for edge, _ in edges)}
    states = _states(case, ends) if outgoing else {}
    graph: nx.DiGraph[Instance] = nx.DiGraph()
    calls = call_graph(case)
    for one in (one for one, state in states.items() if state):
        graph.add_node(one)
        for edge, weight in outgoing.get(one[0], ()):
            above = calls.predecessors(one[1]) if edge.relation is Relation.CALLEE else (one[1],)
            for where in above:
                effect = edge.effect, where
                if effect in states and effect != one:
                    graph.add_edge(one, effect, weight=weight)
    return Propagation(states, graph, leaks(knowledge))


def _states(case: Case, problems: set[str]) -> dict[Instance, str]:
    """Of each of these problems on each component with a metric that is evidence of it."""
    sizes: dict[Instance, float] = {}
    states: dict[Instance, str] = {}
    measured = fingerprints(case, sorted({key.component for key in case.series}))
    for component, z_scores in measured.items():
        role = role_of(case, component)
        for metric, z_score in sorted(z_scores.items()):
            for direction, size in ((Direction.HIGH, z_score), (Direction.LOW, -z_score)):
                one = metric_problem(role, metric, direction).key, component
                if one[0] not in problems:
                    continue
                states.setdefault(one, "")
                if size >= max(SEEN_FROM, sizes.get(one, 0.0)):
                    sizes[one], states[one] = size, state_key(metric, direction)
    return states
