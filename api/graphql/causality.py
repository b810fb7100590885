"""Causes, effects and the chains between problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.edges import CausalEdgeType
from api.graphql.errors import ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.pagination import DEFAULT_PAGE, First, key_of, window
from api.graphql.permissions import described, guarded
from api.graphql.problems import ProblemType
from graph import causality, problems
from labo.domain.causality.chains import CausalChain
from labo.domain.entities.tokens import Scope

Depth = Annotated[int, strawberry.argument(description="Longest chain, in edges, 1 to 10.")]
Floor = Annotated[float, strawberry.argument(description="Leave out less probable chains.")]


@strawberry.type(name="CausalChain", description="From a first cause to a last effect.")
class CausalChainType:
    nodes: strawberry.Private[list[ProblemType]]
    edge_keys: strawberry.Private[tuple[str, ...]]
    probability: float = strawberry.field(description="Product over the chain's edges.")
    length: int = strawberry.field(description="Number of edges.")

    @classmethod
    def from_domain(cls, chain: CausalChain, known: Mapping[str, ProblemType]) -> CausalChainType:
        return cls(
            nodes=[known[key] for key in chain.problems if key in known],
            edge_keys=tuple(link.edge for link in chain.links),
            probability=chain.probability,
            length=len(chain.links),
        )

    @described("The problems, the cause first.")
    def problems(self) -> list[ProblemType]:
        # Loaded with the chains: a coroutine for each chain costs more than the problems do.
        return self.nodes

    @described("The claims between them, in the same order.")
    async def edges(self, info: Info) -> list[CausalEdgeType]:
        edges = await info.context.loaders.knowledge.edge.load_many(list(self.edge_keys))
        return [CausalEdgeType.from_domain(edge) for edge in edges if edge]


@strawberry.type(name="CausalChains", description="Chains, the likeliest first.")
class CausalChainsType:
    chains: list[CausalChainType]

    @classmethod
    def from_domain(cls, found: causality.NamedChains) -> CausalChainsType:
        known = {key: ProblemType.from_domain(one) for key, one in found.problems.items()}
        return cls(chains=[CausalChainType.from_domain(chain, known) for chain in found.chains])


ChainsResult = Annotated[
    CausalChainsType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("CausalChainsResult"),
]


async def _chains(
    info: Info,
    problem: strawberry.ID,
    max_depth: int,
    min_probability: float,
    first: int,
    *,
    backwards: bool,
) -> CausalChainsType:
    chains = await causality.named_causes(
        info.context.services.graph,
        key_of(ProblemType, problem),
        max_depth=max_depth,
        min_probability=min_probability,
        limit=window(first, None).first,
        backwards=backwards,
    )
    return CausalChainsType.from_domain(chains)


@strawberry.type
class CausalityQuery:
    @guarded(Scope.READ, "What can cause a problem, with the strongest chain from each cause.")
    async def causes(
        self,
        info: Info,
        problem: strawberry.ID,
        max_depth: Depth = 5,
        min_probability: Floor = 0.01,
        first: First = DEFAULT_PAGE,
    ) -> ChainsResult:
        return await _chains(info, problem, max_depth, min_probability, first, backwards=True)

    @guarded(Scope.READ, "What a problem can cause, with the strongest chain to each effect.")
    async def effects(
        self,
        info: Info,
        problem: strawberry.ID,
        max_depth: Depth = 5,
        min_probability: Floor = 0.01,
        first: First = DEFAULT_PAGE,
    ) -> ChainsResult:
        return await _chains(info, problem, max_depth, min_probability, first, backwards=False)

    @guarded(Scope.READ, "The chains that lead from one problem to another, likeliest first.")
    async def causal_paths(
        self,
        info: Info,
        from_: Annotated[strawberry.ID, strawberry.argument(name="from")],
        to: strawberry.ID,
        max_depth: Depth = 6,
        min_probability: Floor = 0.001,
        first: First = 10,
    ) -> ChainsResult:
        graph = info.context.services.graph
        cause = await problems.get(graph, key_of(ProblemType, from_))
        effect = await problems.get(graph, key_of(ProblemType, to))
        chains = await causality.paths(
            graph,
            cause.key,
            effect.key,
            max_depth=max_depth,
            min_probability=min_probability,
            limit=window(first, None).first,
        )
        problems_by_key = await problems.find_by_keys(
            graph, {k for c in chains for k in c.problems}
        )
        return CausalChainsType.from_domain(causality.NamedChains(chains, problems_by_key))
