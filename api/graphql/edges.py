"""Causal edges: claims with evidence, probability and status; proposing and deciding them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.evidence import (
    EvidenceType,
    StatusChangeType,
    SystemFiguresType,
    figures_by_system,
)
from api.graphql.pagination import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    IdArgument,
    NodeType,
    connection,
    key_of,
    window,
)
from api.graphql.permissions import described, guarded
from graph import evidence
from labo.domain.causality.edges import CausalEdge, EdgeStatus, Relation
from labo.domain.causality.inference import inference_weight
from labo.domain.entities.tokens import Scope
from labo.errors import NotFound

if TYPE_CHECKING:
    from api.graphql.problems import ProblemType

LazyProblem = Annotated["ProblemType", strawberry.lazy("api.graphql.problems")]


@strawberry.type(name="CausalEdge", description="A claim: one problem causes another.")
class CausalEdgeType(NodeType):
    claim: strawberry.Private[CausalEdge]
    cause_key: strawberry.Private[str]
    effect_key: strawberry.Private[str]
    confounder_keys: strawberry.Private[tuple[str, ...]]
    relation: Relation = strawberry.field(
        description="The cause's component relative to the effect's."
    )
    lag_low: float = strawberry.field(description="Seconds; learnt once 5 hits have a known order.")
    lag_high: float = strawberry.field(
        description="Seconds; learnt once 5 hits have a known order."
    )
    max_lag: float = strawberry.field(description="Seconds within which an effect counts as hit.")
    hits: int = strawberry.field(description="The cause was seen and the effect followed.")
    misses: int = strawberry.field(description="The cause was seen and no effect followed.")
    strength: float = strawberry.field(description="P(effect follows | cause).")
    strength_low: float = strawberry.field(description="Lower end of its 95 % interval.")
    strength_high: float = strawberry.field(description="Upper end of its 95 % interval.")
    leak: float = strawberry.field(
        description="Share of windows of `maxLag` + 30 s in which the effect starts by itself; "
        "unknown where it is 0 and `leakHigh` 1."
    )
    leak_high: float = strawberry.field(description="95 % upper bound of the leak.")
    e_value: float = strawberry.field(
        description="Evidence against chance, an e-value: valid at any stopping time; 1 is none."
    )
    order_share: float | None = strawberry.field(
        description="Temporal-order agreement: share of `orderComparisons` in which the cause came "
        "first; null without any."
    )
    order_comparisons: int = strawberry.field(
        description="Opportunities in which the order of cause and effect was clear."
    )
    probability: float = strawberry.field(description="Belief that the claim is causal at all.")
    status: EdgeStatus
    version: int = strawberry.field(description="To be passed when deciding.")
    as_of: datetime | None = strawberry.field(
        description="Event time of the latest evidence: older evidence has faded since."
    )
    explained: bool = strawberry.field(description="A common cause explains all of it.")
    refuted_in: list[str] = strawberry.field(
        description="Systems where paired runs showed no effect."
    )
    systems: list[SystemFiguresType] = strawberry.field(description="The counts of each system.")
    history: list[StatusChangeType] = strawberry.field(
        description="Changes of the status, oldest first."
    )
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None

    @classmethod
    def from_domain(cls, edge: CausalEdge) -> CausalEdgeType:
        return cls(
            key=edge.key,
            claim=edge,
            cause_key=edge.cause,
            effect_key=edge.effect,
            confounder_keys=edge.confounded_by,
            relation=edge.relation,
            lag_low=edge.lag_low,
            lag_high=edge.lag_high,
            max_lag=edge.max_lag,
            hits=edge.hits,
            misses=edge.misses,
            strength=edge.strength,
            strength_low=edge.strength_low,
            strength_high=edge.strength_high,
            leak=edge.leak,
            leak_high=edge.leak_high,
            e_value=edge.e_value,
            order_share=edge.order_share,
            order_comparisons=edge.order_comparisons,
            probability=edge.probability,
            status=edge.status,
            version=edge.version,
            as_of=edge.as_of,
            explained=edge.explained,
            refuted_in=list(edge.refuted_in),
            systems=figures_by_system(edge),
            history=[StatusChangeType.from_domain(change) for change in edge.history],
            decided_by=edge.decided_by,
            decided_at=edge.decided_at,
            reason=edge.reason,
        )

    @described(
        "What the cause adds over the leak, times the belief: the edge's probability in a "
        "diagnosis, which omits edges below 0.01. An unknown leak is taken as 0.05. 0 for a "
        "refuted claim, and in a `system` of `refutedIn`."
    )
    def inference_weight(self, system: str | None = None) -> float:
        return inference_weight(self.claim, system)

    @described("The causing problem.")
    async def cause(self, info: Info) -> LazyProblem:
        return await _problem(info, self.cause_key)

    @described("The problem caused.")
    async def effect(self, info: Info) -> LazyProblem:
        return await _problem(info, self.effect_key)

    @described("Known common causes that may explain it: only an experiment can decide.")
    async def confounded_by(self, info: Info) -> list[LazyProblem]:
        # Together, so that they are one statement.
        return await asyncio.gather(*(_problem(info, key) for key in self.confounder_keys))

    @described("All stored evidence for and against it, newest first, in pages.")
    async def all_evidence(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[EvidenceType]:
        page = window(first, after)
        rows = await evidence.page(
            info.context.services.graph, self.key, after=page.moment, limit=page.limit
        )
        return connection(
            rows,
            page,
            node=EvidenceType.from_domain,
            position=lambda piece: (piece.observed_at.isoformat(), piece.id),
        )

    @described("Evidence for and against it, newest first.")
    async def evidence(self, info: Info, first: First = DEFAULT_PAGE) -> list[EvidenceType]:
        evidence = await info.context.loaders.knowledge.evidence.load(self.key)
        return [EvidenceType.from_domain(e) for e in evidence[: window(first, None).first]]


async def _problem(info: Info, key: str) -> ProblemType:
    from api.graphql.problems import ProblemType

    problem = await info.context.loaders.knowledge.problem.load(key)
    if problem is None:
        raise NotFound("the problem is gone", where=key)
    return ProblemType.from_domain(problem)


EdgeResult = Annotated[
    CausalEdgeType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("CausalEdgeResult"),
]
EdgeChange = Annotated[
    CausalEdgeType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("CausalEdgeChange"),
]
Version = Annotated[int, strawberry.argument(description="Of the edge as the decider saw it.")]
Reason = Annotated[str, strawberry.argument(description="Why; stored as evidence.")]
Seconds = Annotated[float, strawberry.argument(description="Seconds.")]


@strawberry.type
class EdgesQuery:
    @guarded(Scope.READ, "One causal edge.")
    async def edge(self, info: Info, id_: IdArgument) -> EdgeResult:
        key = key_of(CausalEdgeType, id_)
        edge = await info.context.loaders.knowledge.edge.load(key)
        if edge is None:
            raise NotFound("no such causal edge", where="id")
        return CausalEdgeType.from_domain(edge)


@strawberry.type
class EdgesMutation:
    @guarded(Scope.OPERATE, "Claim that one problem causes another.")
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

    @guarded(Scope.OPERATE, "Refute a causal edge; it remains as negative knowledge.")
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
