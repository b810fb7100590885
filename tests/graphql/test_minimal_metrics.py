"""Minimal metric sets over the API."""

from __future__ import annotations

from typing import Any

from graph import conditions, metric_sets
from graph.client import Graph, Transaction
from labo.domain.conditions import Direction, condition_key
from labo.domain.metric_sets import MinimalSet
from labo.domain.signatures import Signature
from tests.builders.knowledge import keep_edge
from tests.graphql.conftest import Caller


async def keep_signature(graph: Graph, problem: str, metric: str, **counts: int) -> None:
    key = condition_key("service", metric, Direction.HIGH)
    kept = Signature(problem, key, metric, Direction.HIGH, "service", **counts)

    async def unit(tx: Transaction) -> None:
        await conditions.add_signatures(tx, [kept], written_by="test")

    await graph.write(unit)


MINIMAL = """query ($problem: ID, $incident: ID) {
    minimalMetrics(problem: $problem, incident: $incident) { ... on MinimalSet {
        metrics cost proven lowerBound saving covers
        indistinguishable { one other } underCovered { one other } }
        ... on Failure { code } } }"""


async def minimal(caller: Caller, **about: str) -> dict[str, Any]:
    found: dict[str, Any] = (await caller.ask(MINIMAL, **about))["minimalMetrics"]
    return found


async def test_minimal_metrics_of_a_problem_separate_its_causes(caller: Caller) -> None:
    """What is known to stay quiet otherwise separates; what nobody measured does not."""
    await keep_edge(caller.graph, "db", "web")
    await keep_edge(caller.graph, "cache", "web")
    await keep_signature(caller.graph, "db", "db.latency", hits=9, misses=1, quiets=9)
    await keep_signature(caller.graph, "cache", "cache.misses", hits=4, quiets=1)

    found = await minimal(caller, problem="web")

    assert set(found["metrics"]) == {"service:cache.misses", "service:db.latency"}
    assert (found["cost"], found["proven"], found["indistinguishable"]) == (2, True, [])


async def test_causes_that_no_metric_separates_are_named(caller: Caller) -> None:
    """Better than a set that pretends."""
    await keep_edge(caller.graph, "db", "web")
    await keep_edge(caller.graph, "cache", "web")
    await keep_signature(caller.graph, "db", "latency", hits=5)
    await keep_signature(caller.graph, "cache", "latency", hits=5)

    found = await minimal(caller, problem="web")

    assert found["metrics"] == ["service:latency"]
    assert [{p["one"], p["other"]} for p in found["indistinguishable"]] == [{"cache", "db"}]


async def test_a_kept_set_is_served(caller: Caller) -> None:
    """The proof was made by a worker; the API only reads it."""
    kept = MinimalSet(("db:latency",), 1.0, True, 1.0, (("a", "b"),), (), 1, 0.75)

    async def unit(tx: Transaction) -> None:
        await metric_sets.upsert(tx, "incident-1", kept)

    await caller.graph.write(unit)

    found = await minimal(caller, incident="incident-1")

    assert found["metrics"] == ["db:latency"]
    assert (found["saving"], found["indistinguishable"]) == (0.75, [{"one": "a", "other": "b"}])
