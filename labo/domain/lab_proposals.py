"""From a found chain to the scenario that puts one of its links to the test."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise

from labo.domain.conditions import Direction
from labo.domain.diagnoses import Chain
from labo.domain.edges import Relation
from labo.domain.keys import digest
from labo.domain.scenarios import EdgeUnderTest, Fault, Scenario, Success, Symptom, check

SECONDS, ONSET_S, PAIRS = 90.0, 45.0, 4
"""Of one run; and so many pairs, which settle a claim when they all agree."""
_DERIVED = ("trace.", "log.")
"""Series that Labo makes of spans and lines; an arm's readings don't have them."""


def links(chain: Chain, roles: Mapping[str, str]) -> list[EdgeUnderTest]:
    """Neighbours of the chain that both deviate in a way an arm can measure, cause first."""
    symptoms = [
        _symptom(name, roles.get(name, "service"), state)
        for name, state in zip(chain.components, chain.conditions, strict=True)
    ]
    return [
        EdgeUnderTest(cause, effect, Relation.CALLEE)
        for cause, effect in pairwise(symptoms)
        if cause is not None and effect is not None
    ]


def propose(
    system: str,
    fault: Fault,
    tested: Collection[EdgeUnderTest],
    can_have: Collection[str],
    *,
    settled: Collection[str],
    fruitless: Collection[str],
) -> Scenario | None:
    """The scenario for the first link worth a test; None when there is none.

    The fault's own target is the best place to do its harm; another link is tested by the same
    kind of fault at its cause, if that is among the components that `can_have` it. Left out are
    `settled` edges (keys), and `fruitless` scenarios (keys), in which the cause never came.
    """
    ordered = sorted(tested, key=lambda one: one.cause.component != fault.target)
    for one in ordered:
        target = one.cause.component
        key = scenario_key(system, fault.kind, one)
        if one.edge in settled or key in fruitless or target not in can_have:
            continue
        return check(
            Scenario(
                key=key,
                title=f"Does {one.cause.name} bring about {one.effect.name}?",
                system=system,
                fault=Fault(fault.kind, target, fault.parameters, at=ONSET_S),
                success=(Success(one.effect.name, _better(one.effect.direction)),),
                tests=one,
                seconds=SECONDS,
                seeds=PAIRS,
            )
        )
    return None


def scenario_key(system: str, kind: str, tested: EdgeUnderTest) -> str:
    """The same test in the same system has the same key, so that no two of it share a seed."""
    names = (tested.cause.name, tested.effect.name, tested.edge)
    return f"learn-{digest('learn', system, kind, *names, length=16)}"


def _symptom(component: str, role: str, state: str) -> Symptom | None:
    metric, colon, way = state.rpartition(":")
    if not colon or metric.startswith(_DERIVED) or way not in (Direction.HIGH, Direction.LOW):
        return None
    return Symptom(component, role, metric, Direction(way))


def _better(direction: Direction) -> Direction:
    return Direction.LOW if direction is Direction.HIGH else Direction.HIGH
