"""Causal edges: claims with evidence, probability and status; proposing and deciding them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.pagination import DEFAULT_PAGE, First, IdArgument, NodeType, key_of, window
from api.graphql.permissions import described, guarded
from labo.domain.edges import CausalEdge, EdgeStatus, Evidence, EvidenceKind, Relation
from labo.domain.tokens import Scope
from labo.errors import NotFound

if TYPE_CHECKING:
    from api.graphql.problems import ProblemType

LazyProblem = Annotated["ProblemType", strawberry.lazy("api.graphql.problems")]


@strawberry.type(name="Evidence", description="One thing that speaks for or against a claim.")
class EvidenceType(NodeType):
    kind: EvidenceKind
    polarity: int = strawberry.field(description="1 speaks for the claim, -1 against it.")
    weight: float
    observed_at: datetime
    summary: str
    system: str
    provoked: bool = strawberry.field(description="Seen while a fault was injected on purpose.")

    @classmethod
    def from_domain(cls, evidence: Evidence) -> EvidenceType:
        return cls(
            key=evidence.id,
            kind=evidence.kind,
            polarity=evidence.polarity,
            weight=evidence.weight,
            observed_at=evidence.observed_at,
            summary=evidence.summary,
            system=evidence.system,
            provoked=evidence.provoked,
        )


@strawberry.type(name="CausalEdge", description="A claim: one problem brings about another.")
class CausalEdgeType(NodeType):
    cause_key: strawberry.Private[str]
    effect_key: strawberry.Private[str]
    relation: Relation = strawberry.field(description="Where the cause sits, seen from the effect.")
    lag_low: float = strawberry.field(description="Seconds.")
    lag_high: float = strawberry.field(description="Seconds.")
    hits: int = strawberry.field(description="The cause was seen and the effect followed.")
    misses: int = strawberry.field(description="The cause was seen and no effect followed.")
    strength: float = strawberry.field(description="P(effect follows | cause).")
    leak: float = strawberry.field(description="How often the effect begins by itself.")
    probability: float = strawberry.field(description="Belief that the claim is causal at all.")
    status: EdgeStatus
    version: int = strawberry.field(description="To be named when deciding.")
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None

    @classmethod
    def from_domain(cls, edge: CausalEdge) -> CausalEdgeType:
        return cls(
            key=edge.key,
            cause_key=edge.cause,
            effect_key=edge.effect,
            relation=edge.relation,
            lag_low=edge.lag_low,
            lag_high=edge.lag_high,
            hits=edge.hits,
            misses=edge.misses,
            strength=edge.strength,
            leak=edge.leak,
            probability=edge.probability,
            status=edge.status,
            version=edge.version,
            decided_by=edge.decided_by,
            decided_at=edge.decided_at,
            reason=edge.reason,
        )

    @described("The problem that causes.")
    async def cause(self, info: Info) -> LazyProblem:
        return await _problem(info, self.cause_key)

    @described("The problem that is caused.")
    async def effect(self, info: Info) -> LazyProblem:
        return await _problem(info, self.effect_key)

    @described("What speaks for and against it, newest first.")
    async def evidence(self, info: Info, first: First = DEFAULT_PAGE) -> list[EvidenceType]:
        found = await info.context.loaders.knowledge.evidence.load(self.key)
        return [EvidenceType.from_domain(e) for e in found[: window(first, None).first]]


async def _problem(info: Info, key: str) -> ProblemType:
    from api.graphql.problems import ProblemType

    found = await info.context.loaders.knowledge.problem.load(key)
    if found is None:
        raise NotFound("the problem is gone", where=key)
    return ProblemType.from_domain(found)


EdgeResult = Annotated[
    CausalEdgeType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("CausalEdgeResult"),
]
EdgeChange = Annotated[
    CausalEdgeType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("CausalEdgeChange"),
]
Version = Annotated[int, strawberry.argument(description="Of the edge as the decider saw it.")]
Reason = Annotated[str, strawberry.argument(description="Why; kept as evidence.")]
Seconds = Annotated[float, strawberry.argument(description="Seconds.")]


@strawberry.type
class EdgesQuery:
    @guarded(Scope.READ, "One causal edge.")
    async def edge(self, info: Info, id_: IdArgument) -> EdgeResult:
        key = key_of(CausalEdgeType, id_)
        found = await info.context.loaders.knowledge.edge.load(key)
        if found is None:
            raise NotFound("no such causal edge", where="id")
        return CausalEdgeType.from_domain(found)


@strawberry.type
class EdgesMutation:
    @guarded(Scope.OPERATE, "Claim that one problem brings about another.")
    async def propose_edge(
        self,
        info: Info,
        cause: strawberry.ID,
        effect: strawberry.ID,
        relation: Relation,
        reason: Reason,
        lag_low: Seconds = 0.0,
        lag_high: Seconds = 300.0,
    ) -> EdgeChange:
        from api.graphql.problems import ProblemType

        edge = await info.context.services.edges.suggest(
            key_of(ProblemType, cause),
            key_of(ProblemType, effect),
            relation,
            lag_low=lag_low,
            lag_high=lag_high,
            by=info.context.caller.name,
            reason=reason,
        )
        return CausalEdgeType.from_domain(edge)

    @guarded(Scope.OPERATE, "Validate a causal edge.")
    async def confirm_edge(
        self, info: Info, edge: strawberry.ID, version: Version, reason: Reason
    ) -> EdgeChange:
        decided = await info.context.services.edges.confirm(
            key_of(CausalEdgeType, edge),
            by=info.context.caller.name,
            reason=reason,
            version=version,
        )
        return CausalEdgeType.from_domain(decided)

    @guarded(Scope.OPERATE, "Refute a causal edge; it stays as negative knowledge.")
    async def refute_edge(
        self, info: Info, edge: strawberry.ID, version: Version, reason: Reason
    ) -> EdgeChange:
        decided = await info.context.services.edges.refute(
            key_of(CausalEdgeType, edge),
            by=info.context.caller.name,
            reason=reason,
            version=version,
        )
        return CausalEdgeType.from_domain(decided)
