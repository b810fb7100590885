"""What was learnt, and who validated it."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.escalation.proposals import Finding

UPSERT_FINDING = load("findings/upsert_finding", row=NoneType)
FIND_FINDINGS = load("findings/find_findings", row=Finding)


async def save(tx: Transaction, finding: Finding, decision: str) -> None:
    """Save `finding` about its incident, based on `decision` (id)."""
    await tx.run(
        UPSERT_FINDING,
        id=finding.id,
        incident=finding.incident,
        decision=decision,
        properties=properties(finding),
    )


async def find_by_incidents(
    graph: Graph, incidents: Iterable[str], limit: int = 100
) -> list[Finding]:
    """The `limit` newest findings about each of these incidents, per incident newest first."""
    return await graph.fetch(FIND_FINDINGS, incidents=sorted(set(incidents)), limit=limit)
