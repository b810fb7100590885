"""Minimal metric sets and plans: the stored set, else what can be found at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from graph import components, incidents, metric_sets, metrics, problems
from graph.client import Graph, Transaction
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.keys import component_key, owner_and_metric
from labo.domain.metric_sets.plans import Plan, plan_for
from labo.domain.metric_sets.sets import (
    HEALTHY,
    Demand,
    Measurement,
    MinimalSet,
    Purpose,
    SignatureTable,
    State,
    located,
)
from labo.errors import InvalidInput, NotFound
from labo.ports.set_solver import SetSolver
from labo.services.metric_sets.questions import Question, Subject, ask

AT_ONCE_S = 0.05
"""Time limit of the search for a set that is not stored: half of the tenth of a second that a
person still perceives as instantaneous (Miller 1968); reading the question takes the rest. A stored
set's proof takes longer."""
PROOF_S = 10.0
MAX_PLAN = 6
_ABNORMAL = (State.HIGH, State.LOW)


class MetricSetService:
    """The fewest metrics that separate rival causes, and the order in which to measure them."""

    def __init__(self, graph: Graph, solver: SetSolver) -> None:
        self._graph, self._solver = graph, solver

    async def minimal(
        self, subject: Subject, demand: Demand | None = None, *, time_limit_s: float = AT_ONCE_S
    ) -> MinimalSet:
        """The stored set where it answers this, else the best that is found within the limit.

        Raises NotFound, InvalidInput, Unavailable.
        """
        wanted = demand or Demand()
        if wanted.is_plain and (kept := await self._kept(subject)):
            return kept
        question = await ask(self._graph, subject)
        minimal = await self._solver.solve(
            question.table, wanted, pairs=question.pairs, time_limit_s=time_limit_s
        )
        return await self._located(minimal, question)

    async def plan(self, subject: Subject, demand: Demand | None = None, *, depth: int = 3) -> Plan:
        """What to measure first, and next after each measurement. Raises NotFound, InvalidInput."""
        if not 1 <= depth <= MAX_PLAN:
            raise InvalidInput(f"from 1 to {MAX_PLAN} measurements", where="depth")
        wanted = demand or Demand()
        question = await ask(self._graph, subject)
        # An incident has a symptom: a healthy system is not a rival of its suspects.
        healthy = wanted.healthy and question.system is None
        prior = dict(question.prior)
        if healthy:
            prior[HEALTHY] = sum(prior.values()) / max(len(prior), 1)
        asked = replace(wanted, healthy=healthy)
        return await asyncio.to_thread(plan_for, question.table, asked, depth=depth, prior=prior)

    async def table(self, subject: Subject) -> SignatureTable:
        """Expected measurements under each rival. Raises NotFound, InvalidInput."""
        return (await ask(self._graph, subject)).table

    async def refresh(self, problem: str) -> None:
        """Recompute and save the set of a problem, with its proof. Idempotent.

        Raises NotFound for an unknown problem.
        """
        stored = await problems.get(self._graph, problem)
        try:
            question = await ask(self._graph, Subject(problem=stored.key))
        except InvalidInput:
            await self._graph.write(lambda tx: metric_sets.delete(tx, stored.key), name="forget")
            return
        chosen = await self._solver.solve(question.table, Demand(), time_limit_s=PROOF_S)
        chosen = located(chosen)

        async def unit(tx: Transaction) -> None:
            await metric_sets.upsert(tx, stored.key, chosen)

        await self._graph.write(unit, name=JobKind.REFRESH_METRIC_SET)

    async def _kept(self, subject: Subject) -> MinimalSet | None:
        key = subject.problem or subject.incident
        if key is None:
            return None
        if subject.problem:
            key = (await problems.get(self._graph, key)).key
        found = (await metric_sets.find_by_subjects(self._graph, [key])).get(key)
        if found is None or not subject.incident:
            return found
        return await self._with_components(found, subject.incident)

    async def _with_components(self, found: MinimalSet, incident: str) -> MinimalSet:
        try:
            system = (await incidents.get(self._graph, incident)).system
        except NotFound:
            return found
        names = {owner_and_metric(name)[0] for name in found.metrics}
        known = await components.find_by_keys(
            self._graph, [component_key(system, name) for name in names]
        )
        roles = {component.name: component.role for component in known.values()}
        question = Question(SignatureTable((), (), {}, {}), {}, system=system, roles=roles)
        return await self._located(found, question)

    async def _located(self, found: MinimalSet, question: Question) -> MinimalSet:
        if question.system is None:
            found = located(found)
            return replace(found, measurements=_with_purpose(found, question))
        located_set = located(found, question.roles)
        keys = {
            r.component: component_key(question.system, r.component)
            for r in located_set.measurements
        }
        exposed = await metrics.exposures(self._graph, keys.values())
        selectors = {(e.component, e.metric): e.selector for e in exposed}
        return replace(
            located_set,
            measurements=tuple(
                replace(r, selector=selectors.get((keys[r.component], r.metric), ""))
                for r in located_set.measurements
            ),
        )


def _with_purpose(found: MinimalSet, question: Question) -> tuple[Measurement, ...]:
    """Of an edge: which measurements show its cause, and which its effect."""
    if question.ends is None:
        return found.measurements
    cause, effect = (question.table.states.get(end, {}) for end in question.ends)
    purposed = []
    for measurement in found.measurements:
        purpose = Purpose.SEPARATES
        if cause.get(measurement.name) in _ABNORMAL:
            purpose = Purpose.CAUSE_WITNESS
        elif effect.get(measurement.name) in _ABNORMAL:
            purpose = Purpose.EFFECT_WITNESS
        purposed.append(replace(measurement, purpose=purpose))
    return tuple(purposed)
