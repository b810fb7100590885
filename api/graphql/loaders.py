"""Typed batch loaders, one per nested edge: a page of parents costs one statement per edge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from strawberry.dataloader import DataLoader

from graph import (
    components,
    conditions,
    decisions,
    diagnoses,
    edges,
    escalations,
    executions,
    findings,
    incidents,
    metrics,
    occurrences,
    problems,
    proposals,
    reports,
)
from graph import (
    confirmed_causes as causes,
)
from graph import (
    incident_acts as acts,
)
from graph.client import Graph
from graph.components import ComponentProblem
from graph.events import Events, SignallingEvent
from labo.bootstrap import Services
from labo.domain.causality.edges import CausalEdge, Evidence
from labo.domain.entities.components import Component
from labo.domain.entities.diagnoses import Diagnosis
from labo.domain.entities.metrics import Exposure, Metric
from labo.domain.entities.problems import Problem
from labo.domain.escalation.executions import Execution
from labo.domain.escalation.facts import EscalationState
from labo.domain.escalation.proposals import Decision, Finding, Proposal
from labo.domain.escalation.reports import Report
from labo.domain.incidents.acts import Handling, IncidentAct
from labo.domain.incidents.confirmed_causes import ConfirmedCause
from labo.domain.incidents.incidents import Incident, Occurrence
from labo.domain.knowledge.signatures import Signature
from labo.services.incidents.recurrence import Recurrence, find_recurrences

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def one_each(
    fetch: Callable[[list[K]], Awaitable[Iterable[V]]], key: Callable[[V], K]
) -> DataLoader[K, V | None]:
    """Loads the value of each key; None where there is none."""

    async def load(keys: list[K]) -> Sequence[V | None]:
        by_key = {key(value): value for value in await fetch(keys)}
        return [by_key.get(wanted) for wanted in keys]

    return DataLoader(load_fn=load)


def by_key(fetch: Callable[[list[K]], Awaitable[dict[K, V]]]) -> DataLoader[K, V | None]:
    """Loads from a look-up that returns a mapping; None where there is nothing."""

    async def load(keys: list[K]) -> Sequence[V | None]:
        values = await fetch(keys)
        return [values.get(wanted) for wanted in keys]

    return DataLoader(load_fn=load)


def many_each(
    fetch: Callable[[list[K]], Awaitable[Iterable[tuple[K, V]]]],
) -> DataLoader[K, list[V]]:
    """Loads all values of each key, in the order fetched; `fetch` yields (key, value)."""

    async def load(keys: list[K]) -> Sequence[list[V]]:
        values: defaultdict[K, list[V]] = defaultdict(list)
        for owner, value in await fetch(keys):
            values[owner].append(value)
        return [values[wanted] for wanted in keys]

    return DataLoader(load_fn=load)


def grouped(
    fetch: Callable[[list[K]], Awaitable[Iterable[V]]], key: Callable[[V], K]
) -> DataLoader[K, list[V]]:
    """Loads all values of each key, in the order fetched; `key` gives the parent of a value."""

    async def pairs(keys: list[K]) -> list[tuple[K, V]]:
        return [(key(value), value) for value in await fetch(keys)]

    return many_each(pairs)


def first_each(
    fetch: Callable[[list[str], int], Awaitable[Mapping[str, Sequence[V]]]],
) -> DataLoader[tuple[str, int], list[V]]:
    """Loads the first values of each key (owner, how many): a page never loads what it hides."""

    async def load(keys: list[tuple[str, int]]) -> Sequence[list[V]]:
        owners = sorted({owner for owner, _ in keys})
        values = await fetch(owners, max(count for _, count in keys))
        return [list(values.get(owner, ())[:count]) for owner, count in keys]

    return DataLoader(load_fn=load)


def first_grouped(
    fetch: Callable[[list[str], int], Awaitable[Iterable[V]]], owner: Callable[[V], str]
) -> DataLoader[tuple[str, int], list[V]]:
    """As `first_each`; `owner` gives the parent of a value."""

    async def by_owner(owners: list[str], count: int) -> Mapping[str, Sequence[V]]:
        values: defaultdict[str, list[V]] = defaultdict(list)
        for value in await fetch(owners, count):
            values[owner(value)].append(value)
        return values

    return first_each(by_owner)


@dataclass(frozen=True)
class KnowledgeLoaders:
    """Components, problems, edges and metrics by their keys. Calls, problems on a component, edges
    and evidence are bounded per parent; a signature and what a component exposes are whole."""

    component: DataLoader[str, Component | None]
    callees: DataLoader[str, list[str]]
    callers: DataLoader[str, list[str]]
    exposures: DataLoader[str, list[Exposure]]
    problems_on: DataLoader[str, list[ComponentProblem]]
    metric: DataLoader[str, Metric | None]
    problem: DataLoader[str, Problem | None]
    signatures: DataLoader[str, list[Signature]]
    edge: DataLoader[str, CausalEdge | None]
    edges_to: DataLoader[str, list[CausalEdge]]
    edges_from: DataLoader[str, list[CausalEdge]]
    evidence: DataLoader[str, list[Evidence]]


def knowledge_loaders(graph: Graph) -> KnowledgeLoaders:
    async def callees(keys: list[str]) -> list[tuple[str, str]]:
        return [(d.source, d.target) for d in await components.find_dependencies(graph, keys)]

    async def callers(keys: list[str]) -> list[tuple[str, str]]:
        found = await components.find_dependencies(graph, keys, "callers")
        return [(d.target, d.source) for d in found]

    return KnowledgeLoaders(
        component=by_key(lambda keys: components.find_by_keys(graph, keys)),
        callees=many_each(callees),
        callers=many_each(callers),
        exposures=grouped(lambda keys: metrics.exposures(graph, keys), lambda e: e.component),
        problems_on=grouped(
            lambda keys: components.problems_of(graph, keys), lambda p: p.component
        ),
        metric=by_key(lambda keys: metrics.find_by_keys(graph, keys)),
        problem=by_key(lambda keys: problems.find_by_keys(graph, keys)),
        signatures=grouped(
            lambda keys: conditions.find_signatures(graph, keys), lambda s: s.problem
        ),
        edge=by_key(lambda keys: edges.find_by_keys(graph, keys)),
        edges_to=grouped(lambda keys: edges.find_by_effect(graph, keys), lambda e: e.effect),
        edges_from=grouped(lambda keys: edges.find_by_cause(graph, keys), lambda e: e.cause),
        evidence=grouped(lambda keys: edges.find_evidence(graph, keys), lambda e: e.edge),
    )


@dataclass(frozen=True)
class CaseLoaders:
    """An incident and what hangs on it: its occurrences and their events oldest first, all else
    newest first. Keys with a number ask for the first so many."""

    incident: DataLoader[str, Incident | None]
    handling: DataLoader[str, Handling | None]
    recurrence: DataLoader[str, Recurrence | None]
    acts: DataLoader[tuple[str, int], list[IncidentAct]]
    occurrences: DataLoader[tuple[str, int], list[Occurrence]]
    events: DataLoader[tuple[str, int], list[SignallingEvent]]
    raw: DataLoader[str, str | None]
    diagnoses: DataLoader[tuple[str, int], list[Diagnosis]]
    proposals: DataLoader[tuple[str, int], list[Proposal]]
    decision: DataLoader[str, Decision | None]
    causes: DataLoader[tuple[str, int], list[ConfirmedCause]]
    findings: DataLoader[tuple[str, int], list[Finding]]
    escalation: DataLoader[str, EscalationState | None]
    executions: DataLoader[tuple[str, int], list[Execution]]
    reports: DataLoader[tuple[str, int], list[Report]]


def case_loaders(graph: Graph) -> CaseLoaders:
    events = Events(graph)
    return CaseLoaders(
        incident=one_each(partial(incidents.find_by_ids, graph), lambda i: i.id),
        handling=one_each(partial(acts.find_handling, graph), lambda h: h.incident),
        recurrence=one_each(partial(find_recurrences, graph), lambda r: r.incident),
        acts=first_grouped(partial(acts.find_by_incidents, graph), lambda a: a.incident),
        occurrences=first_each(partial(occurrences.find_first, graph)),
        events=first_grouped(events.find_by_occurrences, lambda e: e.occurrence),
        raw=by_key(events.find_raw),
        diagnoses=first_grouped(partial(diagnoses.find_by_incidents, graph), lambda d: d.incident),
        proposals=first_each(partial(proposals.find_by_incidents, graph)),
        decision=by_key(partial(decisions.find_by_proposals, graph)),
        causes=first_grouped(partial(causes.find_by_incidents, graph), lambda c: c.incident),
        findings=first_grouped(partial(findings.find_by_incidents, graph), lambda f: f.incident),
        escalation=by_key(partial(escalations.find_by_incidents, graph)),
        executions=first_grouped(
            partial(executions.find_by_incidents, graph), lambda e: e.incident
        ),
        reports=first_grouped(partial(reports.find_by_incidents, graph), lambda r: r.incident),
    )


@dataclass(frozen=True)
class Loaders:
    """Live for one request: they cache what they load."""

    cases: CaseLoaders
    knowledge: KnowledgeLoaders


def loaders(services: Services) -> Loaders:
    return Loaders(case_loaders(services.graph), knowledge_loaders(services.graph))
