"""Counting episodes as evidence, reviewing, folding and replaying on the real server."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graph import edges, evidence
from graph.client import Graph, Transaction
from graph.statements import parse
from labo.domain.causality.edges import (
    CausalEdge,
    EdgeStatus,
    EvidenceKind,
    Outcome,
    Relation,
    edge_key,
)
from labo.domain.causality.interventions import Effect, Experiment
from labo.errors import InvalidInput
from labo.services.causality.edges import EdgeService
from labo.services.causality.evidence import Counted, EvidenceService
from tests.builders.knowledge import save_edge, save_problems, save_system
from tests.builders.linked_incidents import START, an_episode, save_linked_incident

pytestmark = pytest.mark.stack

LATER = START + timedelta(days=30)
HOUR = 3_600.0
DISK_SLOWS_WEB = edge_key("disk", "slow", Relation.CALLEE)

FORGET = parse(
    "probes/upsert_forget",
    "// x\n// access: write\n// params: workspace\n// returns: -\n"
    "MATCH (o:Occurrence {workspace: $workspace}) SET o.counted_at = null",
    type(None),
)


async def told(graph: Graph, times: int) -> EvidenceService:
    """Every third hour the disk of `db` fails; a minute later `web`, which calls it, is slow."""
    service = EvidenceService(graph)
    await save_system(graph, ("web", "db"))
    for number in range(times):
        at = number * 3 * HOUR
        linked_incident = [an_episode("disk", "db", at), an_episode("slow", "web", at + 60)]
        incident = await save_linked_incident(graph, number, linked_incident)
        await service.count(incident, as_of=LATER)
    return service


async def test_what_follows_again_and_again_becomes_supported(graph: Graph) -> None:
    """The second time raises the claim, the others test it; the review judges all together."""
    service = await told(graph, 8)
    raised = await edges.get(graph, DISK_SLOWS_WEB)
    counts = await EdgeService(graph).review()
    edge = await edges.get(graph, DISK_SLOWS_WEB)

    assert (raised.status, raised.hits, raised.misses) == (EdgeStatus.PROPOSED, 6, 0)
    assert (raised.in_order, raised.order_comparisons, raised.e_value > 1_000) == (6, 6, True)
    assert (raised.lag_low, raised.lag_high) == (pytest.approx(45.3, abs=0.1), 64.0)
    assert raised.strength > 0.85 and raised.leak < 0.05 and raised.probability > 0.5
    assert (counts.supported, counts.changed) == (1, 1)
    assert edge.status is EdgeStatus.SUPPORTED
    assert [(c.by, c.before, c.after) for c in edge.history] == [
        ("review", EdgeStatus.PROPOSED, EdgeStatus.SUPPORTED)
    ]
    assert not await edges.inconsistencies(graph)
    outcomes = [e.outcome for e in await evidence.page(graph, edge.key)]
    assert outcomes == [Outcome.HIT] * 6 + [Outcome.TOGETHER]
    assert (await EdgeService(graph).review()).changed == 0
    assert await service.replay(edge.key) == edge


async def test_counting_again_and_folding_change_no_figure(graph: Graph) -> None:
    """Also when nobody remembers what was counted, and when the evidence is gone."""
    service = await told(graph, 4)
    before = await edges.get(graph, DISK_SLOWS_WEB)
    cut = START + timedelta(seconds=7 * HOUR)

    assert await service.count("incident-0003", as_of=LATER) == Counted()
    folded = await service.fold(before.key, cut)
    await graph.execute(FORGET)
    for number in range(4):
        await service.count(f"incident-{number:04d}", as_of=LATER)
    after = await edges.get(graph, before.key)

    assert folded == 2
    assert len(await evidence.page(graph, before.key)) == 1
    assert figures(after) == figures(before)
    assert after.folded_until == cut
    assert await service.replay(before.key) == after
    assert await service.fold("ghost", cut) == 0


async def test_an_episode_without_its_effect_counts_against_and_an_open_lag_waits(
    graph: Graph,
) -> None:
    """And what somebody provoked is looked at, but counts nowhere."""
    service = await told(graph, 3)
    at = 20 * HOUR
    quiet = await save_linked_incident(graph, 10, [an_episode("disk", "db", at)])
    soon = START + timedelta(seconds=at + 100)

    assert await service.count(quiet, as_of=soon) == Counted()
    assert await service.count(quiet, as_of=LATER) == Counted(1, 1, 1)

    edge = await edges.get(graph, DISK_SLOWS_WEB)
    assert (edge.hits, edge.misses) == (1, 1)


async def test_a_proposal_fades_without_support_and_when_the_order_speaks_against_it(
    graph: Graph,
) -> None:
    """With its evidence; what a person suggested stays."""
    await told(graph, 4)  # the last at 9 o'clock
    late = await save_edge(graph, "mail", "late")  # at noon
    suggested = await EdgeService(graph).suggest(
        "late", "slow", Relation.CALLEE, by="ann", reason="seen it"
    )

    async def faded(hour: float) -> int:
        before = START + timedelta(hours=hour)
        return await evidence.expire_faded(graph, before, comparisons=3, limit=10)

    assert await faded(0) == 0  # all were made just now
    await graph.execute(AGED)
    assert [await faded(hour) for hour in (8, 10)] == [0, 1]
    assert {edge.key for edge in await edges.find(graph)} == {late.key, suggested.key}
    assert await evidence.page(graph, DISK_SLOWS_WEB) == []
    await graph.execute(DISORDERED)
    assert await faded(0) == 1
    assert [edge.key for edge in await edges.find(graph)] == [suggested.key]
    assert not await edges.inconsistencies(graph)


AGED = parse(
    "probes/upsert_aged",
    "// x\n// access: write\n// params: workspace\n// returns: -\n"
    "MATCH (e:CausalEdge {workspace: $workspace}) SET e.created_at = datetime('2000-01-01')",
    type(None),
)
DISORDERED = parse(
    "probes/upsert_disordered",
    "// x\n// access: write\n// params: workspace\n// returns: -\n"
    "MATCH (e:CausalEdge {workspace: $workspace}) SET e.ordered = 3, e.right = 1",
    type(None),
)


async def test_paired_runs_validate_and_refute(graph: Graph) -> None:
    """Only for what leaves the manipulated problem; the same experiment twice counts once."""
    await save_problems(graph, "disk", "slow", "mail")
    service = EvidenceService(graph)
    runs = Experiment(
        "run-1",
        "lab",
        "disk",
        (
            Effect("slow", Relation.CALLEE, (1.0,) * 12),
            Effect("mail", Relation.CALLEE, (0.0,) * 40),
        ),
        START,
    )

    slow, mail = sorted(
        await service.record_experiment(runs, by="lab"), key=lambda e: e.probability, reverse=True
    )
    again = await service.record_experiment(runs, by="lab")

    assert (slow.effect, slow.status) == ("slow", EdgeStatus.VALIDATED)
    assert slow.probability > 0.9 and slow.history[-1].by == "experiments"
    assert (mail.status, mail.refuted_in) == (EdgeStatus.PROPOSED, ("lab",))
    assert sorted(again, key=lambda e: e.key) == sorted((slow, mail), key=lambda e: e.key)
    assert not await edges.inconsistencies(graph)
    [kept] = await evidence.page(graph, slow.key)
    assert (kept.kind, kept.pairs, kept.effect) == (EvidenceKind.INTERVENTION, 12, 12.0)
    with pytest.raises(InvalidInput):
        await service.record_experiment(
            Experiment("bad", "lab", "disk", (Effect("slow", Relation.SAME, (2.0,)),), START),
            by="lab",
        )


def figures(edge: CausalEdge) -> tuple[object, ...]:
    return (
        edge.hits,
        edge.misses,
        edge.strength,
        edge.leak,
        edge.e_value,
        edge.probability,
        edge.status,
        edge.tallies,
    )


async def test_what_resolves_asks_for_counting_and_what_is_counted_for_a_review(
    graph: Graph,
) -> None:
    """By jobs of the same transactions, due once the lags are over."""
    service = await told(graph, 2)
    await service.ask("incident-0000")

    async def due(tx: Transaction) -> list[str]:
        return await tx.run(DUE)

    assert {"edges.review all", "evidence.count incident-0000"} <= set(await graph.write(due))


DUE = parse(
    "probes/upsert_due",
    "// x\n// access: write\n// params: workspace\n// returns: said\n"
    "MATCH (j:Job {workspace: $workspace}) RETURN j.kind + ' ' + j.subject AS said",
    str,
)
