"""Knowledge out of one workspace and into another."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from graph import conditions, edges, problems
from graph.client import Graph, Transaction
from labo.domain.causality.edges import EdgeStatus, EvidenceKind, Relation
from labo.domain.entities.conditions import Direction
from labo.domain.entities.problems import ProblemKind
from labo.domain.knowledge.knowledge import (
    Knowledge,
    KnownEdge,
    KnownProblem,
    from_json,
    to_json,
)
from labo.domain.knowledge.signatures import signature
from labo.errors import InvalidInput
from labo.services.causality.edges import EdgeService
from labo.services.causality.problems import ProblemService
from tests.builders.knowledge import save_edge, save_problems
from tests.builders.services import a_knowledge_service

pytestmark = pytest.mark.stack

SHOWN = signature("db", "service", "latency", Direction.HIGH, (5, 1, 2, 30, 0.0, 0.0))


async def learnt(graph: Graph) -> None:
    """db → web validated, a signature, a merged and a retired problem."""
    edge = await save_edge(graph, "db", "web")
    await EdgeService(graph).confirm(edge.key, by="ann", reason="tried", version=edge.version)
    await save_problems(graph, "noise", "old")
    service = ProblemService(graph)
    await service.retire("noise", by="ann", reason="noise")
    await service.merge("old", "db", by="ann", reason="same")

    async def unit(tx: Transaction) -> None:
        await conditions.add_signatures(tx, [SHOWN], written_by="test")

    await graph.write(unit)


async def test_an_export_holds_what_lives(graph: Graph) -> None:
    """Problems with their counts, claims with their evidence counts; no component."""
    await learnt(graph)

    exported = await a_knowledge_service(graph).export()

    assert exported.problems == (
        KnownProblem(
            "db",
            "db on service",
            "service",
            conditions=(SHOWN,),
        ),
        KnownProblem("web", "web on service", "service"),
    )
    [edge] = exported.edges
    assert (edge.cause, edge.effect, edge.status) == ("db", "web", EdgeStatus.VALIDATED)
    assert (edge.hits, edge.misses) == (1, 0)
    assert from_json(json.loads(json.dumps(to_json(exported)))) == exported


async def test_an_import_is_evidence_and_not_a_decision(graph: Graph) -> None:
    """What was validated elsewhere is proposed here, more probable, with its counts."""
    await learnt(graph)
    exported = await a_knowledge_service(graph).export()
    elsewhere = graph.scoped(graph.workspace + "-elsewhere")
    service = a_knowledge_service(elsewhere)

    first = await service.import_(exported, source="shop")
    [once] = await edges.find(elsewhere)
    await service.import_(exported, source="shop")
    [twice] = await edges.find(elsewhere)
    [evidence] = await edges.find_evidence(elsewhere, [once.key])
    [signature] = await conditions.find_signatures(elsewhere, ["db"])

    assert (first.problems, first.signatures, first.edges) == (2, 1, 1)
    assert once == twice
    assert (once.status, once.hits, once.decided_by) == (EdgeStatus.PROPOSED, 1, None)
    assert once.probability > 0.25
    assert evidence.kind is EvidenceKind.IMPORTED
    assert "validated in shop" in evidence.summary
    assert (signature.hits, signature.misses, signature.quiets) == (5, 1, 30)
    assert (await problems.get(elsewhere, "db")).occurrences == 0
    again = await a_knowledge_service(elsewhere).export()
    assert again.problems == exported.problems


async def test_a_refutation_elsewhere_speaks_against(graph: Graph) -> None:
    """It lowers the belief; it decides nothing here."""
    known = Knowledge(
        (
            KnownProblem("a", "a", "db", kind=ProblemKind.ALERT, summary="s"),
            KnownProblem("b", "b", "web"),
        ),
        (KnownEdge("a", "b", Relation.CALLEE, EdgeStatus.REFUTED),),
    )

    await a_knowledge_service(graph).import_(known, source="shop")

    [edge] = await edges.find(graph)
    assert (edge.status, edge.probability < 0.2) == (EdgeStatus.PROPOSED, True)
    kept = await problems.get(graph, "a")
    assert (kept.kind, kept.summary, kept.role) == (ProblemKind.ALERT, "s", "db")


async def test_a_claim_about_an_unknown_problem_leaves_nothing_behind(graph: Graph) -> None:
    """The place in the file is named before anything is written."""
    known = Knowledge((KnownProblem("a", "a", "db"),), (KnownEdge("a", "ghost", Relation.CALLEE),))
    service = a_knowledge_service(graph)

    with pytest.raises(InvalidInput, match=r"\$\.edges\[0\]\.effect"):
        await service.import_(known, source="shop")
    itself = replace(known, edges=(KnownEdge("a", "a", Relation.SAME),))
    with pytest.raises(InvalidInput):
        await service.import_(itself, source="shop")

    assert await problems.find(graph) == []


async def test_a_claim_between_problems_that_are_one_here_is_left_out(graph: Graph) -> None:
    """The claims behind it in the file arrive all the same."""
    await save_problems(graph, "a", "b", "c")
    await ProblemService(graph).merge("b", "a", by="ann", reason="the same")
    claims = (KnownEdge("a", "b", Relation.SAME), KnownEdge("b", "c", Relation.CALLEE))

    await a_knowledge_service(graph).import_(Knowledge((), claims), source="shop")

    assert [(e.cause, e.effect) for e in await edges.find(graph)] == [("a", "c")]


async def test_a_claim_may_name_a_problem_that_is_known_here(graph: Graph) -> None:
    """A file may hold edges alone."""
    await save_problems(graph, "a", "b")
    known = Knowledge((), (KnownEdge("a", "b", Relation.CALLEE),))

    await a_knowledge_service(graph).import_(known, source="shop")

    assert [(e.cause, e.effect) for e in await edges.find(graph)] == [("a", "b")]
