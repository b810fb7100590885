"""Minimal metric sets over the API."""

from __future__ import annotations

from typing import Any

import pytest

from graph import conditions, metric_sets
from graph.client import Graph, Transaction
from labo.domain.causality.edges import CausalEdge
from labo.domain.entities.conditions import Direction, condition_key
from labo.domain.entities.diagnoses import Suspect
from labo.domain.knowledge.signatures import Signature
from labo.domain.metric_sets.sets import MinimalSet
from tests.builders.incidents import an_incident, save_diagnosis, save_incident
from tests.builders.knowledge import save_edge, save_system
from tests.graphql.conftest import Caller


async def save_signature(graph: Graph, problem: str, metric: str, **counts: int) -> None:
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
    await save_edge(caller.graph, "db", "web")
    await save_edge(caller.graph, "cache", "web")
    await save_signature(caller.graph, "db", "db.latency", hits=9, misses=1, quiets=9)
    await save_signature(caller.graph, "cache", "cache.misses", hits=4, quiets=1)

    found = await minimal(caller, problem="web")

    assert set(found["metrics"]) == {"service:cache.misses", "service:db.latency"}
    assert (found["cost"], found["proven"], found["indistinguishable"]) == (2, True, [])


async def test_causes_that_no_metric_separates_are_named(caller: Caller) -> None:
    """Better than a set that pretends."""
    await save_edge(caller.graph, "db", "web")
    await save_edge(caller.graph, "cache", "web")
    await save_signature(caller.graph, "db", "latency", hits=5)
    await save_signature(caller.graph, "cache", "latency", hits=5)

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


EVERYTHING = """query ($problem: ID, $incident: ID, $edge: ID, $problems: [ID!], $covers: Int,
    $exclude: [String!], $costs: [MetricCost!], $atMost: Int) {
    minimalMetrics(problem: $problem, incident: $incident, edge: $edge, problems: $problems,
        covers: $covers, exclude: $exclude, costs: $costs, atMost: $atMost) { ... on MinimalSet {
        key metrics rivals cost proven lowerBound covers saving problems { key }
        measurements { name metric role component selector cost gain purpose }
        indistinguishable { one other } unseparated { one other }
        remedies { one other metric kind unknownUnder } }
        ... on Failure { code message where hint } } }"""


async def asked(caller: Caller, **about: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await caller.ask(EVERYTHING, **about))["minimalMetrics"]
    return found


async def save_rivals(graph: Graph) -> CausalEdge:
    """`db` and `cache` cause `web`; returns the first claim. Each was met five times."""
    edge = await save_edge(graph, "db", "web")
    await save_edge(graph, "cache", "web")
    for problem, high, low in (
        ("db", "waits", "misses"),
        ("cache", "misses", "waits"),
        ("web", "errors", "waits"),
    ):
        await save_signature(graph, problem, high, hits=5, quiets=9)
        await save_signature(graph, problem, low, misses=5, quiets=9)
    return edge


async def test_an_edge_gets_witnesses_of_its_ends_and_of_its_rivals(caller: Caller) -> None:
    """What shows the cause, what shows the effect; other causes among themselves don't matter."""
    edge = await save_rivals(caller.graph)

    found = await asked(caller, edge=edge.key)

    assert set(found["rivals"]) == {"db", "web", "cache"} == {p["key"] for p in found["problems"]}
    purposes = {
        measurement["name"]: measurement["purpose"] for measurement in found["measurements"]
    }
    assert purposes["service:waits"] == "CAUSE_WITNESS"
    assert purposes["service:errors"] == "EFFECT_WITNESS"
    assert found["key"] is None


async def test_a_list_of_problems_at_ones_own_terms(caller: Caller) -> None:
    """Exclusions, costs and a limit; an empty list stands for every problem with a signature."""
    await save_rivals(caller.graph)

    dear = await asked(
        caller, problems=["db", "cache"], costs=[{"metric": "service:*", "cost": 3.0}], covers=1
    )
    without = await asked(caller, problems=["db", "cache"], exclude=["waits", "misses"])
    one = await asked(caller, problems=[], atMost=1)
    refused = [
        await asked(caller, problems=["db"], problem="web"),
        await asked(caller),
        await asked(caller, problems=["ghost"]),
        await asked(caller, problem="web", covers=9),
    ]

    slip = await asked(caller, problems=["db", "cache"], exclude=["waits", "mises", "cache:*"])

    assert dear["cost"] == 3.0 * len(dear["metrics"])
    assert ["db", "cache"] in [
        [pair["one"], pair["other"]] for pair in without["indistinguishable"]
    ]
    assert "ALLOW" in {remedy["kind"] for remedy in without["remedies"]}
    assert set(one["rivals"]) == {"db", "cache", "web"}
    assert (len(one["metrics"]), bool(one["unseparated"])) == (1, True)
    assert [answer["code"] for answer in refused] == [
        "invalid_input",
        "invalid_input",
        "not_found",
        "invalid_input",
    ]
    assert slip == {
        "code": "invalid_input",
        "message": "no metric matches 'cache:*', 'mises'",
        "where": "exclude",
        "hint": "known: service:misses, service:waits",
    }


PLAN = """query ($problem: ID, $depth: Int!, $exclude: [String!]) {
    metricPlan(problem: $problem, depth: $depth, exclude: $exclude) {
    ... on MetricPlan { expectedCost expectedSure nodes { parent chance nextMetric gain cost stop
        measurements { metric state } probabilities { cause probability } } }
    ... on Failure { code } } }"""


async def test_a_plan_reads_one_metric_after_the_other(caller: Caller) -> None:
    """Each branch with its probability and what it would leave of the causes."""
    await save_rivals(caller.graph)

    found = (await caller.ask(PLAN, problem="web", depth=2))["metricPlan"]
    asked_wrongly: list[dict[str, Any]] = [{"depth": 9}, {"depth": 2, "exclude": ["ghost"]}]
    refused = [
        (await caller.ask(PLAN, problem="web", **wrong))["metricPlan"] for wrong in asked_wrongly
    ]

    root, *others = found["nodes"]
    assert root["nextMetric"] in ("service:waits", "service:misses")
    assert sum(p["probability"] for p in root["probabilities"]) == pytest.approx(1.0)
    assert {node["measurements"][0]["state"] for node in others} == {"HIGH", "LOW", "NORMAL"}
    assert sum(node["chance"] for node in found["nodes"] if node["stop"]) == pytest.approx(1.0)
    assert [answer["code"] for answer in refused] == ["invalid_input", "invalid_input"]


async def test_a_plan_of_an_incident_begins_with_the_components_probabilities(
    caller: Caller,
) -> None:
    """Of several problems on one component, not the last one's alone."""
    await save_system(caller.graph, ("checkout", "db"), ("checkout", "mail"))
    await save_incident(caller.graph, an_incident(1))
    others = (Suspect("mail", None, 0.08), Suspect("db", None, 0.02))
    await save_diagnosis(caller.graph, "incident-0001", others=others)
    plan = PLAN.replace("$problem: ID", "$incident: ID").replace(
        "problem: $problem", "incident: $incident"
    )

    found = (await caller.ask(plan, incident="incident-0001", depth=1))["metricPlan"]

    assert [(one["cause"], one["probability"]) for one in found["nodes"][0]["probabilities"]] == [
        ("db", pytest.approx(0.92)),
        ("mail", pytest.approx(0.08)),
    ]
