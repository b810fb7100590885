"""What a minimal metric set is asked about: the table of rivals behind each kind of subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from graph import causality, components, conditions, diagnoses, edges, incidents, metrics, problems
from graph.client import Graph
from labo.domain.entities.diagnoses import component_probabilities
from labo.domain.entities.keys import component_key, owner_and_metric
from labo.domain.entities.series import Case, Topology, Window
from labo.domain.knowledge.signatures import signature_table
from labo.domain.metric_sets.incident_table import incident_table
from labo.domain.metric_sets.sets import HEALTHY, Pair, SignatureTable
from labo.errors import InvalidInput, NotFound

MAX_RIVALS = 100
EDGE_RIVALS = 20
EDGE_DEPTH = 3
_NO_TIME = Window(datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Subject:
    """One of them: a problem (its causes), an incident (its suspects), a causal edge, problems to
    distinguish (keys; none stands for those that have a signature, the `MAX_RIVALS` seen last).
    Raises InvalidInput.
    """

    problem: str | None = None
    incident: str | None = None
    edge: str | None = None
    problems: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        subjects = (self.problem, self.incident, self.edge, self.problems)
        if sum(one is not None for one in subjects) != 1:
            raise InvalidInput(
                "name a problem, an incident, an edge or a list of problems, one of them",
                where="problem",
            )


@dataclass(frozen=True, slots=True)
class Question:
    """`prior` weighs the rivals. `pairs`, where given, are all that must be separated.

    For an incident, `system` and `roles` (component → role) say where its columns are measured;
    `ends` are an edge's cause and effect.
    """

    table: SignatureTable
    prior: Mapping[str, float]
    pairs: frozenset[Pair] | None = None
    system: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    ends: Pair | None = None


async def ask(graph: Graph, subject: Subject) -> Question:
    """Raises NotFound, and InvalidInput when there is nothing to separate."""
    if subject.problem is not None:
        return await _of_problem(graph, subject.problem)
    if subject.incident is not None:
        return await _of_incident(graph, subject.incident)
    if subject.edge is not None:
        return await _of_edge(graph, subject.edge)
    return await _of_problems(graph, subject.problems or ())


async def _of_problem(graph: Graph, key: str) -> Question:
    chains = (await causality.named_causes(graph, key, limit=MAX_RIVALS)).chains
    if not chains:
        raise InvalidInput(
            "nothing is known to cause this problem yet", where=key, hint="propose an edge"
        )
    downstream = {chain.problems[0]: chain.problems[1:] for chain in chains}
    table = await _table(graph, list(downstream), downstream)
    return Question(table, {chain.problems[0]: chain.probability for chain in chains})


async def _of_problems(graph: Graph, keys: Sequence[str]) -> Question:
    if len(keys) > MAX_RIVALS:
        raise InvalidInput(f"at most {MAX_RIVALS} problems", where="problems")
    if keys:
        compared = [await problems.get(graph, key) for key in dict.fromkeys(keys)]
    else:
        compared = await problems.find(graph, shown=True, limit=MAX_RIVALS)
    rivals = [problem.key for problem in compared]
    claims = await edges.find_by_cause(graph, rivals)
    downstream: dict[str, list[str]] = {}
    for claim in claims:
        downstream.setdefault(claim.cause, []).append(claim.effect)
    table = await _table(graph, rivals, downstream, only_shown=not keys)
    if not table.causes:
        raise InvalidInput("no problem has a signature yet", where="problems")
    return Question(table, {p.key: 1.0 + p.occurrences for p in compared if p.key in table.causes})


async def _of_edge(graph: Graph, key: str) -> Question:
    """Witnesses of both ends, and the cause against the effect's other and common causes.

    What leads to the effect through the cause is not its rival.
    """
    edge = await edges.get(graph, key)
    cause, effect = edge.cause, edge.effect
    chains = await causality.causes(graph, effect, max_depth=EDGE_DEPTH, limit=EDGE_RIVALS)
    others = {c.problems[0]: c for c in chains if cause not in c.problems}
    others.pop(effect, None)
    downstream = {key: chain.problems[1:] for key, chain in others.items()} | {cause: (effect,)}
    table = await _table(graph, [cause, effect, *others], downstream)
    pairs = {(cause, other) for other in (*others, effect, HEALTHY)} | {(effect, HEALTHY)}
    prior = {key: chain.probability for key, chain in others.items()}
    return Question(
        table, {**prior, cause: edge.probability}, frozenset(pairs), ends=(cause, effect)
    )


async def _table(
    graph: Graph,
    rivals: Sequence[str],
    downstream: Mapping[str, Sequence[str]],
    *,
    only_shown: bool = False,
) -> SignatureTable:
    signatures = await conditions.find_signatures(graph, rivals)
    shown = {signature.problem for signature in signatures}
    compared = [key for key in rivals if key in shown] if only_shown else rivals
    priced = await metrics.find_by_keys(graph, {s.metric for s in signatures})
    costs = {key: metric.cost for key, metric in priced.items()}
    return signature_table(compared, signatures, costs, downstream)


async def _of_incident(graph: Graph, key: str) -> Question:
    """The suspects of the newest diagnosis, over the topology as it is now."""
    incident = await incidents.get(graph, key)
    by_incident = await diagnoses.find_by_incidents(graph, [incident.id])
    if not by_incident or not by_incident[0].analysis.chains:
        raise NotFound("this incident has no suspects", where=key, hint="diagnose it first")
    analysis = by_incident[0].analysis
    target = analysis.chains[0].components[-1]
    around = await components.neighbourhood(graph, component_key(incident.system, target))
    names = {component.key: component.name for component in around.components}
    calls = tuple((names[d.source], names[d.target]) for d in around.dependencies)
    roles = {component.name: component.role for component in around.components}
    case = Case(
        name=key,
        target=target,
        symptom=_NO_TIME,
        baseline=_NO_TIME,
        topology=Topology(tuple(names.values()), calls),
        series={},
        roles=roles,
    )
    table = incident_table(case, analysis)
    prices = await metrics.find_by_keys(
        graph, {owner_and_metric(name)[1] for name in table.metrics}
    )
    costs = {
        name: prices[metric].cost if (metric := owner_and_metric(name)[1]) in prices else 1.0
        for name in table.metrics
    }
    prior = component_probabilities(analysis.suspects)
    return Question(replace(table, costs=costs), prior, system=incident.system, roles=roles)
