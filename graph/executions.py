"""Executions of approved actions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import NoneType

from graph import audit
from graph.client import Graph, Transaction
from graph.rows import as_json, properties
from graph.statements import load
from labo.domain.escalation.executions import Execution, ExecutionReport, ExecutionStatus
from labo.domain.governance.audit import AuditKind, audit_event
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class Start:
    """Whether this call began it; `busy_with` is the execution (id) that holds its target."""

    is_started: bool
    busy_with: str | None


GET_EXECUTION = load("executions/get_execution", row=Execution)
FIND_EXECUTIONS = load("executions/find_executions", row=Execution)
UPSERT_EXECUTION = load("executions/upsert_execution", row=NoneType)
UPSERT_STARTED = load("executions/upsert_started", row=Start)
UPSERT_REPORTED = load("executions/upsert_reported", row=str)
UPSERT_OUTCOME = load("executions/upsert_outcome", row=str)

_UNDER_WAY = (ExecutionStatus.RUNNING, ExecutionStatus.UNKNOWN)


async def get(graph: Graph, execution_id: str) -> Execution:
    """Raises NotFound."""
    for execution in await graph.fetch(GET_EXECUTION, id=execution_id):
        return execution
    raise NotFound("there is no such execution", where=execution_id)


async def find_by_incidents(
    graph: Graph, incidents: Iterable[str], limit: int = 100
) -> list[Execution]:
    """The `limit` newest of each of these incidents, per incident newest first."""
    return await graph.fetch(FIND_EXECUTIONS, incidents=sorted(set(incidents)), limit=limit)


async def save(tx: Transaction, execution: Execution) -> None:
    """Save what a decision allowed, once."""
    await tx.run(
        UPSERT_EXECUTION,
        id=execution.id,
        incident=execution.incident,
        decision=execution.decision,
        properties=properties(execution),
    )


async def start(
    tx: Transaction, execution: Execution, *, at: datetime, lease_until: datetime
) -> Start:
    """Begin it, if it is pending and nothing else is under way on its target."""
    [start] = await tx.run(UPSERT_STARTED, id=execution.id, at=at, lease_until=lease_until)
    if start.is_started:
        _audit(tx, AuditKind.EXECUTION_BEGUN, execution, at, decision=execution.decision)
    return start


async def report(
    tx: Transaction, execution: Execution, report: ExecutionReport, *, at: datetime
) -> bool:
    """Save what became of one that was begun; False when that is known already."""
    rows = await tx.run(
        UPSERT_REPORTED,
        id=execution.id,
        **{"from": [status.value for status in _UNDER_WAY]},
        status=report.status.value,
        at=at,
        detail=report.detail,
        before=as_json(report.before),
    )
    if rows and rows[0] != report.status:  # asked how it stands, it mostly stands as before
        kind, status = AuditKind.EXECUTION_REPORTED, report.status.value
        _audit(tx, kind, execution, at, status=status, report=report.detail)
    return bool(rows)


async def cancel(tx: Transaction, execution: Execution, reason: str, *, at: datetime) -> bool:
    """Put one away that was never begun; False when it was begun."""
    rows = await tx.run(
        UPSERT_REPORTED,
        id=execution.id,
        **{"from": [ExecutionStatus.PENDING.value]},
        status=ExecutionStatus.CANCELLED.value,
        at=at,
        detail=reason,
        before="{}",
    )
    if rows:
        _audit(tx, AuditKind.EXECUTION_REFUSED, execution, at, reason=reason)
    return bool(rows)


async def judge(tx: Transaction, execution_id: str, outcome: str, *, at: datetime) -> bool:
    """Save what its verification found; False when that was found before."""
    return bool(await tx.run(UPSERT_OUTCOME, id=execution_id, outcome=outcome, at=at))


def _audit(
    tx: Transaction, kind: AuditKind, execution: Execution, at: datetime, **detail: str
) -> None:
    event = audit_event(
        kind,
        at=at,
        actor=f"executor:{execution.executor}",
        subject=execution.id,
        incident=execution.incident,
        template=execution.template,
        target=execution.target,
        action_digest=execution.action_digest,
        rolls_back=execution.rolls_back,
        **detail,
    )
    audit.append(tx, event)
