"""Limits on what models may cost, and the turn in which they are checked."""

from __future__ import annotations

from datetime import datetime
from types import NoneType

from graph import audit
from graph.client import Graph, Transaction
from graph.statements import load
from labo.domain.governance.audit import AuditKind, audit_event
from labo.domain.governance.budget_events import Reported
from labo.domain.governance.budgets import Limit

UPSERT_TURN = load("budgets/upsert_turn", row=Reported)
UPSERT_REPORTED = load("budgets/upsert_reported", row=NoneType)
UPSERT_LIMIT = load("budgets/upsert_limit", row=NoneType)
FIND_LIMITS = load("budgets/find_limits", row=Limit)

WITHOUT = -1
"""The amount of a limit that was lifted."""


async def take_turn(tx: Transaction) -> Reported:
    """Wait for the workspace's turn, held until the transaction ends; what people know by now."""
    [reported] = await tx.run(UPSERT_TURN)
    return reported


async def save_reported(tx: Transaction, reported: Reported) -> None:
    await tx.run(UPSERT_REPORTED, stage=reported.stage.value, alerted=list(reported.alerted))


async def read_limits(tx: Transaction) -> list[Limit]:
    """Those that were set; `WITHOUT` where one was lifted."""
    return await tx.run(FIND_LIMITS)


async def save_limit(graph: Graph, limit: Limit, *, by: str, at: datetime) -> None:
    event = audit_event(
        AuditKind.BUDGET_SET,
        at=at,
        actor=by,
        subject=limit.key,
        amount="without" if limit.amount == WITHOUT else str(limit.amount),
    )

    async def unit(tx: Transaction) -> None:
        await tx.run(
            UPSERT_LIMIT,
            key=limit.key,
            level=limit.level,
            period=limit.period.value,
            unit=limit.unit.value,
            amount=limit.amount,
            by=by,
        )
        audit.append(tx, event)

    await graph.write(unit, name="budgets.save_limit")
