"""Causal edges: proposing, counting evidence, deciding."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from graph import edges
from graph.client import Graph, Transaction
from labo.domain.belief import PROPOSAL_WEIGHT, check_version, claim, decided
from labo.domain.edges import CausalEdge, EdgeStatus, Evidence, EvidenceKind, Relation
from labo.domain.justification import justified
from labo.domain.keys import digest
from labo.errors import Conflict, NotFound

T = TypeVar("T")
log = structlog.get_logger()

ATTEMPTS = 5


class EdgeService:
    """Every write on causal edges that decides something."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def propose(
        self,
        cause: str,
        effect: str,
        relation: Relation,
        evidence: Evidence,
        *,
        lag_low: float = 0.0,
        lag_high: float = 300.0,
        by: str,
    ) -> CausalEdge:
        """The claim that problem `cause` brings about `effect` (keys), with why it is made.

        Proposing again adds the evidence to what is there. A refuted claim keeps its status
        unless the evidence is of a stronger kind than what refuted it; see its `status`. Raises
        NotFound for an unknown problem, InvalidInput for a claim that makes no sense.
        """
        claimed = claim(cause, effect, relation, lag_low=lag_low, lag_high=lag_high)

        async def unit(tx: Transaction) -> CausalEdge:
            return await edges.record(tx, claimed, evidence, written_by=by)

        kept = await self._again(unit, "edges.propose")
        log.info("edge.proposed", edge=kept.key, status=kept.status.value, by=by)
        return kept

    async def suggest(
        self,
        cause: str,
        effect: str,
        relation: Relation,
        *,
        lag_low: float = 0.0,
        lag_high: float = 300.0,
        by: str,
        reason: str,
    ) -> CausalEdge:
        """A person's claim, which is not yet a decision; one per person and claim counts.

        Raises like `propose`, and Conflict when the claim was refuted.
        """
        by, reason = justified(by, reason)
        claimed = claim(cause, effect, relation, lag_low=lag_low, lag_high=lag_high)
        evidence = Evidence(
            id=digest("suggestion", claimed.key, by),
            edge=claimed.key,
            kind=EvidenceKind.HUMAN,
            polarity=1,
            weight=PROPOSAL_WEIGHT,
            observed_at=datetime.now(UTC),
            summary=f"{by}: {reason}",
        )
        kept = await self.propose(
            cause, effect, relation, evidence, lag_low=lag_low, lag_high=lag_high, by=by
        )
        if kept.status is EdgeStatus.REFUTED:
            raise Conflict(
                f"{kept.decided_by or 'an experiment'} refuted this claim: {kept.reason}",
                where=kept.key,
                hint="confirm the edge if you know better",
            )
        return kept

    async def record_evidence(self, evidence: Evidence, *, by: str) -> CausalEdge:
        """Count `evidence` for the edge it names, once per evidence id. Raises NotFound."""

        async def unit(tx: Transaction) -> CausalEdge:
            claimed = await edges.read(tx, evidence.edge)
            if claimed is None:
                raise NotFound("no such causal edge", where=evidence.edge)
            return await edges.record(tx, claimed, evidence, written_by=by)

        return await self._again(unit, "edges.record_evidence")

    async def confirm(self, edge: str, *, by: str, reason: str, version: int) -> CausalEdge:
        """A human validates the edge as it was at `version`.

        Raises NotFound, Conflict when it changed since, InvalidInput without a reason.
        """
        return await self._decide(edge, EdgeStatus.VALIDATED, by, reason, version)

    async def refute(self, edge: str, *, by: str, reason: str, version: int) -> CausalEdge:
        """A human refutes the edge; it stays as negative knowledge. Raises like `confirm`."""
        return await self._decide(edge, EdgeStatus.REFUTED, by, reason, version)

    async def _decide(
        self, edge: str, status: EdgeStatus, by: str, reason: str, version: int
    ) -> CausalEdge:
        at = datetime.now(UTC)

        async def unit(tx: Transaction) -> CausalEdge:
            kept = await edges.read(tx, edge)
            if kept is None:
                raise NotFound("no such causal edge", where=edge)
            check_version(kept, version)
            after = decided(kept, status, by=by, reason=reason, at=at)
            evidence = _decision_evidence(after)
            await edges.keep_decision(
                tx,
                evidence.id,
                verdict="APPROVE" if status is EdgeStatus.VALIDATED else "REJECT",
                reason=after.reason or "",
                by=by,
                at=at,
            )
            written = await edges.upsert(tx, after, [evidence], written_by=by)
            return replace(after, version=written)

        after = await self._graph.write(unit, name="edges.decide")
        log.info("edge.decided", edge=edge, status=status.value, by=by)
        return after

    async def _again(self, unit: Callable[[Transaction], Awaitable[T]], name: str) -> T:
        """Counting commutes, so losing a race means reading again, not giving up."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._graph.write(unit, name=name)
            except Conflict:
                continue
        return await self._graph.write(unit, name=name)


def _decision_evidence(edge: CausalEdge) -> Evidence:
    """What a decision leaves behind; its id is the decision's, one per edge and version."""
    if edge.decided_at is None:
        raise ValueError("an undecided edge has no decision")
    decision = digest("edge-decision", edge.key, str(edge.version))
    return Evidence(
        id=decision,
        edge=edge.key,
        kind=EvidenceKind.HUMAN,
        polarity=1 if edge.status is EdgeStatus.VALIDATED else -1,
        weight=1.0,
        observed_at=edge.decided_at,
        summary=f"{edge.decided_by}: {edge.reason}",
        origin=decision,
    )
