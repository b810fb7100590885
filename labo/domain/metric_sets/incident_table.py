"""Expected states under each suspect of one incident: the table behind its minimal metric set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labo.domain.entities.conditions import Direction
from labo.domain.entities.diagnoses import Analysis, Suspect, component_probabilities
from labo.domain.entities.keys import measurement_key
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.series import Case
from labo.domain.entities.topology import call_graph
from labo.domain.metric_sets.sets import SignatureTable, State

if TYPE_CHECKING:
    import networkx as nx

MAX_RIVALS = 8
"""Suspected components to distinguish at most: all that a diagnosis lists (`diagnosis.analyse`)."""
MIN_RIVAL_PROBABILITY = 0.05
"""Probability below which a component is not worth a metric, unless it is the only one. By
judgement."""
_STATES = {Direction.HIGH.value: State.HIGH, Direction.LOW.value: State.LOW}


def incident_table(case: Case, analysis: Analysis) -> SignatureTable:
    """Expected states of `component:metric` under each suspected component, by propagation to
    callers; several problems on one are one rival.

    The metrics are those in which the suspects deviate, high or low; one that vanished, and a log
    template whose rate changed either way, are neither and left out. A cause shows on itself and on
    the components between it and the target; a component that does not depend on it stays normal. A
    caller off the path to the target may or may not be affected: unknown. Costs are 1 each.
    """
    import networkx as nx

    shares = component_probabilities(analysis.suspects)
    serious = [name for name, share in shares.items() if share >= MIN_RIVAL_PROBABILITY]
    rivals = serious[:MAX_RIVALS] or list(shares)[:1]
    observed = _observed([one for one in analysis.suspects if one.component in rivals])
    graph = call_graph(case)
    affected = {cause: nx.ancestors(graph, cause) for cause in rivals}
    certain = {cause: _on_every_way(graph, case.target, cause) for cause in rivals}
    states: dict[str, dict[str, State]] = {}
    for cause in rivals:
        states[cause] = {}
        for (component, metric), state in observed.items():
            shown = state
            if component != cause and component not in certain[cause]:
                shown = State.UNKNOWN if component in affected[cause] else State.NORMAL
            states[cause][measurement_key(component, metric)] = shown
    metrics = tuple(measurement_key(component, metric) for component, metric in observed)
    return SignatureTable(tuple(rivals), metrics, states, dict.fromkeys(metrics, 1.0))


def _observed(suspects: Sequence[Suspect]) -> dict[tuple[str, str], State]:
    """The suspects' deviating metrics with the observed states, by suspect."""
    found: dict[tuple[str, str], State] = {}
    for suspect in suspects:
        for reason in suspect.reasons:
            if reason.kind is ReasonKind.DEVIATION and (
                state := _STATES.get(str(reason.values["direction"]))
            ):
                found[suspect.component, str(reason.values["metric"])] = state
    return found


def _on_every_way(graph: nx.DiGraph[str], target: str, cause: str) -> set[str]:
    """Components on every call path from the target to the cause: the cause's dominators."""
    import networkx as nx

    if target == cause or cause not in graph or not nx.has_path(graph, target, cause):
        return set()
    parents = nx.immediate_dominators(graph, target)
    found, here = {target}, cause
    while here != target:
        here = parents[here]
        found.add(here)
    return found
