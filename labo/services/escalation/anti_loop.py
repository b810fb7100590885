"""Asking whether an action may run, remembering why not, and letting a person lift it."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from graph import blocks
from graph.blocks import StoredBlock
from graph.client import Graph, Transaction
from labo.domain.escalation.anti_loop import block_of
from labo.domain.escalation.blocks import (
    Block,
    BlockLimits,
    Circumstances,
    Lift,
    WantedAction,
    lift_of,
)

log = structlog.get_logger()


class AntiLoopService:
    """Safe to ask again: the same block is stored once, and the first lift counts."""

    def __init__(self, graph: Graph, limits: BlockLimits | None = None) -> None:
        self._graph = graph
        self._limits = limits or BlockLimits()

    async def check(
        self,
        wanted: WantedAction,
        circumstances: Circumstances | None = None,
        *,
        now: datetime | None = None,
    ) -> Block | None:
        """Why `wanted` must not be executed, which is stored; None when nothing is against it.

        Two that ask at the same time get the same answer: whoever begins an execution asks
        `check_in` within the write that begins it, and holds the target. Raises Unavailable.
        """

        async def unit(tx: Transaction) -> Block | None:
            return await self.check_in(tx, wanted, circumstances, now=now)

        block = await self._graph.write(unit, name="anti_loop.check")
        if block is not None:
            log.warning(
                "action.blocked",
                incident=block.incident,
                component=block.component,
                template=block.template,
                reason=block.reason.value,
            )
        return block

    async def check_in(
        self,
        tx: Transaction,
        wanted: WantedAction,
        circumstances: Circumstances | None = None,
        *,
        now: datetime | None = None,
    ) -> Block | None:
        """As `check`, within a write."""
        at = now or datetime.now(UTC)
        history = await blocks.read_history(tx, wanted.component, wanted.incident)
        lifts = await blocks.read_lifts(tx, wanted.problem, wanted.component)
        block = block_of(wanted, history, lifts, at, self._limits, circumstances)
        if block is not None:
            await blocks.save(tx, block, at)
        return block

    async def lift(self, block: str, reason: str, by: str) -> Lift:
        """A person lets the problem on the component be acted on again.

        Lifting again returns the first lift. Raises NotFound, InvalidInput without a reason,
        Conflict for a block that nobody can lift.
        """
        stored = await blocks.get(self._graph, block)
        wanted = lift_of(stored.block, by=by, reason=reason, at=datetime.now(UTC))

        async def unit(tx: Transaction) -> Lift:
            return await blocks.save_lift(tx, wanted)

        lift = await self._graph.write(unit, name="anti_loop.lift")
        log.info("block.lifted", block=block, by=lift.by)
        return lift

    async def blocks(self, *, component: str | None = None, limit: int = 100) -> list[StoredBlock]:
        """The newest blocks, of one `component` (key) with it. Raises Unavailable."""
        return await blocks.find_newest(self._graph, component=component, limit=limit)
