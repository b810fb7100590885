"""Problems, their signatures, merging and retiring on the real server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest

from graph import conditions, edges, problems
from graph.client import Graph, Transaction
from labo.domain.causality.edges import Relation, edge_key
from labo.domain.entities.conditions import Direction, condition_key, state_key
from labo.domain.entities.problems import (
    Problem,
    ProblemKind,
    ProblemStatus,
    metric_problem,
    problem_key,
)
from labo.domain.knowledge.signatures import Signature
from labo.errors import Conflict, InvalidInput, NotFound
from labo.services.causality.behaviours import merge_into_behaviours
from labo.services.causality.edges import EdgeService
from labo.services.causality.problems import ProblemService
from tests.builders.knowledge import NOON, a_problem, an_evidence, save_edge, save_problems

pytestmark = pytest.mark.stack


def a_signature(
    problem: str, metric: str = "latency", *, hits: int = 1, misses: int = 0
) -> Signature:
    key = condition_key("service", metric, Direction.HIGH)
    return Signature(problem, key, metric, Direction.HIGH, "service", hits, misses)


async def add(graph: Graph, *signatures: Signature) -> int:
    async def unit(tx: Transaction) -> int:
        return await conditions.add_signatures(tx, signatures, written_by="test")

    return await graph.write(unit)


async def test_a_known_problem_keeps_its_figures(graph: Graph) -> None:
    """Upserting is for creating; an empty summary is filled, nothing is overwritten."""
    await save_problems(graph, a_problem("p", title="first"))
    await save_problems(graph, replace(a_problem("p", title="second"), summary="why"))

    found = await problems.get(graph, "p")

    assert (found.title, found.summary, found.status) == ("first", "why", ProblemStatus.OBSERVED)
    assert (found.first_seen, found.last_seen, found.version) == (NOON, NOON, 1)


async def test_pages_go_from_the_last_seen_backwards(graph: Graph) -> None:
    """Equal times are ordered by key backwards, so no page repeats or skips."""
    times = {"a": 0, "b": 5, "c": 5, "d": 9}
    await save_problems(
        graph,
        *(replace(a_problem(k), last_seen=NOON + timedelta(minutes=m)) for k, m in times.items()),
    )
    first = await problems.find(graph, limit=2)
    last = first[-1]
    rest = await problems.find(graph, before=last.last_seen, after_key=last.key)

    assert [p.key for p in first] == ["d", "c"]
    assert [p.key for p in rest] == ["b", "a"]


async def test_times_are_read_in_utc_to_the_microsecond(graph: Graph) -> None:
    """Whatever zone they were written in."""
    berlin = timezone(timedelta(hours=1))
    moment = datetime(2026, 2, 3, 4, 5, 0, 6, berlin)
    await save_problems(graph, replace(a_problem("p"), first_seen=moment, last_seen=moment))

    found = await problems.get(graph, "p")

    assert found.last_seen is not None
    assert found.last_seen.isoformat() == "2026-02-03T03:05:00.000006+00:00"
    assert found.first_seen == moment


async def test_signatures_add_up_and_imports_do_not(graph: Graph) -> None:
    """Counting twice counts twice; importing the same file twice changes nothing."""
    await save_problems(graph, "p")
    await add(graph, a_signature("p", hits=2))
    linked = await add(graph, a_signature("p", hits=1, misses=1), a_signature("unknown"))

    async def unit(tx: Transaction) -> int:
        taken = [a_signature("p", hits=30, misses=3)]
        first = await conditions.import_signatures(tx, taken, written_by="test")
        return first + await conditions.import_signatures(tx, taken, written_by="test")

    [counted] = await conditions.find_signatures(graph, ["p", "q"])
    taken_over = await graph.write(unit)
    [imported] = await conditions.find_signatures(graph, ["p"])

    assert linked == 1
    assert (counted.hits, counted.misses, counted.metric) == (3, 1, "latency")
    assert taken_over == 1
    assert (imported.hits, imported.misses) == (30, 3)


async def test_merging_hands_everything_over(graph: Graph) -> None:
    """Claims, evidence, signature and counts go to the other problem; the key becomes an alias."""
    service = ProblemService(graph)
    await save_edge(graph, "db", "old")
    await save_edge(graph, "db", "new")
    await save_edge(graph, "old", "web")
    await save_edge(graph, "old", "new", relation=Relation.SAME)
    await add(graph, a_signature("old", hits=2), a_signature("new", hits=1))

    merged = await service.merge("old", "new", by="ann", reason="same thing")
    again = await service.merge("old", "new", by="ann", reason="same thing")

    claims = await edges.find(graph)
    both = edge_key("db", "new", Relation.CALLEE)
    evidence = await edges.find_evidence(graph, [both])
    [signature] = await conditions.find_signatures(graph, ["old", "new"])
    signpost = (await problems.find_by_keys(graph, ["old"]))["old"]

    assert merged == again
    assert merged.aliases == ("old",)
    assert {(e.cause, e.effect, e.hits) for e in claims} == {("db", "new", 2), ("new", "web", 1)}
    assert len(evidence) == 2
    assert (signature.problem, signature.hits) == ("new", 3)
    assert (signpost.status, signpost.merged_into) == (ProblemStatus.MERGED, "new")
    assert not await edges.inconsistencies(graph)


async def test_an_alias_leads_to_what_it_was_merged_into(graph: Graph) -> None:
    """Also over two merges; new claims about an alias go to the living problem."""
    service = ProblemService(graph)
    await save_problems(graph, "a", "b", "c")
    await service.merge("a", "b", by="ann", reason="same")
    await service.merge("b", "c", by="ann", reason="same")
    claimed = await save_edge(graph, "a", "effect")

    assert (await problems.get(graph, "a")).key == "c"
    assert await problems.find_canonical(graph, ["a", "b", "c", "no"]) == {
        "a": "c",
        "b": "c",
        "c": "c",
    }
    assert claimed.cause == "c"


async def test_merging_refuses_what_makes_no_sense(graph: Graph) -> None:
    """Itself, the unknown, the already merged, and silence about the reason."""
    service = ProblemService(graph)
    await save_problems(graph, "a", "b", "c")
    await service.merge("a", "b", by="ann", reason="same")

    with pytest.raises(InvalidInput):
        await service.merge("b", "b", by="ann", reason="same")
    with pytest.raises(InvalidInput):
        await service.merge("b", "c", by="ann", reason=" ")
    with pytest.raises(NotFound):
        await service.merge("b", "none", by="ann", reason="same")
    with pytest.raises(Conflict):
        await service.merge("a", "c", by="ann", reason="same")
    with pytest.raises(Conflict):
        await service.merge("c", "a", by="ann", reason="same")


async def test_retiring_is_repeatable_and_guarded_by_the_version(graph: Graph) -> None:
    """A retired problem is out of the list, not out of the graph."""
    service = ProblemService(graph)
    await save_problems(graph, "a", "b")

    with pytest.raises(Conflict, match="version 1"):
        await service.retire("a", by="ann", reason="noise", version=7)
    retired = await service.retire("a", by="ann", reason="noise", version=1)
    again = await service.retire("a", by="bob", reason="noise too")

    assert retired.status is ProblemStatus.RETIRED
    assert again == retired
    assert [p.key for p in await problems.find(graph)] == ["b"]
    assert (await problems.get(graph, "a")).status is ProblemStatus.RETIRED
    with pytest.raises(NotFound):
        await service.retire("none", by="ann", reason="noise")


async def test_what_is_claimed_while_a_problem_is_merged_goes_to_the_other(graph: Graph) -> None:
    """Neither a new claim nor evidence for an old one is left at an alias, in any order."""
    service, claims = ProblemService(graph), EdgeService(graph)
    for number in range(15):
        old, into, effect, other = (
            f"{name}{number}" for name in ("old", "into", "effect", "other")
        )
        await save_problems(graph, old, into, effect)
        known = await save_edge(graph, old, other)

        answers = await asyncio.gather(
            service.merge(old, into, by="ann", reason="the same"),
            claims.propose(old, effect, Relation.CALLEE, an_evidence(id_=f"p{number}"), by="ann"),
            claims.record_evidence(an_evidence(known.key, id_=f"e{number}"), by="ann"),
            return_exceptions=True,
        )
        left = await graph.read(lambda tx, key=old: edges.read_of_problem(tx, key))
        moved = await edges.get(graph, edge_key(into, effect, Relation.CALLEE))

        assert {type(one) for one in answers if isinstance(one, Exception)} <= {NotFound}
        assert left == []
        assert (moved.cause, moved.hits) == (into, 1)
        assert not await edges.inconsistencies(graph)


async def test_problems_of_one_metric_become_behaviours(graph: Graph) -> None:
    """Their keys stay findable, their claims go over, and none is left of what is one thing now."""
    p50, p99, errors = (
        an_old_problem(metric, "service")
        for metric in ("http.duration.p50", "http.duration.p99", "error_ratio")
    )
    hot = a_problem("hot", title="hot lock on service")
    await save_problems(graph, p50, p99, errors, hot)
    await claim_between(graph, p50.key, p99.key, errors.key, hot.key)
    slow, failing = (metric_problem("service", m, "high") for m in ("latency", "error_ratio"))

    assert await merge_into_behaviours(graph, ProblemService) == 3
    assert await merge_into_behaviours(graph, ProblemService) == 0

    found = [await problems.get(graph, one.key) for one in (p50, p99, errors, hot)]
    claims = {(e.cause, e.effect) for e in await edges.find(graph)}
    assert [one.title for one in found] == [slow.title, slow.title, failing.title, hot.title]
    assert found[0].aliases == tuple(sorted((p50.key, p99.key)))
    assert claims == {(slow.key, failing.key), (failing.key, "hot")}
    assert not await edges.inconsistencies(graph)


def an_old_problem(metric: str, role: str) -> Problem:
    """As problems were stored that a metric and its direction identify."""
    key = problem_key(role, ProblemKind.METRIC, state_key(metric, "high"))
    return replace(
        a_problem(key, title=f"{metric} high on {role}"), role=role, kind=ProblemKind.METRIC
    )


async def claim_between(graph: Graph, *keys: str) -> None:
    """A proposal from each problem to the next, seen on a callee."""
    for cause, effect in pairwise(keys):
        await save_edge(graph, cause, effect)
