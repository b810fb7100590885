"""Grounded answers: is the whole chain of a diagnosis true in the system's mechanism graph?

A chain is true when it begins with the component that the fault was injected on, and each link is a
mechanism (`engine.mechanisms`): this problem on this component brings about that problem on the
next. The fault itself may show in something that no mechanism begins with (memory, log lines, a
clock): then the first link is true when any disturbance of that component has that effect. A
component that is said to be normal or unknown has no problem, so that no link with it is true. A
chain of one component, the target itself, is true when the component is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from benchmarks.lab_cases import Incident, same_host, system_named
from engine.mechanisms.truth import Symptom, mechanisms
from labo.domain.diagnosis.classification.fingerprint import fingerprints
from labo.domain.entities.behaviours import behaviour_of
from labo.domain.entities.conditions import Direction, metric_and_direction
from labo.domain.entities.diagnoses import Analysis, Chain
from labo.domain.entities.series import Case
from labo.domain.knowledge.signatures import SEEN_FROM

Node = tuple[str, str]
"""A component and a behaviour's key; empty where no problem is named."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The mechanisms of a system, by behaviours: problems that each one brings about elsewhere."""

    effects: Mapping[Node, frozenset[Node]]

    def of(self, cause: Node) -> frozenset[Node]:
        return self.effects.get(cause, frozenset())

    def of_any(self, component: str) -> frozenset[Node]:
        """What any disturbance of the component brings about."""
        found = (held for (name, _), held in self.effects.items() if name == component)
        return frozenset().union(*found)


@lru_cache(maxsize=32)
def truth_of(system: str) -> Truth:
    """Computed once a system."""
    found: dict[Node, set[Node]] = {}
    for one in mechanisms(system_named(system)):
        found.setdefault(_node(one.cause), set()).add(_node(one.effect))
    return Truth({cause: frozenset(effects) for cause, effects in found.items()})


def _node(one: Symptom) -> Node:
    return one.component, behaviour_of(one.metric, one.direction).key


def chain_of(found: Analysis) -> Chain | None:
    """The chain of the first suspect, None without one."""
    first = found.suspects[0].component if found.suspects else None
    chains = (chain for chain in found.chains if chain.components[0] == first)
    return next(chains, None)


def is_true(incident: Incident, chain: Chain | None) -> bool:
    """Whether the whole chain is; see the module."""
    [(kind, root)] = incident.truth
    if chain is None or chain.components[0] not in same_host(incident, kind, root):
        return False
    truth = truth_of(incident.system)
    nodes = [_said(*hop) for hop in zip(chain.components, chain.conditions, strict=True)]
    for number, (cause, effect) in enumerate(pairwise(nodes)):
        is_fault = number == 0 and not truth.of(cause)
        if effect not in (truth.of_any(cause[0]) if is_fault else truth.of(cause)):
            return False
    return True


def _said(component: str, state: str) -> Node:
    deviation = metric_and_direction(state)
    return component, behaviour_of(*deviation).key if deviation else ""


def could_be_true(incident: Incident) -> bool:
    """Whether any chain of problems that deviate there is true: what the best answer could be."""
    [(kind, root)] = incident.truth
    roots, target = same_host(incident, kind, root), incident.case.target
    if target in roots:
        return True
    truth, shown = truth_of(incident.system), _deviating(incident.case)
    starts = [cause for cause in truth.effects if cause[0] in roots]
    reached = {effect for cause in starts for effect in truth.of(cause) if effect in shown}
    frontier = [*reached]
    while frontier:
        new = (truth.of(frontier.pop()) & shown) - reached
        reached |= new
        frontier += new
    return any(component == target for component, _ in reached)


def _deviating(case: Case) -> frozenset[Node]:
    measured = fingerprints(case, sorted({key.component for key in case.series}))
    return frozenset(
        (component, behaviour_of(metric, Direction.HIGH if size > 0 else Direction.LOW).key)
        for component, z_scores in measured.items()
        for metric, size in z_scores.items()
        if np.abs(size) >= SEEN_FROM
    )


def all_slow(chain: Chain | None) -> Chain | None:
    """The constant control: whatever was observed, each component on the way is slow."""
    if chain is None:
        return None
    return replace(chain, conditions=("latency:high",) * len(chain.components))


def others_chains(
    incidents: Sequence[Incident], chains: Sequence[Chain | None]
) -> list[Chain | None]:
    """The control: each incident with the chain of the next one in the same system."""
    found: list[Chain | None] = list(chains)
    for system in {one.system for one in incidents}:
        places = [i for i, one in enumerate(incidents) if one.system == system]
        for place, other in zip(places, [*places[1:], *places[:1]], strict=True):
            found[place] = chains[other]
    return found


def grounded_note(title: str, asked: Sequence[Incident], found: Sequence[Analysis]) -> str:
    """The grounded path by system, its controls, and what the best answer could reach."""
    chains = [chain_of(one) for one in found]
    true = [is_true(*one) for one in zip(asked, chains, strict=True)]
    could = [could_be_true(one) for one in asked]
    slow = sum(is_true(one, all_slow(chain)) for one, chain in zip(asked, chains, strict=True))
    others = sum(map(is_true, asked, others_chains(asked, chains)))
    by_system = [
        f"{name} {sum(t for t, one in zip(true, asked, strict=True) if one.system == name)} of "
        f"{sum(one.system == name for one in asked)}"
        for name in sorted({one.system for one in asked})
    ]
    return (
        f"{title}: grounded path {sum(true)} of {len(asked)} ({', '.join(by_system)}); of the "
        f"{sum(could)} where a true chain of deviating components exists at all "
        f"{sum(a and b for a, b in zip(true, could, strict=True))}. Controls: every component said "
        f"to be slow {slow}, the chain of another incident of the system {others}."
    )
