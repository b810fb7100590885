"""From a diagnosed chain to the scenario that tests one of its links."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from labo.domain.causality.cooccurrence import RelatedComponent
from labo.domain.causality.edges import CausalEdge, Relation
from labo.domain.entities.conditions import Direction, metric_and_direction
from labo.domain.entities.diagnoses import Chain
from labo.domain.entities.keys import digest
from labo.domain.entities.series import Case
from labo.domain.lab.design import Aim, Candidate, Past, chosen
from labo.domain.lab.manipulations import MANIPULATIONS, claims, likes
from labo.domain.lab.policies import Policy
from labo.domain.lab.runs import LabRound
from labo.domain.lab.scenarios import (
    EdgeUnderTest,
    Fault,
    Scenario,
    Success,
    Symptom,
    check,
)

SECONDS, ONSET_S, PAIRS = 90.0, 45.0, 4
"""Simulated seconds of one run, its fault's onset, and the pairs of an experiment: the fewest that
validate a claim when all of them show the effect."""

_RUNS = 2 * PAIRS
_QUANTITIES = (
    ("duration", ("duration", "self_time")),
    ("errors", ("error_ratio", "error_rate", "errors")),
    ("rate", ("rate",)),
)
_DERIVED = ("trace.", "log.")
"""Prefixes of series that Labo derives from spans and lines; an arm's measurements lack them."""


@dataclass(frozen=True, slots=True, eq=False)
class LabContext:
    """A case in the lab: `roles` of its components, and `able`, which of them can have each kind of
    fault."""

    system: str
    case: Case
    roles: Mapping[str, str]
    able: Mapping[str, Collection[str]]


def scenarios_of(context: LabContext, chain: Chain) -> list[Scenario]:
    """Per link of the chain and fault that directly provokes the link's cause, the scenario that
    tests the link, along with all other claims that such a run tests; in a fixed order.
    """
    faults = sorted({one.fault for one in MANIPULATIONS})
    states = [*zip(chain.components, chain.conditions, strict=True)]
    found = []
    for (cause, cause_state), (effect, effect_state) in pairwise(states):
        for fault in faults:
            if cause not in context.able.get(fault, ()) or _comes_from_outside(
                context, fault, cause
            ):
                continue
            tested_edges = list(_edges_under_test(context, fault, cause))
            for tested in tested_edges:
                same_link = tested.effect.component == effect
                if (
                    same_link
                    and _is(tested.cause, cause_state)
                    and _is(tested.effect, effect_state)
                ):
                    found.append(_scenario(context.system, fault, tested, tested_edges))
                    break
    return found


def propose(
    scenarios: Sequence[Scenario],
    edges: Mapping[str, CausalEdge],
    earlier: Sequence[LabRound],
    *,
    at: str,
    policy: Policy,
    turn: str,
) -> Scenario | None:
    """The scenario with the largest expected information (`lab.design`), or a random one; None when
    no run would yield information about any claim.

    Of links that are worth a test, those whose cause is on component `at` come first. `edges` are
    the known ones by key; which manipulations work is learnt from `earlier` rounds. `turn` seeds
    tie-breaking and random choice.
    """
    fruitless = {one.scenario for one in earlier if one.experiment and not one.trials}
    left = [one for one in scenarios if one.key not in fruitless]
    here = [one for one in left if one.fault.target == at]
    past = past_of(earlier)
    chosen_here = _chosen(here, edges, past, policy, turn)
    return chosen_here or _chosen(left, edges, past, policy, turn)


def _chosen(
    scenarios: Sequence[Scenario],
    edges: Mapping[str, CausalEdge],
    past: Past,
    policy: Policy,
    turn: str,
) -> Scenario | None:
    left = {_candidate(one): one for one in scenarios}
    if not left:
        return None
    if policy is Policy.RANDOM:
        ordered = sorted(left.values(), key=lambda one: one.key)
        return random.Random(turn).choice(ordered)  # noqa: S311 - a repeatable draw, no secret
    best = chosen(
        left,
        edges,
        past,
        system=scenarios[0].system,
        budget=_RUNS,
        seed=int(digest("turn", turn, length=7), 16),
    )
    return left[best.candidate] if best is not None else None


def past_of(earlier: Sequence[LabRound]) -> Past:
    """The results of the experiments of earlier rounds."""
    tried: dict[tuple[str, str], tuple[int, int]] = {}
    shown: dict[tuple[str, str], tuple[int, float]] = {}
    for one in earlier:
        if not one.experiment:
            continue
        worked, failed = tried.get((one.manipulated, one.held), (0, 0))
        done = worked + one.trials, failed + max(0, PAIRS - one.trials)
        tried[one.manipulated, one.held] = done
        for edge, pairs, effect in zip(one.edges, one.pairs, one.effects, strict=False):
            count, total = shown.get((edge, one.held), (0, 0.0))
            shown[edge, one.held] = count + pairs, total + effect
    return Past(tried, shown)


def _edges_under_test(context: LabContext, fault: str, component: str) -> Iterator[EdgeUnderTest]:
    metrics: dict[str, set[str]] = {}
    for key in context.case.series:
        if not key.metric.startswith(_DERIVED):
            metrics.setdefault(key.component, set()).add(key.metric)
    target = RelatedComponent(component, context.roles.get(component, "service"), Relation.SAME)
    around = {target}
    for caller, callee in context.case.topology.dependencies:
        for other, relation in ((caller, Relation.CALLEE), (callee, Relation.CALLER)):
            if component in (caller, callee) and other != component:
                around.add(RelatedComponent(other, context.roles.get(other, "service"), relation))
    ordered = sorted(around, key=lambda neighbour: (neighbour.component, neighbour.relation))
    return claims(fault, target, ordered, metrics)


def _comes_from_outside(context: LabContext, fault: str, component: str) -> bool:
    """Whether the fault enters from outside: a traffic spike arrives at the entry, whatever its
    target."""
    return fault == "traffic_spike" and component != context.case.target


def _is(symptom: Symptom, state: str) -> bool:
    """Whether the symptom matches a chain's state, in whatever statistic."""
    shown = metric_and_direction(state)
    if shown is None or shown[1] is not symptom.direction:
        return False
    return _quantity(symptom.metric) == _quantity(shown[0])


def _quantity(metric: str) -> str:
    for name, words in _QUANTITIES:
        if any(word in metric for word in words):
            return name
    return metric


def _scenario(
    system: str, fault: str, tested: EdgeUnderTest, tested_edges: Sequence[EdgeUnderTest]
) -> Scenario:
    names = (fault, tested.cause.name, tested.effect.name, tested.edge)
    better = Direction.LOW if tested.effect.direction is Direction.HIGH else Direction.HIGH
    return check(
        Scenario(
            # The same test in the same system has the same key, and with it one range of seeds.
            key=f"learn-{digest('learn', system, *names, length=16)}",
            title=f"Does {tested.cause.name} cause {tested.effect.name}?",
            system=system,
            fault=Fault(fault, tested.cause.component, at=ONSET_S),
            success=(Success(tested.effect.name, better),),
            tests=tested,
            also=tuple(one for one in tested_edges if one != tested),
            seconds=SECONDS,
            seeds=PAIRS,
        )
    )


def _candidate(one: Scenario) -> Candidate:
    aims = {claim.edge: Aim(claim.edge, likes(claim)) for claim in one.claims}
    return Candidate(one.fault.kind, one.fault.target, tuple(aims.values()), PAIRS, _RUNS)
