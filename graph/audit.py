"""The audit chain of a workspace: appended within the write that it tells of."""

from __future__ import annotations

from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.governance.audit import AuditEntry, AuditEvent, AuditHead, sealed

UPSERT_TURN = load("audit/upsert_turn", row=AuditHead)
UPSERT_ENTRY = load("audit/upsert_entry", row=NoneType)
GET_HEAD = load("audit/get_head", row=AuditHead)
FIND_AFTER = load("audit/find_after", row=AuditEntry)
FIND_BEFORE = load("audit/find_before", row=AuditEntry)


def append(tx: Transaction, event: AuditEvent) -> None:
    """Append `event` when the transaction is about to commit, or not at all.

    Last, so that the workspace's other writes wait for the commit alone, and so that no two
    transactions wait for each other's locks.
    """

    async def write() -> None:
        [head] = await tx.run(UPSERT_TURN)
        entry = sealed(event, tx.workspace, head)
        await tx.run(UPSERT_ENTRY, seq=entry.seq, digest=entry.digest, properties=properties(entry))

    tx.before_commit(write)


async def record(graph: Graph, event: AuditEvent) -> None:
    """Append what changed nothing else, such as a refusal."""

    async def unit(tx: Transaction) -> None:
        append(tx, event)

    await graph.write(unit, name="audit.record")


async def get_head(graph: Graph) -> AuditHead:
    rows = await graph.fetch(GET_HEAD)
    return rows[0] if rows else AuditHead()


async def find_after(graph: Graph, seq: int, limit: int) -> list[AuditEntry]:
    """The `limit` entries after number `seq`, in order."""
    return await graph.fetch(FIND_AFTER, after=seq, limit=limit)


async def find_before(graph: Graph, seq: int, limit: int) -> list[AuditEntry]:
    """The `limit` entries before number `seq`, newest first."""
    return await graph.fetch(FIND_BEFORE, before=seq, limit=limit)
