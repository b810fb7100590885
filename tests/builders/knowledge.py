"""Components, problems and claims with everything defaulted but what a test speaks of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from graph import components, edges, problems
from graph.client import Graph, Transaction
from labo.domain.causality.belief import claim
from labo.domain.causality.edges import CausalEdge, Evidence, EvidenceKind, Outcome, Relation
from labo.domain.entities.components import Component, Dependency, guess_role
from labo.domain.entities.keys import component_key
from labo.domain.entities.problems import Problem, ProblemKind
from labo.services.causality.recording import record

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_NUMBER = count(1)


def a_component(name: str = "checkout", *, system: str = "shop", role: str = "") -> Component:
    key = component_key(system, name)
    return Component(key, name, system=system, role=role or guess_role(name))


def a_problem(key: str = "slow", *, role: str = "service", title: str = "") -> Problem:
    return Problem(
        key,
        title or f"{key} on {role}",
        role,
        ProblemKind.METRIC,
        first_seen=NOON,
        last_seen=NOON,
    )


def an_evidence(
    edge: str = "",
    *,
    id_: str = "",
    kind: EvidenceKind = EvidenceKind.OBSERVATION,
    polarity: int = 1,
    weight: float = 1.0,
    provoked: bool = False,
) -> Evidence:
    """An observation is an opportunity with an hour before it in which nothing happened."""
    observed = kind is EvidenceKind.OBSERVATION
    hit = polarity > 0
    return Evidence(
        id=id_ or f"evidence-{next(_NUMBER)}",
        edge=edge,
        kind=kind,
        polarity=polarity,
        weight=weight,
        observed_at=NOON,
        summary="seen",
        provoked=provoked,
        outcome=(Outcome.HIT if hit else Outcome.MISS) if observed else None,
        gap=60.0 if observed and hit else None,
        order=int(observed and hit),
        exposure=3_600.0 if observed else 0.0,
    )


async def save_system(graph: Graph, *calls: tuple[str, str], system: str = "shop") -> None:
    """Components named in `calls` (caller, callee) with their dependencies."""
    names = dict.fromkeys(name for call in calls for name in call)
    parts = [a_component(name, system=system) for name in names]
    links = [
        Dependency(component_key(system, caller), component_key(system, callee))
        for caller, callee in calls
    ]

    async def unit(tx: Transaction) -> None:
        await components.upsert(tx, parts, links)

    await graph.write(unit)


async def save_problems(graph: Graph, *kept: Problem | str) -> None:
    found = [a_problem(item) if isinstance(item, str) else item for item in kept]

    async def unit(tx: Transaction) -> None:
        await problems.upsert(tx, found, written_by="test")

    await graph.write(unit)


async def save_edge(
    graph: Graph,
    cause: str,
    effect: str,
    *,
    probability: float | None = None,
    relation: Relation = Relation.CALLEE,
) -> CausalEdge:
    """The claim with one observation; its ends are created. `probability` is set as it is."""
    await save_problems(graph, cause, effect)
    claimed = claim(cause, effect, relation)

    async def unit(tx: Transaction) -> CausalEdge:
        evidence = an_evidence(claimed.key, id_=f"seen-{claimed.key}")
        kept = await record(tx, claimed, evidence, written_by="test")
        assert kept is not None
        if probability is None:
            return kept
        changed = replace(kept, probability=probability)
        await edges.upsert(tx, changed, written_by="test")
        return changed

    return await graph.write(unit)
