"""Minimal metric sets: the fewest metrics that tell rival causes apart, and which they can't."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.incidents import IncidentType
from api.graphql.pagination import key_of
from api.graphql.permissions import guarded
from api.graphql.problems import ProblemType
from labo.domain.metric_sets import MinimalSet
from labo.domain.tokens import Scope
from labo.errors import InvalidInput


@strawberry.type(name="RivalPair", description="Two causes, as the set names them.")
class RivalPairType:
    one: str
    other: str


@strawberry.type(
    name="MinimalSet", description="The fewest, cheapest metrics that tell causes apart."
)
class MinimalSetType:
    metrics: list[str] = strawberry.field(
        description="In useful order: `component:metric` for an incident, `role:metric` otherwise."
    )
    cost: float
    proven: bool = strawberry.field(description="Nothing cheaper does; else see `lowerBound`.")
    lower_bound: float = strawberry.field(description="No set can cost less than this.")
    indistinguishable: list[RivalPairType] = strawberry.field(
        description="Pairs that no available metric separates."
    )
    under_covered: list[RivalPairType] = strawberry.field(
        description="Pairs with fewer separating metrics than `covers` asks for."
    )
    covers: int = strawberry.field(description="Metrics that separate each pair, at least.")
    saving: float = strawberry.field(description="1 - cost / cost of collecting everything.")
    took_ms: float

    @classmethod
    def from_domain(cls, found: MinimalSet) -> MinimalSetType:
        return cls(
            metrics=list(found.metrics),
            cost=found.cost,
            proven=found.proven,
            lower_bound=found.lower_bound,
            indistinguishable=[RivalPairType(one=a, other=b) for a, b in found.indistinguishable],
            under_covered=[RivalPairType(one=a, other=b) for a, b in found.under_covered],
            covers=found.covers,
            saving=found.saving,
            took_ms=found.took_ms,
        )


MinimalMetricsResult = Annotated[
    MinimalSetType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("MinimalMetricsResult"),
]


@strawberry.type
class MetricSetsQuery:
    @guarded(
        Scope.READ,
        "The fewest metrics that tell apart the causes of a problem, or an incident's suspects.",
    )
    async def minimal_metrics(
        self,
        info: Info,
        problem: strawberry.ID | None = None,
        incident: strawberry.ID | None = None,
        covers: Annotated[int, strawberry.argument(description="1 to 5, of a problem.")] = 1,
        healthy: Annotated[
            bool, strawberry.argument(description="Whether *nothing is wrong* is a rival too.")
        ] = True,
    ) -> MinimalMetricsResult:
        service = info.context.services.metric_sets
        if problem is not None and incident is None:
            key = key_of(ProblemType, problem)
            found = await service.for_problem(key, covers=covers, healthy=healthy)
        elif incident is not None and problem is None:
            found = await service.for_incident(key_of(IncidentType, incident))
        else:
            raise InvalidInput("name a problem or an incident, one of them", where="problem")
        return MinimalSetType.from_domain(found)
