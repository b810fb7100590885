"""Causal edges: proposing, counting evidence, deciding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from graph import edges, evidence
from graph.client import Graph, Transaction
from labo.domain.causality.belief import PROPOSAL_WEIGHT, check_version, claim, decided, reviewed
from labo.domain.causality.edges import (
    KNOWN,
    CausalEdge,
    EdgeStatus,
    Evidence,
    EvidenceKind,
    Relation,
)
from labo.domain.causality.review import Candidate, Judged, judged, needs_review
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.justification import justified
from labo.domain.entities.keys import digest
from labo.errors import Conflict, NotFound
from labo.services.causality.recording import record, record_asked
from labo.services.causality.retry import again

log = structlog.get_logger()


EDGES_AT_ONCE = 25
MOST_KNOWN = 20
"""Known causes of a problem that a review examines, the likeliest ones."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How many claims were judged together, how many are supported, how many changed."""

    candidates: int
    supported: int
    changed: int


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
        """The claim that problem `cause` causes problem `effect` (keys), with the reason for it.

        Proposing again adds the evidence to what is there. A refuted claim keeps its status unless
        the evidence is of a stronger kind than what refuted it; see its `status`. Raises NotFound
        for an unknown problem, InvalidInput for a claim that is not meaningful.
        """
        claimed = claim(cause, effect, relation, lag_low=lag_low, lag_high=lag_high)

        async def unit(tx: Transaction) -> CausalEdge:
            return await record_asked(tx, claimed, evidence, written_by=by)

        edge = await again(self._graph, unit, "edges.propose")
        log.info("edge.proposed", edge=edge.key, status=edge.status.value, by=by)
        return edge

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

        Raises like `propose`, and Conflict when the claim was refuted and stays so; the suggestion
        is stored all the same.
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
        edge = await self.propose(
            cause, effect, relation, evidence, lag_low=lag_low, lag_high=lag_high, by=by
        )
        if edge.status is EdgeStatus.REFUTED:
            why = f": {edge.reason}" if edge.reason else ""
            raise Conflict(
                f"{edge.decided_by or 'experiments'} refuted this claim{why}",
                where=edge.key,
                hint="confirm the edge if you know better",
            )
        return edge

    async def record_evidence(self, evidence: Evidence, *, by: str) -> CausalEdge:
        """Count `evidence` for the edge it names, once per evidence id. Raises NotFound."""

        async def unit(tx: Transaction) -> CausalEdge:
            claimed = await edges.read(tx, evidence.edge)
            edge = await record(tx, claimed, evidence, written_by=by) if claimed else None
            if edge is None:
                raise NotFound("no such causal edge", where=evidence.edge)
            return edge

        return await again(self._graph, unit, "edges.record_evidence")

    async def review(self) -> Reviewed:
        """Judge all undecided claims together: which does observation support, which may a known
        common cause explain? Decided and settled ones stay. Raises Unavailable.
        """
        others: list[Candidate] = []
        due: list[str] = []
        after = ""
        while page := await evidence.candidates(self._graph, after=after):
            due.extend(candidate.key for candidate in page if needs_review(candidate))
            others.extend(page)
            after = page[-1].key
        due_edges = await edges.find_by_keys(self._graph, due)
        ends = {key for edge in due_edges.values() for key in (edge.cause, edge.effect)}
        rival_edges = await edges.find_by_effect(
            self._graph, ends, statuses=KNOWN, limit=MOST_KNOWN
        )
        verdicts = judged(due_edges.values(), rival_edges, others)
        changed = 0
        for start in range(0, len(due), EDGES_AT_ONCE):
            chosen = due[start : start + EDGES_AT_ONCE]
            changed += await self._save_review({k: verdicts[k] for k in chosen if k in verdicts})
        rising = sum(verdict.supported for verdict in verdicts.values())
        log.info("edges.reviewed", candidates=len(others), supported=rising, changed=changed)
        return Reviewed(len(others), rising, changed)

    async def _save_review(self, verdicts: Mapping[str, Judged]) -> int:
        async def unit(tx: Transaction) -> int:
            changed = 0
            for key, verdict in sorted(verdicts.items()):
                edge = await edges.read(tx, key)
                if edge is None:
                    continue
                after = reviewed(
                    edge,
                    supported=verdict.supported,
                    confounded_by=verdict.confounded_by,
                    explained=verdict.explained,
                    at=edge.as_of or datetime.now(UTC),
                )
                if after != edge:
                    await edges.upsert(tx, after, written_by="review")
                    changed += 1
            return changed

        return await again(self._graph, unit, JobKind.REVIEW_EDGES)

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
            await edges.save_decision(
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
