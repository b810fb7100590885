"""Runs of the lab on the real server: what they learn, and that stopping one loses nothing."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count

import pytest

from graph import edges, experiences, lab_runs
from graph.client import Graph, Transaction
from labo.adapters.set_solver.thread import ThreadSolver
from labo.domain.causality.edges import EdgeStatus
from labo.domain.lab.runs import LabRound, LabRun, RoundStage
from labo.errors import InvalidInput, NotFound, Unavailable
from labo.services.causality.evidence import EvidenceService
from labo.services.knowledge.labelled_incidents import LabellingService
from labo.services.lab.experiments import ExperimentService
from labo.services.lab.reports import LabReportService
from labo.services.lab.runs import LabRunService
from labo.services.learning.learner import LearningService
from labo.services.metric_sets.metric_sets import MetricSetService
from tests.builders.lab_world import ROUND_S, LabWorld
from tests.builders.services import a_knowledge_reader

pytestmark = pytest.mark.stack

RUN = LabRun("shop", hours=2.5 * ROUND_S / 3600, epoch=1_750_000_000.0)
SHORT = replace(RUN, hours=1.5 * ROUND_S / 3600)
"""Two rounds: a no-fault control, and a fault."""
ARM, BEFORE_JUDGED, AFTER_LEARNT = (4, 0), (0, 5), (0, 6)
"""(call of the engine, write of a round) at which the short run is stopped; 0 for none."""


class NoMessages:
    async def enqueue(self, name: str, *args: str) -> None:
        raise AssertionError(f"{name} is run here, by no worker")


def a_lab(graph: Graph, world: LabWorld) -> LabRunService:
    learning = LearningService(graph)
    known = a_knowledge_reader(graph, learning)
    lab = ExperimentService(graph, EvidenceService(graph), world, dict, NoMessages())
    labelled_incidents = LabellingService(graph, learning, known)
    return LabRunService(graph, world, lab, labelled_incidents, learning, known)


async def finish(graph: Graph, world: LabWorld, run: LabRun = RUN) -> list[LabRound]:
    """Run to the end, started again as often as it is stopped."""
    lab = a_lab(graph, world)
    while True:
        try:
            await lab.go_on(await lab.begin(run))
        except Unavailable:
            lab = a_lab(graph, world)
            continue
        return await lab_runs.rounds(graph, run.key)


async def labelled_incidents(graph: Graph) -> set[tuple[str, object]]:
    kept = await experiences.read_after(graph, 0, 100)
    return {(one.id, one.content.get("title")) for one in kept}


async def test_a_run_provokes_tests_teaches_and_then_knows(graph: Graph) -> None:
    """The first round is a no-fault control; a link of the chain is validated; the fault is named
    once it was taught; run again, nothing more happens."""
    world = LabWorld()
    done = await finish(graph, world)
    calls = world.calls
    assert await finish(graph, world) == done and world.calls == calls
    tested = await edges.find_by_keys(graph, {key for one in done for key in one.edges})
    learning = LearningService(graph)
    report = await LabReportService(
        graph, learning, MetricSetService(graph, ThreadSolver())
    ).report(RUN.key)
    provoked = done[1:]

    assert len(done) == 3
    assert done[0].is_control and done[0].is_right and not done[0].learnt
    assert all(one.stage is RoundStage.DONE for one in done)
    assert all(one.learnt for one in provoked)
    assert [(one.known, one.is_named) for one in provoked[:2]] == [(False, False), (True, True)]
    assert EdgeStatus.VALIDATED in {edge.status for edge in tested.values()}
    assert len(await labelled_incidents(graph)) == len(provoked)
    assert report.is_finished and report.overall.named == sum(one.is_named for one in provoked)
    assert sum(problem.labelled_incidents for problem in report.problems) == len(provoked)
    assert dict(report.edges)[EdgeStatus.VALIDATED] >= 1


async def test_a_run_that_is_stopped_comes_to_the_same(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the midst of an arm, before what the diagnosis said is kept, after the labelled incident:
    the same rounds and labelled incidents, and nothing is said anew by what the labelled incident
    taught."""
    whole = await finish(graph, LabWorld(), SHORT)
    learnt = await labelled_incidents(graph)
    for call, write in (ARM, BEFORE_JUDGED, AFTER_LEARNT):
        other = graph.scoped(f"test-{uuid.uuid4().hex}")
        with monkeypatch.context() as patch:
            patch.setattr(lab_runs, "save_round", failing(lab_runs.save_round, write))
            again = await finish(other, LabWorld(fails_at=call), SHORT)

        assert (again, await labelled_incidents(other)) == (whole, learnt)
    assert len(whole) == 2 and len(learnt) == 1


Keep = Callable[[Transaction, LabRound], Awaitable[None]]


def failing(save: Keep, at: int) -> Keep:
    """`keep` that raises Unavailable before its write number `at`, once."""
    writes = count(1)

    async def kept(tx: Transaction, one: LabRound) -> None:
        if next(writes) == at:
            raise Unavailable("the run was killed")
        await save(tx, one)

    return kept


async def test_what_cant_be_run_is_refused(graph: Graph) -> None:
    """Hours that are none, and a report of what never ran."""
    lab = a_lab(graph, LabWorld())
    with pytest.raises(InvalidInput, match="more than 0"):
        await lab.begin(LabRun("shop", hours=0))
    reports = LabReportService(
        graph, LearningService(graph), MetricSetService(graph, ThreadSolver())
    )
    with pytest.raises(NotFound, match="has not run"):
        await reports.latest()
    with pytest.raises(NotFound, match="no such run"):
        await reports.report("ghost")
