"""Conditions, and the signatures by which problems show themselves."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType

from graph import metrics
from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import Statement, load
from labo.domain.entities.conditions import Condition
from labo.domain.knowledge.signatures import Signature

UPSERT_CONDITIONS = load("conditions/upsert_conditions", row=NoneType)
LINK_SIGNATURES = load("conditions/link_signatures", row=int)
LINK_IMPORTED_SIGNATURES = load("conditions/link_imported_signatures", row=int)
LINK_LEARNT_SIGNATURES = load("conditions/link_learnt_signatures", row=int)
LINK_SIGNATURE_INTO = load("conditions/link_signature_into", row=int)
FIND_SIGNATURES = load("conditions/find_signatures", row=tuple[Signature, ...])

BATCH = 1_000


async def upsert(tx: Transaction, conditions: Iterable[Condition], *, written_by: str) -> None:
    """Make sure that the conditions and the metric kinds they are about exist."""
    by_key = {condition.key: condition for condition in conditions}
    await metrics.ensure(tx, {c.metric for c in by_key.values()}, written_by=written_by)
    rows = [properties(by_key[key]) for key in sorted(by_key)]
    for start in range(0, len(rows), BATCH):
        await tx.run(UPSERT_CONDITIONS, rows=rows[start : start + BATCH], written_by=written_by)


async def add_signatures(
    tx: Transaction, signatures: Iterable[Signature], *, written_by: str
) -> int:
    """Add the counted episodes of `signatures` to the stored ones; returns how many were linked.

    Adding is not idempotent: do it in the transaction that marks the episodes as counted.
    Signatures of unknown problems are left out.
    """
    return await _link(tx, LINK_SIGNATURES, list(signatures), written_by)


async def import_signatures(
    tx: Transaction, signatures: Iterable[Signature], *, written_by: str
) -> int:
    """Import signatures based on more episodes than the stored ones; safe to repeat."""
    return await _link(tx, LINK_IMPORTED_SIGNATURES, list(signatures), written_by)


async def set_learnt(tx: Transaction, signatures: Iterable[Signature], *, written_by: str) -> int:
    """Set the counts of signatures learnt from labelled incidents, in absolute figures; imported
    ones remain.

    A link's counts are the sum of both. Signatures of unknown problems are left out.
    """
    return await _link(tx, LINK_LEARNT_SIGNATURES, list(signatures), written_by)


async def _link(
    tx: Transaction, statement: Statement[int], signatures: list[Signature], written_by: str
) -> int:
    known = [Condition(s.condition, s.metric, s.direction, s.role) for s in signatures]
    await upsert(tx, known, written_by=written_by)
    ordered = sorted(signatures, key=lambda s: (s.problem, s.condition))
    rows = [properties(signature) for signature in ordered]
    linked = 0
    for start in range(0, len(rows), BATCH):
        linked += sum(await tx.run(statement, rows=rows[start : start + BATCH]))
    return linked


async def hand_over(tx: Transaction, source: str, into: str) -> None:
    """Add the signature of problem `source` to that of `into`."""
    await tx.run(LINK_SIGNATURE_INTO, source=source, into=into)


async def find_signatures(graph: Graph, problems: Iterable[str]) -> list[Signature]:
    """How the problems show themselves, per problem the most often seen first."""
    [found] = await graph.fetch(FIND_SIGNATURES, problems=sorted(set(problems)))
    return list(found)
