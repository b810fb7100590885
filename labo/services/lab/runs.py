"""The learning loop of the lab: provoke, capture, diagnose, test, learn, repeat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from graph import edges, lab_runs
from graph.client import Graph, Transaction
from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import Analysis, Chain
from labo.domain.entities.series import Case
from labo.domain.entities.topology import role_of
from labo.domain.lab.proposals import LabContext, propose, scenarios_of
from labo.domain.lab.results import Experiment, Result
from labo.domain.lab.runs import (
    LabRound,
    LabRun,
    RoundStage,
    capture_of,
    check,
    next_round,
)
from labo.domain.lab.scenarios import Scenario
from labo.ports.scenario_runner import ScenarioRunner
from labo.services.knowledge.labelled_incidents import LabellingService
from labo.services.knowledge.reader import KnowledgeReader
from labo.services.lab.experiments import ExperimentService
from labo.services.learning.learner import LearningService

log = structlog.get_logger()

_ARMS = 2
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class LabNews:
    """How far a run is: rounds that are done, simulated seconds, and what it does now."""

    rounds: tuple[LabRound, ...]
    seconds: float
    doing: str


ShowProgress = Callable[[LabNews], None]


class LabRunService:
    """Runs of one workspace. All state is in the graph: an interrupted run goes on where it was,
    and one that has used up its hours does nothing more."""

    def __init__(
        self,
        graph: Graph,
        runner: ScenarioRunner,
        experiments: ExperimentService,
        labelled_incidents: LabellingService,
        learning: LearningService,
        known: KnowledgeReader,
    ) -> None:
        self._graph = graph
        self._runner = runner
        self._experiments = experiments
        self._labelled_incidents = labelled_incidents
        self._learning = learning
        self._known = known

    async def begin(self, asked: LabRun) -> LabRun:
        """The stored run of the same figures, else `asked`, which is then stored.

        Its simulated time ends about now where no epoch is given. Raises InvalidInput.
        """
        key = check(asked).key
        for kept in await lab_runs.find(self._graph):
            if kept.key == key:
                return kept
        await self._runner.faults(asked.system)  # refuses an unknown system
        epoch = asked.epoch or (time.time() - asked.seconds) // _HOUR * _HOUR
        await self._save_run(replace(asked, epoch=epoch))
        return await lab_runs.get(self._graph, key)  # of two that start at once, the first one's

    async def go_on(self, run: LabRun, show_progress: ShowProgress = lambda _: None) -> None:
        """Rounds until the simulated hours are used up.

        Stopped at any point, it can go on. Raises Unavailable when the engine or the graph is.
        """
        faults = await self._runner.faults(run.system)
        while True:
            rounds = await lab_runs.rounds(self._graph, run.key)
            done = [one for one in rounds if one.stage is RoundStage.DONE]
            passed = sum(one.seconds for one in done)
            started = next((one for one in rounds if one.stage is not RoundStage.DONE), None)
            if started is None and passed >= run.seconds:
                return
            current = started or await self._choose(run, done, faults)
            news = LabNews(tuple(done), passed, "")
            run, _ = await self._play(run, current, faults, news, show_progress)

    async def provoke(
        self, run: LabRun, kind: str, target: str, show_progress: ShowProgress = lambda _: None
    ) -> LabRound:
        """One more round of a started run, with the named fault.

        Raises InvalidInput when the system can't have it, Unavailable.
        """
        faults = await self._runner.faults(run.system)
        done = await lab_runs.rounds(self._graph, run.key)
        chosen = LabRound(run.key, len(done) + 1, kind, target)
        await self._save(chosen)
        news = LabNews(tuple(done), sum(one.seconds for one in done), "")
        _, played = await self._play(run, chosen, faults, news, show_progress)
        return played

    async def _choose(
        self, run: LabRun, done: Sequence[LabRound], faults: Mapping[str, tuple[str, ...]]
    ) -> LabRound:
        """Save what the next round provokes."""
        state = await self._learning.catch_up()
        labelled_incidents = {
            (one.title, one.role): one.labelled_incidents for one in state.problems.values()
        }
        unfelt = {(one.kind, one.target) for one in done if not one.is_felt}
        chosen = next_round(run, len(done) + 1, faults, labelled_incidents, unfelt)
        await self._save(chosen)
        return chosen

    async def _play(
        self,
        run: LabRun,
        chosen: LabRound,
        faults: Mapping[str, tuple[str, ...]],
        news: LabNews,
        show_progress: ShowProgress,
    ) -> tuple[LabRun, LabRound]:
        """One round from where it stands to its end, and the run with what it has seen since."""
        show_progress(replace(news, doing=f"round {chosen.number}: capturing {_described(chosen)}"))
        case = await self._runner.capture(capture_of(run, chosen, news.seconds))
        roles = {name: role_of(case, name) for name in case.topology.components}
        if not run.roles:
            run = replace(run, roles=roles)
            await self._save_run(run)
        judged = chosen
        if chosen.stage is RoundStage.CHOSEN:
            show_progress(
                replace(news, doing=f"round {chosen.number}: diagnosing {_described(chosen)}")
            )
            incident_case = LabContext(run.system, case, roles, faults)
            judged = await self._judge(run, chosen, incident_case, news.rounds)
        tested = f"trying {judged.manipulated} on {judged.held}, then " if judged.held else ""
        show_progress(
            replace(news, doing=f"round {chosen.number}: {tested}learning {_described(chosen)}")
        )
        done = await self._finish(judged, case, run.system)
        show_progress(LabNews((*news.rounds, done), news.seconds + done.seconds, ""))
        log.info("lab.round", run=run.key, number=done.number, right=done.is_right)
        return run, done

    async def _judge(
        self,
        run: LabRun,
        chosen: LabRound,
        incident_case: LabContext,
        earlier: Sequence[LabRound],
    ) -> LabRound:
        """The diagnosis with the present knowledge, and the test that it calls for."""
        case = incident_case.case
        knowledge = await self._known.of_case(case)
        analysis = await asyncio.to_thread(analyse, case, knowledge, self._known.learnt)
        role = incident_case.roles.get(chosen.target, "")
        state = await self._learning.state()
        judged = _judged(
            replace(
                chosen,
                role=role,
                known=any(
                    (one.title, one.role) == (chosen.kind, role) and one.labelled_incidents
                    for one in state.problems.values()
                ),
            ),
            analysis,
        )
        planned = await self._plan(run, chosen, incident_case, analysis, earlier)
        if planned is not None:
            scenario, experiment = planned
            judged = replace(
                judged,
                scenario=scenario.key,
                experiment=experiment.id,
                manipulated=scenario.fault.kind,
                held=scenario.fault.target,
            )
        await self._save(judged)
        return judged

    async def _plan(
        self,
        run: LabRun,
        chosen: LabRound,
        incident_case: LabContext,
        analysis: Analysis,
        earlier: Sequence[LabRound],
    ) -> tuple[Scenario, Experiment] | None:
        """A test of one edge of the leading suspect's chain, unless none would be informative."""
        if chosen.is_control or not analysis.chains:
            return None
        found = scenarios_of(incident_case, analysis.chains[0])
        keys = {claim.edge for one in found for claim in one.claims}
        known = await edges.find_by_keys(self._graph, keys)
        turn = f"lab run {run.key}, round {chosen.number}"
        scenario = propose(found, known, earlier, at=chosen.target, policy=run.policy, turn=turn)
        if scenario is None:
            return None
        return scenario, await self._experiments.plan_once(scenario, by=turn)

    async def _finish(self, judged: LabRound, case: Case, system: str) -> LabRound:
        """Run the planned test, then learn what was provoked."""
        seconds = (case.symptom.end - case.baseline.start).total_seconds()
        done = replace(judged, stage=RoundStage.DONE)
        if judged.experiment:
            ended = await self._experiments.run(judged.experiment)
            if ended.result is not None:
                seconds += _ARMS * ended.result.pairs * ended.seconds
                done = _tested(done, ended.result)
        if judged.kind and judged.is_felt:
            learnt_case = await self._labelled_incidents.learn_from(
                replace(case, label=(judged.label,)), system=system
            )
            done = replace(done, learnt=judged.kind if learnt_case.learnt else "")
        done = replace(done, seconds=seconds)
        await self._save(done)
        return done

    async def _save(self, one: LabRound) -> None:
        async def unit(tx: Transaction) -> None:
            await lab_runs.save_round(tx, one)

        await self._graph.write(unit, name="lab_runs.save_round")

    async def _save_run(self, run: LabRun) -> None:
        async def unit(tx: Transaction) -> None:
            await lab_runs.save(tx, run)

        await self._graph.write(unit, name="lab_runs.save")


def _judged(known: LabRound, analysis: Analysis) -> LabRound:
    """With the diagnosis's leading suspect, if it has one."""
    judged = replace(known, stage=RoundStage.JUDGED, verdict=analysis.verdict.value)
    if not analysis.suspects:
        return judged
    first = analysis.suspects[0]
    found = analysis.chains[0] if analysis.chains else Chain((), ())
    hops = zip(found.components, found.conditions, strict=True)
    return replace(
        judged,
        chain=tuple(f"{name} {state}" for name, state in hops),
        suspect=first.component,
        probability=first.probability,
        named=first.problem or "",
    )


def _tested(known: LabRound, result: Result) -> LabRound:
    """With the pairs' evidence on each tested claim."""
    tests = [(test.edge, test.effect) for test in result.tests if test.effect.pairs]
    return replace(
        known,
        trials=max((effect.pairs for _, effect in tests), default=0),
        edges=tuple(edge for edge, _ in tests),
        pairs=tuple(effect.pairs for _, effect in tests),
        effects=tuple(effect.total for _, effect in tests),
    )


def _described(one: LabRound) -> str:
    return f"{one.kind} on {one.target}" if one.kind else "no fault"
