"""Experiments on the real server: planned once, run, counted as evidence once."""

from __future__ import annotations

import asyncio

import pytest

from graph import edges, evidence, experiments, problems
from graph.client import Graph
from graph.statements import parse
from labo.domain.causality.edges import EdgeStatus, EvidenceKind
from labo.domain.entities.jobs import JobKind
from labo.domain.lab.paired_runs import ExperimentVerdict
from labo.domain.lab.results import ExperimentStatus
from labo.domain.lab.scenarios import EdgeUnderTest
from labo.errors import InvalidInput, NotFound
from labo.services.causality.evidence import EvidenceService
from labo.services.lab.experiments import ExperimentService
from tests.builders.lab import InstantRunner, a_lab_scenario

pytestmark = pytest.mark.stack

LOSE_END = parse(
    "probes/upsert_lost_end",
    "// x\n// access: write\n// params: workspace, id\n// returns: -\n"
    "MATCH (x:Experiment {workspace: $workspace, id: $id}) "
    "SET x.status = 'planned', x.result = null, x.ended_at = null",
    type(None),
)


class Messages:
    """Remembers what was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, ...]] = []

    async def enqueue(self, name: str, *args: str) -> None:
        self.sent.append((name, *args))


def a_lab(
    graph: Graph, runner: InstantRunner, messages: Messages | None = None, *, seeds: int = 12
) -> ExperimentService:
    known = {one.key: one for one in (a_lab_scenario(seeds=seeds),)}
    return ExperimentService(
        graph, EvidenceService(graph), runner, lambda: known, messages or Messages()
    )


def the_edge() -> EdgeUnderTest:
    tested = a_lab_scenario().tests
    assert tested
    return tested


async def test_an_experiment_validates_the_edge_that_it_tests(graph: Graph) -> None:
    """It stops at eight pairs; both problems are known afterwards; running it again, even when
    its end was lost after the evidence was kept, changes nothing."""
    runner = InstantRunner()
    lab = a_lab(graph, runner)
    planned = await lab.plan("slow", by="ada")
    told: list[tuple[int, int]] = []
    done = await lab.run(planned.id, report=lambda pairs, of: told.append((pairs, of)))
    edge = await edges.get(graph, the_edge().edge)
    asked = len(runner.asked)
    assert await lab.run(planned.id) == done and len(runner.asked) == asked
    await graph.execute(LOSE_END, id=planned.id)
    repeated = await lab.run(planned.id)

    assert told == [(4, 12), (8, 12)]
    assert (planned.status, planned.first_seed) == (ExperimentStatus.PLANNED, 1)
    assert done.result and done.result == repeated.result
    assert (done.result.pairs, done.result.stopped_early) == (8, True)
    assert done.result.verdict is ExperimentVerdict.BETTER
    assert done.result.success[0].effect == pytest.approx(-4)
    assert (edge.status, edge.history[-1].by) == (EdgeStatus.VALIDATED, "experiments")
    assert await edges.get(graph, edge.key) == edge
    [piece] = await evidence.page(graph, edge.key)
    assert (piece.kind, piece.pairs, piece.origin) == (EvidenceKind.INTERVENTION, 8, planned.id)
    assert not await edges.inconsistencies(graph)
    met = await problems.find_by_keys(graph, [s.problem.key for s in the_edge().symptoms])
    assert {one.title for one in met.values()} == {
        "database is slow",
        "service is slow",
    }


async def test_workers_that_run_an_experiment_at_once_give_one_result(graph: Graph) -> None:
    """The one that ends first: the others, whatever they measured, say what it says."""
    for number in range(6):
        one, other = a_lab(graph, InstantRunner()), a_lab(graph, InstantRunner(spreads=False))
        planned = await one.plan("slow", by="ada")

        results = await asyncio.gather(one.run(planned.id), other.run(planned.id))

        kept = await experiments.get(graph, planned.id)
        assert [done.result for done in results] == [kept.result] * 2, number


async def test_no_two_experiments_share_a_seed(graph: Graph) -> None:
    """So both are evidence; without an effect many pairs refute the edge in this system."""
    lab = a_lab(graph, InstantRunner(spreads=False), seeds=24)
    first, second = [await lab.plan("slow", by="ada") for _ in range(2)]
    for one in (first, second):
        assert (await lab.run(one.id)).result
    edge = await edges.get(graph, the_edge().edge)

    assert (first.all_seeds, second.all_seeds) == (range(1, 25), range(25, 49))
    assert (edge.status, edge.refuted_in) == (EdgeStatus.PROPOSED, ("shop",))
    assert [piece.pairs for piece in await evidence.page(graph, edge.key)] == [24, 24]
    assert [one.id for one in await lab.latest()] == [second.id]


async def test_a_request_waits_in_the_outbox_for_a_worker(graph: Graph) -> None:
    """With one message, over the seeds and seconds that were asked for."""
    messages = Messages()
    lab = a_lab(graph, InstantRunner(), messages)
    planned = await lab.request("slow", by="ada", seeds=4, seconds=90.0)

    assert (planned.seeds, planned.seconds, planned.requested_by) == (4, 90.0, "ada")
    assert messages.sent == [(JobKind.RUN_EXPERIMENT, graph.workspace, planned.id)]
    for wrong in ({"seeds": 1}, {"seconds": 30.0}):
        with pytest.raises(InvalidInput):
            await lab.request("slow", by="ada", **wrong)
    with pytest.raises(NotFound, match="there are: slow"):
        await lab.request("ghost", by="ada")


async def test_what_the_engine_refuses_ends_as_failed_with_the_reason(graph: Graph) -> None:
    """And is not tried again; no claim comes of it."""
    lab = a_lab(graph, InstantRunner(refuses="no such component"))
    planned = await lab.plan("slow", by="ada")
    failed = await lab.run(planned.id)

    assert (failed.status, failed.result) == (ExperimentStatus.FAILED, None)
    assert "no such component" in (await experiments.get(graph, planned.id)).reason
    assert await edges.find(graph) == []
    with pytest.raises(NotFound):
        await lab.run("ghost")
