"""Reading the audit chain, and finding where it is broken."""

from __future__ import annotations

from dataclasses import dataclass

from graph import audit
from graph.client import Graph
from labo.domain.governance.audit import (
    AuditEntry,
    AuditFault,
    AuditHead,
    check_head,
    follow,
)

_PAGE = 1_000
"""Entries that are read at once: some 500 bytes each."""
_NEWEST = 2**53


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """How far the chain holds, and its first `fault`, None where it holds to its head."""

    head: AuditHead
    fault: AuditFault | None


class AuditService:
    """The chain of one workspace."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def verify(self, noted: AuditHead | None = None) -> AuditCheck:
        """Follow the whole chain, also while others append. `noted`: a head written down earlier.

        Raises Unavailable.
        """
        head = AuditHead()
        while True:
            entries = await audit.find_after(self._graph, head.seq, _PAGE)
            reached = follow(head, entries, noted)
            if isinstance(reached, AuditFault):
                return AuditCheck(AuditHead(reached.seq - 1), reached)
            if entries:
                head = reached
                continue
            stored = await audit.get_head(self._graph)
            # What was appended between the two reads is read in the next round.
            if stored.seq <= head.seq or not await audit.find_after(self._graph, head.seq, 1):
                return AuditCheck(head, check_head(head, stored) or _unreached(head, noted))

    async def newest(self, *, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """Newest first; those before number `before`. Raises Unavailable."""
        return await audit.find_before(self._graph, _NEWEST if before is None else before, limit)


def _unreached(head: AuditHead, noted: AuditHead | None) -> AuditFault | None:
    if noted is None or noted.seq <= head.seq:
        return None
    return AuditFault(head.seq + 1, f"the chain ends before entry {noted.seq}, which was noted")
