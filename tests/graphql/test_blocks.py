"""Blocked actions through the API."""

from __future__ import annotations

from datetime import UTC, datetime

from graph import blocks
from graph.client import Graph, Transaction
from labo.domain.escalation.blocks import Block, BlockReason
from tests.graphql.conftest import Caller

BLOCKS = """{ actionBlocks { ... on ActionBlockList {
  nodes { key reason sentence ending isLiftable liftedBy } } } }"""
LIFT = """mutation ($id: ID!, $reason: String!) { liftBlock(id: $id, reason: $reason) {
  __typename ... on ActionBlock { key liftedBy liftReason } ... on Failure { code } } }"""


async def save_block(graph: Graph, reason: BlockReason) -> Block:
    block = Block(
        id=f"block-{reason.value}",
        reason=reason,
        incident="incident-1",
        problem="slow",
        component="shop/db",
        template="restart-service",
        detail="it came back after 5 executions",
        executions=("execution-1",),
    )

    async def unit(tx: Transaction) -> None:
        await blocks.save(tx, block, datetime(2026, 5, 4, tzinfo=UTC))

    await graph.write(unit, name="tests.block")
    return block


async def test_a_block_is_listed_with_its_sentences_and_lifted_with_a_reason(
    caller: Caller,
) -> None:
    block = await save_block(caller.graph, BlockReason.RECURRING)
    lifted = await caller.ask(LIFT, id=block.id, reason="the disk was replaced")
    shown = await caller.ask(BLOCKS)
    assert lifted["liftBlock"] == {
        "__typename": "ActionBlock",
        "key": block.id,
        "liftedBy": "tester",
        "liftReason": "the disk was replaced",
    }
    assert shown["actionBlocks"]["nodes"] == [
        {
            "key": block.id,
            "reason": "RECURRING",
            "sentence": block.sentence,
            "ending": "Only a person lifts this.",
            "isLiftable": True,
            "liftedBy": "tester",
        }
    ]


async def test_what_nobody_can_lift_and_what_is_unknown_are_refused(caller: Caller) -> None:
    block = await save_block(caller.graph, BlockReason.POLICY)
    refused = await caller.ask(LIFT, id=block.id, reason="please")
    unknown = await caller.ask(LIFT, id="nothing", reason="please")
    assert refused["liftBlock"] == {"__typename": "Conflict", "code": "conflict"}
    assert unknown["liftBlock"] == {"__typename": "NotFound", "code": "not_found"}
