"""Blocks and lifts on the run's Neo4j."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from graph.client import Graph
from graph.statements import parse
from labo.domain.escalation.blocks import BlockReason, Circumstances, WantedAction
from labo.errors import Conflict, NotFound
from labo.services.escalation.anti_loop import AntiLoopService

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
WANTED = WantedAction("incident-9", "slow", "shop/db", "restart-service")
_EXECUTED = parse(
    "tests/upsert_execution",
    """// An execution, as the escalation stores it.
// access: write
// params: workspace, id, at, outcome
// returns: -
MERGE (x:Execution {workspace: $workspace, id: $id})
SET x.incident = $id, x.problem = 'slow', x.component = 'shop/db', x.template = 'restart-service',
    x.status = 'done', x.outcome = $outcome, x.started_at = $at, x.ended_at = $at
""",
    type(None),
)


async def executed(graph: Graph, count: int) -> None:
    for number in range(count):
        at = NOON - timedelta(minutes=50 - 9 * number)
        await graph.execute(_EXECUTED, id=f"execution-{number}", at=at, outcome=None)


async def test_five_executions_within_the_hour_block_until_a_person_lifts_it(graph: Graph) -> None:
    service = AntiLoopService(graph)
    assert await service.check(WANTED, now=NOON) is None
    await executed(graph, 5)
    block = await service.check(WANTED, now=NOON + timedelta(hours=5))
    assert block is not None
    assert block.reason is BlockReason.RECURRING
    assert await service.check(WANTED, now=NOON + timedelta(hours=5)) == block
    first = await service.lift(block.id, "the disk was replaced", "mia")
    assert await service.lift(block.id, "again", "tom") == first
    assert await service.check(WANTED, now=NOON + timedelta(hours=5)) is None
    stored = await service.blocks()
    assert [(one.id, one.lifted_by, one.lift_reason) for one in stored] == [
        (block.id, "mia", "the disk was replaced")
    ]
    assert stored[0].block == block


async def test_blocks_of_another_component_are_not_listed_with_one(graph: Graph) -> None:
    service = AntiLoopService(graph)
    await executed(graph, 1)
    near = await service.check(WANTED, now=NOON - timedelta(minutes=49))
    assert near is not None
    assert near.reason is BlockReason.RECENTLY_REMEDIATED
    assert [one.id for one in await service.blocks(component="shop/db")] == [near.id]
    assert await service.blocks(component="shop/web") == []


async def test_the_kill_switch_cannot_be_lifted_nor_what_does_not_exist(graph: Graph) -> None:
    service = AntiLoopService(graph)
    block = await service.check(WANTED, Circumstances(kill_switch=True), now=NOON)
    assert block is not None
    with pytest.raises(Conflict, match="cannot be lifted"):
        await service.lift(block.id, "why not", "mia")
    with pytest.raises(NotFound):
        await service.lift("nothing", "why not", "mia")
