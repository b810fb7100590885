"""Blocks of actions, what lifted them, and the executions that they follow from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import NoneType

from graph import audit
from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.escalation.blocks import Block, BlockReason, Lift, PastExecution
from labo.domain.governance.audit import AuditKind, audit_event
from labo.errors import NotFound

MOST_EXECUTIONS = 1_000
"""Of a component, and of an incident, that are read: two hundred times the limit of an hour."""


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A block, since when, and what a person did about it."""

    id: str
    reason: BlockReason
    incident: str
    problem: str
    component: str
    template: str
    detail: str
    executions: tuple[str, ...]
    ends_at: datetime | None
    blocked_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lift_reason: str | None

    @property
    def block(self) -> Block:
        return Block(
            id=self.id,
            reason=self.reason,
            incident=self.incident,
            problem=self.problem,
            component=self.component,
            template=self.template,
            detail=self.detail,
            executions=self.executions,
            ends_at=self.ends_at,
        )


FIND_HISTORY = load("blocks/find_history", row=PastExecution)
FIND_LIFTS = load("blocks/find_lifts", row=Lift)
FIND_BLOCKS = load("blocks/find_blocks", row=StoredBlock)
GET_BLOCK = load("blocks/get_block", row=StoredBlock)
UPSERT_BLOCK = load("blocks/upsert_block", row=NoneType)
UPSERT_LIFT = load("blocks/upsert_lift", row=Lift)


async def read_history(tx: Transaction, component: str, incident: str) -> list[PastExecution]:
    """The newest executions on the component and for the incident (keys), each once."""
    return await tx.run(FIND_HISTORY, component=component, incident=incident, limit=MOST_EXECUTIONS)


async def find_history(graph: Graph, component: str, incident: str) -> list[PastExecution]:
    """As `read_history`, outside of a write."""
    return await graph.fetch(
        FIND_HISTORY, component=component, incident=incident, limit=MOST_EXECUTIONS
    )


async def read_lifts(tx: Transaction, problem: str, component: str) -> list[Lift]:
    """What people lifted for the problem on the component (keys)."""
    return await tx.run(FIND_LIFTS, problem=problem, component=component)


async def save(tx: Transaction, block: Block, at: datetime) -> None:
    """Save `block`, which was found `at` that time; again, nothing but its end changes."""
    kept = properties(block) | {"blocked_at": at}
    await tx.run(UPSERT_BLOCK, id=block.id, properties=kept, ends_at=block.ends_at)


async def save_lift(tx: Transaction, lift: Lift) -> Lift:
    """Save `lift`; returns the first one of its block. Raises NotFound."""
    for kept in await tx.run(
        UPSERT_LIFT, id=lift.id, block=lift.block, properties=properties(lift)
    ):
        if kept == lift:
            _audit(tx, lift)
        return kept
    raise NotFound("there is no such block", where=lift.block)


def _audit(tx: Transaction, lift: Lift) -> None:
    event = audit_event(
        AuditKind.BLOCK_LIFTED,
        at=lift.at,
        actor=lift.by,
        subject=lift.block,
        problem=lift.problem,
        component=lift.component,
        reason=lift.reason,
    )
    audit.append(tx, event)


async def get(graph: Graph, block: str) -> StoredBlock:
    """Raises NotFound."""
    for stored in await graph.fetch(GET_BLOCK, id=block):
        return stored
    raise NotFound("there is no such block", where=block)


async def find_newest(
    graph: Graph, *, component: str | None = None, limit: int = 100
) -> list[StoredBlock]:
    """The newest blocks, lifted and ended ones too; those of one `component` (key) with it."""
    return await graph.fetch(FIND_BLOCKS, component=component, limit=limit)
