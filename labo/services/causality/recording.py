"""Recording claims and their evidence, whatever was merged meanwhile: the one way to do it."""

from __future__ import annotations

from dataclasses import replace

from graph import edges, problems
from graph.client import Transaction
from labo.domain.causality.edges import CausalEdge, Evidence
from labo.domain.causality.recording import canonical_claim, counted
from labo.errors import InvalidInput


async def record(
    tx: Transaction, claimed: CausalEdge, *evidence: Evidence, written_by: str
) -> CausalEdge | None:
    """The edge after counting `evidence` for `claimed`, which is created when it is new.

    Evidence that is stored already, or older than what the edge has folded, changes nothing. A
    claim about a problem that was merged goes to the problem it was merged into; None when cause
    and effect have become one problem, since no claim remains. Raises NotFound when an end is
    unknown, Conflict when another write came first: run it under `retry.again`.
    """
    ends = (claimed.cause, claimed.effect)
    now = canonical_claim(claimed, await problems.read_canonical(tx, ends))
    stored = await edges.read(tx, now.key) if now else None
    if now is not None and stored is None:
        # A new claim holds its ends, or a merge under way would leave it at an alias.
        now = canonical_claim(now, await problems.hold(tx, (now.cause, now.effect)))
        stored = await edges.read(tx, now.key) if now else None
    if now is None:
        return None
    recorded = await edges.recorded(tx, [piece.id for piece in evidence]) if stored else frozenset()
    after, new = counted(stored, now, evidence, recorded)
    if after is stored:
        return stored
    version = await edges.upsert(tx, after, new, written_by=written_by)
    return replace(after, version=version)


async def record_asked(
    tx: Transaction, claimed: CausalEdge, evidence: Evidence, *, written_by: str
) -> CausalEdge:
    """As `record`, when just this claim was requested: InvalidInput when it no longer exists."""
    edge = await record(tx, claimed, evidence, written_by=written_by)
    if edge is None:
        raise InvalidInput("cause and effect were merged into one", where=claimed.key)
    return edge
