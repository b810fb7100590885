"""Kept sets follow the knowledge: the jobs that a change leaves, and what they write."""

from __future__ import annotations

import pytest

from graph import conditions, metric_sets
from graph.client import Graph, Transaction
from graph.statements import parse
from labo.adapters.set_solver.thread import ThreadSolver
from labo.domain.entities.conditions import Direction, condition_key
from labo.domain.knowledge.signatures import Signature
from labo.domain.metric_sets.sets import Demand
from labo.errors import NotFound
from labo.services.metric_sets.metric_sets import MetricSetService
from labo.services.metric_sets.questions import MAX_RIVALS, Subject
from tests.builders.knowledge import save_edge, save_problems

pytestmark = pytest.mark.stack

JOBS = parse(
    "probes/find_jobs",
    "// x\n// access: read\n// params: workspace\n// returns: subject\n"
    "MATCH (j:Job {workspace: $workspace, kind: 'metric_sets.refresh'})\n"
    "RETURN j.subject AS subject ORDER BY subject",
    str,
)
LINKS = parse(
    "probes/find_links",
    "// x\n// access: read\n// params: workspace, subject\n// returns: link\n"
    "MATCH (m:MetricSet {workspace: $workspace, subject: $subject})-[r:SEPARATES|USES]->(x)\n"
    "RETURN type(r) + ' ' + coalesce(x.metric + ' ' + x.direction + ' ' + r.order, x.key) AS link\n"
    "ORDER BY link",
    str,
)


def shown(problem: str, metric: str, *, hits: int = 0, misses: int = 0) -> Signature:
    key = condition_key("service", metric, Direction.HIGH)
    return Signature(
        problem, key, metric, Direction.HIGH, "service", hits=hits, misses=misses, quiets=5
    )


async def learn(graph: Graph, *signatures: Signature) -> None:
    """As the learner does: the signatures and the jobs in one transaction."""

    async def unit(tx: Transaction) -> None:
        await conditions.add_signatures(tx, signatures, written_by="test")
        await metric_sets.mark_stale(tx, {s.problem for s in signatures})

    await graph.write(unit)


async def test_a_changed_signature_refreshes_the_sets_that_rest_on_it(graph: Graph) -> None:
    """Kept with its proof, linked to its rivals and conditions, served, and replaced later."""
    service = MetricSetService(graph, ThreadSolver())
    await save_edge(graph, "db", "web")
    await save_edge(graph, "cache", "web")
    await learn(graph, shown("db", "waits", hits=3), shown("cache", "waits", misses=3))

    assert await graph.fetch(JOBS) == ["web"]
    await service.refresh("web")
    first = await service.minimal(Subject(problem="web"))
    assert (first.metrics, first.proven, first.rivals) == (
        ("service:waits",),
        True,
        ("cache", "db"),
    )
    assert ("cache", "healthy") in first.indistinguishable
    assert await graph.fetch(LINKS, subject="web") == [
        "SEPARATES cache",
        "SEPARATES db",
        "USES waits high 1",
    ]
    assert (await metric_sets.get(graph, first.id)).measurements == first.measurements

    await learn(graph, shown("cache", "misses", hits=3), shown("db", "misses", misses=3))
    await service.refresh("web")

    second = await service.minimal(Subject(problem="web"))
    assert (set(second.metrics), second.indistinguishable) == (
        {"service:misses", "service:waits"},
        (),
    )
    assert len(await graph.fetch(LINKS, subject="web")) == 4
    assert (await service.minimal(Subject(problem="web"), Demand(covers=2))).id == ""


async def test_a_set_with_nothing_left_to_tell_apart_is_forgotten(graph: Graph) -> None:
    """An unknown problem is said to be unknown, and so is an unknown set."""
    service = MetricSetService(graph, ThreadSolver())
    await save_edge(graph, "db", "web")
    await service.refresh("web")
    assert await metric_sets.find_by_subjects(graph, ["web"])

    await save_problems(graph, "lonely")
    await service.refresh("lonely")

    assert not await metric_sets.find_by_subjects(graph, ["lonely"])
    with pytest.raises(NotFound):
        await service.refresh("ghost")
    with pytest.raises(NotFound):
        await metric_sets.get(graph, "ghost")


async def test_of_all_problems_those_with_a_signature_are_told_apart(graph: Graph) -> None:
    """More of the others than a question may hold crowd none of them out."""
    await save_problems(graph, "db", "cache", *(f"alert-{n:03}" for n in range(MAX_RIVALS + 1)))
    await learn(graph, shown("db", "waits", hits=3), shown("cache", "waits", misses=3))

    table = await MetricSetService(graph, ThreadSolver()).table(Subject(problems=()))

    assert set(table.causes) == {"cache", "db"}
