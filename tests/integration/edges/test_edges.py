"""Causal edges and their evidence on the real server."""

from __future__ import annotations

import asyncio

import pytest

from graph import edges, problems
from graph.client import Graph, Transaction
from graph.statements import parse
from labo.domain.causality.edges import EdgeStatus, EvidenceKind, Relation
from labo.errors import Conflict, InvalidInput, NotFound
from labo.services.causality.edges import EdgeService
from tests.builders.knowledge import an_evidence, save_edge, save_problems

pytestmark = pytest.mark.stack

TAMPER = parse(
    "probes/upsert_tamper",
    "// x\n// access: write\n// params: workspace, key\n// returns: -\n"
    "MATCH (e:CausalEdge {workspace: $workspace, key: $key}) SET e.status = 'validated'",
    type(None),
)


async def test_a_proposal_writes_the_claim_its_shortcut_and_its_evidence(graph: Graph) -> None:
    """The record and the CAUSES relationship say the same."""
    await save_problems(graph, "a", "b")
    evidence = an_evidence(id_="one")

    edge = await EdgeService(graph).propose("a", "b", Relation.CALLEE, evidence, by="ann")

    assert (edge.status, edge.version, edge.hits) == (EdgeStatus.PROPOSED, 1, 1)
    assert await edges.get(graph, edge.key) == edge
    [kept] = await edges.find_evidence(graph, [edge.key])
    assert (kept.id, kept.edge, kept.polarity) == ("one", edge.key, 1)
    assert not await edges.inconsistencies(graph)


async def test_the_same_evidence_counts_once(graph: Graph) -> None:
    """Repeating a delivery or a task changes no figure."""
    service = EdgeService(graph)
    edge = await save_edge(graph, "a", "b")
    seen = an_evidence(edge.key)

    once = await service.record_evidence(seen, by="test")
    twice = await service.record_evidence(seen, by="test")
    missed = await service.record_evidence(an_evidence(edge.key, polarity=-1), by="test")

    assert once == twice
    assert (once.hits, once.misses) == (2, 0)
    assert (missed.hits, missed.misses) == (2, 1)
    assert missed.probability < once.probability


async def test_evidence_at_the_same_moment_is_all_counted(graph: Graph) -> None:
    """Two workers that see different episodes of one claim lose neither."""
    service = EdgeService(graph)
    await save_problems(graph, "a", "b")
    seen = [an_evidence() for _ in range(4)]

    await asyncio.gather(*(service.propose("a", "b", Relation.CALLEE, e, by="test") for e in seen))
    [edge] = await edges.find_by_cause(graph, ["a"])

    assert (edge.hits, edge.version) == (4, 4)
    assert len(await edges.find_evidence(graph, [edge.key])) == 4


async def test_a_claim_needs_two_known_problems(graph: Graph) -> None:
    """And nothing is left behind when one is missing."""
    service = EdgeService(graph)
    await save_problems(graph, "a")

    with pytest.raises(NotFound):
        await service.propose("a", "ghost", Relation.CALLEE, an_evidence(), by="ann")
    with pytest.raises(InvalidInput):
        await service.propose("a", "a", Relation.SAME, an_evidence(), by="ann")
    with pytest.raises(NotFound):
        await service.record_evidence(an_evidence("ghost"), by="ann")

    assert await edges.find(graph) == []


async def test_a_decision_sets_the_status_and_leaves_its_reason(graph: Graph) -> None:
    """Whatever the belief was; the evidence of the decision refers to the decision."""
    service = EdgeService(graph)
    edge = await save_edge(graph, "a", "b")

    confirmed = await service.confirm(edge.key, by="ann", reason="reproduced", version=1)

    assert (confirmed.status, confirmed.version) == (EdgeStatus.VALIDATED, 2)
    assert (confirmed.decided_by, confirmed.reason) == ("ann", "reproduced")
    assert confirmed.probability > 0.9
    assert await edges.get(graph, edge.key) == confirmed
    kinds = {e.kind for e in await edges.find_evidence(graph, [edge.key])}
    assert kinds == {EvidenceKind.OBSERVATION, EvidenceKind.HUMAN}
    assert not await edges.inconsistencies(graph)


async def test_a_decision_on_an_old_look_is_refused(graph: Graph) -> None:
    """Two people deciding at once: the second has to look again."""
    service = EdgeService(graph)
    edge = await save_edge(graph, "a", "b")
    await service.confirm(edge.key, by="ann", reason="sure", version=edge.version)

    with pytest.raises(Conflict, match="version 2"):
        await service.refute(edge.key, by="bob", reason="no", version=edge.version)
    with pytest.raises(NotFound):
        await service.confirm("ghost", by="bob", reason="no", version=1)

    assert (await edges.get(graph, edge.key)).status is EdgeStatus.VALIDATED


async def test_two_decisions_at_once_leave_one(graph: Graph) -> None:
    """The lock is taken before the version is read."""
    service = EdgeService(graph)
    edge = await save_edge(graph, "a", "b")

    outcomes = await asyncio.gather(
        service.confirm(edge.key, by="ann", reason="sure", version=1),
        service.refute(edge.key, by="bob", reason="no", version=1),
        return_exceptions=True,
    )

    assert sorted(type(o).__name__ for o in outcomes) == ["CausalEdge", "Conflict"]
    assert (await edges.get(graph, edge.key)).version == 2


async def test_a_refuted_claim_stays_refuted_under_mere_observation(graph: Graph) -> None:
    """Negative knowledge: it is out of the walks, and seen again does not bring it back."""
    service = EdgeService(graph)
    edge = await save_edge(graph, "a", "b")
    await service.refute(edge.key, by="ann", reason="coincidence", version=1)

    again = await service.propose("a", "b", Relation.CALLEE, an_evidence(), by="test")

    assert again.status is EdgeStatus.REFUTED
    assert again.hits == 2
    assert await edges.find_by_effect(graph, ["b"]) == []
    [kept] = await edges.find_by_effect(graph, ["b"], statuses=[EdgeStatus.REFUTED])
    assert kept.key == edge.key


async def test_a_model_proposes_and_moves_nothing(graph: Graph) -> None:
    """Its statement is kept as evidence of weight 0."""
    await save_problems(graph, "a", "b")
    said = an_evidence(kind=EvidenceKind.MODEL, weight=1.0)

    edge = await EdgeService(graph).propose("a", "b", Relation.CALLEE, said, by="n2")

    assert (edge.status, edge.hits, edge.probability) == (EdgeStatus.PROPOSED, 0, 0.2)


async def test_the_check_finds_what_somebody_wrote_past_the_gate(graph: Graph) -> None:
    """A status set in the Browser differs from the shortcut, and has no decision behind it."""
    edge = await save_edge(graph, "a", "b")

    async def unit(tx: Transaction) -> None:
        await tx.run(TAMPER, key=edge.key)

    await graph.write(unit)
    found = await edges.inconsistencies(graph)

    assert [d.edge for d in found.diverging] == [edge.key]
    assert found.unproven == (edge.key,)
    assert found.unrecorded == ()


async def test_edges_are_read_in_batches_likeliest_first(graph: Graph) -> None:
    """By cause, by effect and by key, with a bound per problem."""
    for cause, probability in (("a", 0.3), ("b", 0.9), ("c", 0.6)):
        await save_edge(graph, cause, "x", probability=probability)
    await save_edge(graph, "a", "y", probability=0.5)

    into = await edges.find_by_effect(graph, ["x", "y"], limit=2)
    out = await edges.find_by_cause(graph, ["a", "nothing"])

    assert {(e.cause, e.effect) for e in into} == {("b", "x"), ("c", "x"), ("a", "y")}
    assert [(e.effect, e.probability) for e in out] == [("y", 0.5), ("x", 0.3)]
    assert (await edges.find_by_keys(graph, [out[0].key]))[out[0].key] == out[0]
    assert await problems.find_canonical(graph, ["x"]) == {"x": "x"}
    assert len(await edges.find(graph, limit=3)) == 3
