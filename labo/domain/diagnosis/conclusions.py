"""What a diagnosis observed: problems along the chain, their occurrences, and proposed edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from labo.domain.causality.belief import claim
from labo.domain.causality.edges import CausalEdge, Evidence, EvidenceKind, Outcome, Relation
from labo.domain.entities.conditions import (
    Condition,
    Direction,
    condition,
    metric_and_direction,
)
from labo.domain.entities.diagnoses import SURE, Analysis, Chain
from labo.domain.entities.keys import component_key, digest
from labo.domain.entities.problems import Problem, metric_problem
from labo.domain.entities.severity import Severity
from labo.domain.incidents.incidents import Occurrence, occurrence_id
from labo.domain.incidents.seen import seen_key


@dataclass(frozen=True, slots=True)
class Observed:
    """`conditions[i]` is the condition of `occurrences[i]`, `problems[i]` its problem.

    `claims` pairs each edge with the observation that is evidence for it.
    """

    problems: tuple[Problem, ...]
    occurrences: tuple[Occurrence, ...]
    conditions: tuple[Condition, ...]
    claims: tuple[tuple[CausalEdge, Evidence], ...]


def observe(
    incident: str,
    system: str,
    target: Occurrence,
    seen_until: datetime,
    analysis: Analysis,
    roles: Mapping[str, str],
    canonical: Mapping[str, str],
) -> Observed:
    """Knowledge from the leading suspect's chain; empty unless the verdict is LIKELY or CONFIRMED.

    Each deviating component before the target shows a problem of its own, named by its role and
    behaviour; for neighbours in the chain it is claimed that *the callee's problem causes the
    caller's*. `roles` is by component name; `canonical` maps the key of a merged problem to the one
    it is an alias of. Repeating the same diagnosis gives the same ids.
    """
    if analysis.verdict not in SURE or not analysis.chains or not analysis.suspects:
        return Observed((), (), (), ())
    seen = [
        _met(system, target, seen_until, name, state, roles.get(name, "service"), canonical)
        for name, state in _deviating(analysis.chains[0])
    ]
    path = [problem for problem, _, _ in seen]
    keys = [*(problem.key for problem in path), target.problem]
    weight = analysis.suspects[0].probability
    claims = tuple(
        _claim(incident, system, target, cause, effect, weight)
        for cause, effect in pairwise(keys)
        if cause != effect  # the same kind of problem on both is no evidence about causes
    )
    return Observed(
        tuple(path),
        tuple(occurrence for _, occurrence, _ in seen),
        tuple(met for _, _, met in seen),
        claims,
    )


def _deviating(chain: Chain) -> list[tuple[str, tuple[str, Direction]]]:
    """Component and state of each hop before the target that deviates, cause first."""
    hops = zip(chain.components[:-1], chain.conditions[:-1], strict=True)
    return [(name, shown) for name, state in hops if (shown := metric_and_direction(state))]


def _met(
    system: str,
    target: Occurrence,
    seen_until: datetime,
    name: str,
    state: tuple[str, Direction],
    role: str,
    canonical: Mapping[str, str],
) -> tuple[Problem, Occurrence, Condition]:
    met, shown = condition(role, *state), metric_problem(role, *state)
    problem = replace(
        shown,
        key=canonical.get(shown.key, shown.key),
        severity=Severity.WARNING,
        first_seen=target.started_at,
        last_seen=target.started_at,
    )
    component = component_key(system, name)
    dedup_key = seen_key(component, problem.key)
    occurrence = Occurrence(
        id=occurrence_id(dedup_key, problem.key, component, target.started_at),
        problem=problem.key,
        component=component,
        severity=Severity.WARNING,
        started_at=target.started_at,
        dedup_key=dedup_key,
        ended_at=seen_until,
    )
    return problem, occurrence, met


def _claim(
    incident: str, system: str, target: Occurrence, cause: str, effect: str, weight: float
) -> tuple[CausalEdge, Evidence]:
    edge = claim(cause, effect, Relation.CALLEE)
    evidence = Evidence(
        id=digest("observation", incident, edge.key),
        edge=edge.key,
        kind=EvidenceKind.OBSERVATION,
        polarity=1,
        weight=round(weight, 4),
        observed_at=target.started_at,
        summary=f"both deviated along the dependency in incident {incident}",
        system=system,
        outcome=Outcome.TOGETHER,
    )
    return edge, evidence
