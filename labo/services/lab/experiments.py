"""Experiments: planned once, run in batches of seeds until settled, counted as evidence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property

import structlog

from graph import experiments, jobs, problems, scenarios
from graph.client import Graph, Transaction
from labo.domain.entities.jobs import JobKind
from labo.domain.lab.claims import Trials, as_intervention
from labo.domain.lab.paired_runs import Observation
from labo.domain.lab.results import (
    EdgeTest,
    Experiment,
    ExperimentStatus,
    Result,
    result_of,
    watched,
)
from labo.domain.lab.scenarios import Arm, EdgeUnderTest, Scenario, check, experiment_id
from labo.errors import InvalidInput, NotFound
from labo.ports.jobs import Jobs
from labo.ports.scenario_runner import ScenarioRunner
from labo.services.causality.evidence import EvidenceService

log = structlog.get_logger()

BATCH = 4
"""Seeds between two interim tests; both arms run them at once, each in a process of its own."""

ENOUGH_S = 180.0
"""No further batch is started after this long: a worker's job ends at 270 s, and a batch may take
80 s."""

_WRITER = "lab"

Tried = Mapping[str, tuple[EdgeUnderTest, Trials]]
"""The pairs' evidence on each claim, by its edge's key."""

Progress = Callable[[int, int], None]
"""Called with the number of pairs done, and of all."""


class ExperimentService:
    """Running the same experiment again changes nothing: its seeds give the same runs.

    `known` reads the scenarios that can be run; it is called when the first is asked for.
    """

    def __init__(
        self,
        graph: Graph,
        evidence: EvidenceService,
        runner: ScenarioRunner,
        known: Callable[[], Mapping[str, Scenario]],
        messages: Jobs,
    ) -> None:
        self._graph = graph
        self._evidence = evidence
        self._runner = runner
        self._read_known = known
        self._messages = messages

    @cached_property
    def _known(self) -> Mapping[str, Scenario]:
        return self._read_known()

    @property
    def scenarios(self) -> list[Scenario]:
        """Those that can be run, in the order of their keys."""
        return [self._known[key] for key in sorted(self._known)]

    async def scenario(self, key: str) -> Scenario:
        """The one that can be run, else one that was run. Raises NotFound."""
        if key in self._known:
            return self._known[key]
        return await scenarios.get(self._graph, key)

    async def plan(
        self, key: str, *, by: str, seeds: int | None = None, seconds: float | None = None
    ) -> Experiment:
        """Plan an experiment over seeds that no other one of this scenario has.

        `seconds` and `seeds` are the scenario's own by default. Raises NotFound, InvalidInput.
        """
        return await self._plan(
            chosen(self._known, key, seeds=seeds, seconds=seconds), by, enqueue=False
        )

    async def request(
        self, key: str, *, by: str, seeds: int | None = None, seconds: float | None = None
    ) -> Experiment:
        """As `plan`, and have a worker run it."""
        return await self._plan(
            chosen(self._known, key, seeds=seeds, seconds=seconds), by, enqueue=True
        )

    async def plan_scenario(self, scenario: Scenario, *, by: str) -> Experiment:
        """As `plan`, of a scenario that comes from elsewhere; it is stored whole. Raises
        InvalidInput."""
        return await self._plan(check(scenario), by, enqueue=False)

    async def plan_once(self, scenario: Scenario, *, by: str) -> Experiment:
        """As `plan_scenario`, unless `by` was the last one to plan this scenario: then it is that
        experiment. So a plan that is repeated sets no further seeds aside."""
        for latest in await experiments.find_latest(self._graph, [scenario.key], limit=1):
            if latest.requested_by == by:
                return latest
        return await self.plan_scenario(scenario, by=by)

    async def run(self, id_: str, *, report: Progress | None = None) -> Experiment:
        """Run a planned experiment and save its result; an ended one is returned as it is.

        One that the engine refuses, or whose claim no longer exists, ends as failed. Raises
        NotFound, and Unavailable when the engine is: it is still planned then.
        """
        experiment = await experiments.get(self._graph, id_)
        if experiment.status is not ExperimentStatus.PLANNED:
            return experiment
        stored_scenario = await scenarios.get(self._graph, experiment.scenario)
        scenario = replace(stored_scenario, seconds=experiment.seconds)
        try:
            result, found = await run_pairs(self._runner, scenario, experiment.all_seeds, report)
            done = await self._counted(
                scenario, experiment.with_result(result, datetime.now(UTC)), found
            )
        except InvalidInput as error:
            return await self._end(
                replace(experiment, status=ExperimentStatus.FAILED, reason=str(error))
            )
        log.info("experiment.done", experiment=id_, verdict=result.verdict, pairs=result.pairs)
        return await self._end(done)

    async def latest(self) -> list[Experiment]:
        """Of every scenario that can be run the latest experiment, if it has one; newest first."""
        return await experiments.find_latest(self._graph, self._known, limit=1)

    async def _plan(self, scenario: Scenario, by: str, *, enqueue: bool) -> Experiment:
        async def unit(tx: Transaction) -> Experiment:
            first = await scenarios.reserve(tx, scenario, scenario.seeds, written_by=_WRITER)
            planned = Experiment(
                id=experiment_id(scenario.key, first),
                scenario=scenario.key,
                system=scenario.system,
                first_seed=first,
                seeds=scenario.seeds,
                seconds=scenario.seconds,
                requested_by=by,
            )
            await experiments.plan(tx, planned, written_by=_WRITER)
            if enqueue:
                await jobs.add(tx, JobKind.RUN_EXPERIMENT, [planned.id])
            return planned

        planned = await self._graph.write(unit, name="experiments.plan")
        if enqueue:
            workspace = self._graph.workspace
            await self._messages.enqueue(JobKind.RUN_EXPERIMENT, workspace, planned.id)
        return planned

    async def _counted(self, scenario: Scenario, done: Experiment, found: Tried) -> Experiment:
        """With its trials as evidence, on the edges that the claims have been merged into.

        The problems of a claim that was tried were brought about, and so really met.
        """
        at, result = done.ended_at, done.result
        if at is None or result is None or not scenario.tests_edge:
            return done
        tried = [(tested, trials) for tested, trials in found.values() if trials.differences]

        async def unit(tx: Transaction) -> None:
            symptoms = {s.problem.key: s for tested, _ in tried for s in tested.symptoms}
            met = [replace(s.problem, first_seen=at, last_seen=at) for s in symptoms.values()]
            await problems.upsert(tx, met, written_by=_WRITER)

        await self._graph.write(unit, name="experiments.count")
        merged = {}
        for tested, trials in tried:
            runs = as_intervention(done.id, scenario.system, tested, trials, ended_at=at)
            if runs is not None:
                [edge] = await self._evidence.record_experiment(runs, by=_WRITER)
                merged[tested.edge] = edge.key
        return replace(done, result=_renamed(result, merged))

    async def _end(self, experiment: Experiment) -> Experiment:
        """As it ended; where another worker ended it first, that one's result."""

        async def unit(tx: Transaction) -> bool:
            return await experiments.end(tx, experiment)

        if await self._graph.write(unit, name="experiments.end"):
            return experiment
        return await experiments.get(self._graph, experiment.id)


def _renamed(result: Result, merged: Mapping[str, str]) -> Result:
    """Each claim under the key of the edge that counted it."""

    def now(test: EdgeTest) -> EdgeTest:
        return replace(test, edge=merged.get(test.edge, test.edge))

    edge = now(result.edge) if result.edge is not None else None
    return replace(result, edge=edge, also=tuple(now(test) for test in result.also))


def chosen(
    known: Mapping[str, Scenario],
    key: str,
    *,
    seeds: int | None = None,
    seconds: float | None = None,
) -> Scenario:
    """The scenario, with other figures where they are given. Raises NotFound, InvalidInput."""
    own = known.get(key)
    if own is None:
        raise NotFound("no such scenario", where=key, hint=f"there are: {', '.join(sorted(known))}")
    return check(
        replace(
            own,
            seeds=own.seeds if seeds is None else seeds,
            seconds=own.seconds if seconds is None else seconds,
        )
    )


async def run_pairs(
    runner: ScenarioRunner,
    scenario: Scenario,
    seeds: range,
    report: Progress | None = None,
    *,
    enough_s: float = ENOUGH_S,
) -> tuple[Result, Tried]:
    """Run both arms batch by batch until the stop is settled, the seeds or the time are used up.

    Raises InvalidInput when the engine refuses the arm or nothing measured the success metric,
    Unavailable.
    """
    arm_a, arm_b = scenario.arms
    a: list[Observation] = []
    b: list[Observation] = []
    until = time.monotonic() + enough_s
    for start in range(0, len(seeds), BATCH):
        batch = seeds[start : start + BATCH]
        new_a, new_b = await _both(runner, (arm_a, arm_b), batch)
        a.extend(new_a)
        b.extend(new_b)
        if report:
            report(len(a), len(seeds))
        if watched(scenario, a, b).settled or time.monotonic() > until:
            break
    return result_of(scenario, a, b, planned=len(seeds))


async def _both(
    runner: ScenarioRunner, arms: tuple[Arm, Arm], seeds: Sequence[int]
) -> tuple[list[Observation], list[Observation]]:
    """Both arms at once; when one fails, the other one is stopped."""
    try:
        async with asyncio.TaskGroup() as both:
            a, b = (both.create_task(runner.run(arm, seeds)) for arm in arms)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    return a.result(), b.result()
