"""Minimal metric sets: the fewest metrics that separate rival causes, and the pairs they can't."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.edges import CausalEdgeType
from api.graphql.errors import ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.incidents import IncidentType
from api.graphql.metric_plans import MetricPlanType
from api.graphql.pagination import key_of
from api.graphql.permissions import described, guarded
from api.graphql.problems import ProblemType, load_problems
from labo.domain.entities.tokens import Scope
from labo.domain.metric_sets.sets import (
    Demand,
    Measurement,
    MinimalSet,
    Pair,
    Purpose,
    Remedy,
    RemedyKind,
)
from labo.services.metric_sets.questions import Subject


@strawberry.type(name="RivalPair", description="Two causes, as the set names them.")
class RivalPairType:
    one: str
    other: str


@strawberry.type(name="MetricMeasurement", description="One metric of a set.")
class MetricMeasurementType:
    name: str = strawberry.field(description="As in `metrics`.")
    metric: str
    role: str = strawberry.field(description="Of the component it is measured on; empty: unknown.")
    component: str | None = strawberry.field(description="Its name, for an incident.")
    selector: str | None = strawberry.field(description="The query to the metric source.")
    cost: float
    gain: float = strawberry.field(description="Share of the pairs it is the first to separate.")
    purpose: Purpose

    @classmethod
    def from_domain(cls, measurement: Measurement) -> MetricMeasurementType:
        return cls(
            name=measurement.name,
            metric=measurement.metric,
            role=measurement.role,
            component=measurement.component or None,
            selector=measurement.selector or None,
            cost=measurement.cost,
            gain=measurement.gain,
            purpose=measurement.purpose,
        )


@strawberry.type(
    name="MetricRemedy",
    description="What would separate a pair that no available metric separates.",
)
class MetricRemedyType:
    one: str
    other: str
    metric: str
    kind: RemedyKind
    unknown_under: list[str] = strawberry.field(
        description="Causes under which its state must be learnt first."
    )

    @classmethod
    def from_domain(cls, remedy: Remedy) -> MetricRemedyType:
        return cls(
            one=remedy.pair[0],
            other=remedy.pair[1],
            metric=remedy.metric,
            kind=remedy.kind,
            unknown_under=list(remedy.unknown_under),
        )


def _pairs(pairs: tuple[Pair, ...]) -> list[RivalPairType]:
    return [RivalPairType(one=one, other=other) for one, other in pairs]


@strawberry.type(
    name="MinimalSet", description="The fewest, cheapest metrics that distinguish causes."
)
class MinimalSetType:
    metrics: list[str] = strawberry.field(
        description="Most useful first: `component:metric` of an incident, else `role:metric`."
    )
    measurements: list[MetricMeasurementType] = strawberry.field(
        description="The same, with details."
    )
    key: str | None = strawberry.field(description="Of the stored set; null: computed just now.")
    rivals: list[str] = strawberry.field(
        description="The causes to distinguish: keys of problems; for an incident, component names."
    )
    cost: float
    proven: bool = strawberry.field(
        description="No cheaper set exists; otherwise see `lowerBound`."
    )
    lower_bound: float = strawberry.field(description="No set can cost less than this.")
    indistinguishable: list[RivalPairType] = strawberry.field(
        description="Pairs that no available metric separates."
    )
    remedies: list[MetricRemedyType] = strawberry.field(
        description="What would separate them, best first, at most three per pair."
    )
    under_covered: list[RivalPairType] = strawberry.field(
        description="Pairs with fewer separating metrics than `covers` asks for."
    )
    unseparated: list[RivalPairType] = strawberry.field(
        description="Pairs for which `atMost` leaves no metric."
    )
    covers: int = strawberry.field(description="Metrics that separate each pair, at least.")
    saving: float = strawberry.field(description="1 - cost / cost of collecting everything.")
    took_ms: float

    @classmethod
    def from_domain(cls, found: MinimalSet) -> MinimalSetType:
        return cls(
            metrics=list(found.metrics),
            measurements=[
                MetricMeasurementType.from_domain(measurement) for measurement in found.measurements
            ],
            key=found.id or None,
            rivals=list(found.rivals),
            cost=found.cost,
            proven=found.proven,
            lower_bound=found.lower_bound,
            indistinguishable=_pairs(found.indistinguishable),
            remedies=[MetricRemedyType.from_domain(remedy) for remedy in found.remedies],
            under_covered=_pairs(found.under_covered),
            unseparated=_pairs(found.unseparated),
            covers=found.covers,
            saving=found.saving,
            took_ms=found.took_ms,
        )

    @described("The rivals that are problems, with their titles.")
    async def problems(self, info: Info) -> list[ProblemType]:
        return await load_problems(info, self.rivals)


MinimalMetricsResult = Annotated[
    MinimalSetType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("MinimalMetricsResult"),
]
MetricPlanResult = Annotated[
    MetricPlanType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("MetricPlanResult"),
]


@strawberry.input(
    name="MetricCost", description="What collecting a metric costs, for this query only."
)
class MetricCostInput:
    metric: str = strawberry.field(
        description="`role:metric` or a bare metric; * and ? stand for any."
    )
    cost: float


Covers = Annotated[
    int | None,
    strawberry.argument(description="1 to 5; by default 1, or up to 3 as `atMost` allows."),
]
Healthy = Annotated[
    bool, strawberry.argument(description="Whether *nothing is wrong* is a rival too.")
]
Exclude = Annotated[
    list[str] | None,
    strawberry.argument(
        description="What can't be collected, named like a cost's `metric`; refused if it matches "
        "no candidate metric."
    ),
]
EdgeId = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Witnesses of both ends, and rivals of the cause."),
]
ProblemIds = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description="Problems to distinguish; an empty list: all with a signature."
    ),
]
AtMost = Annotated[int | None, strawberry.argument(description="At most so many metrics.")]
Depth = Annotated[int, strawberry.argument(description="Consecutive measurements, 1 to 6.")]


def _subject(
    problem: strawberry.ID | None,
    incident: strawberry.ID | None,
    edge: strawberry.ID | None,
    problems: list[strawberry.ID] | None,
) -> Subject:
    listed = None if problems is None else tuple(key_of(ProblemType, one) for one in problems)
    return Subject(
        problem=None if problem is None else key_of(ProblemType, problem),
        incident=None if incident is None else key_of(IncidentType, incident),
        edge=None if edge is None else key_of(CausalEdgeType, edge),
        problems=listed,
    )


@strawberry.type
class MetricSetsQuery:
    @guarded(
        Scope.READ,
        "The fewest metrics that distinguish the causes of a problem, an incident's suspects, the "
        "cause of an edge from its rivals, or some problems.",
    )
    async def minimal_metrics(
        self,
        info: Info,
        problem: strawberry.ID | None = None,
        incident: strawberry.ID | None = None,
        edge: EdgeId = None,
        problems: ProblemIds = None,
        covers: Covers = None,
        healthy: Healthy = True,
        exclude: Exclude = None,
        costs: list[MetricCostInput] | None = None,
        at_most: AtMost = None,
    ) -> MinimalMetricsResult:
        demand = Demand(
            covers=1 if covers is None and at_most is None else covers,
            healthy=healthy,
            exclude=frozenset(exclude or ()),
            costs={one.metric: one.cost for one in costs or ()},
            at_most=at_most,
        )
        subject = _subject(problem, incident, edge, problems)
        minimal = await info.context.services.metric_sets.minimal(subject, demand)
        return MinimalSetType.from_domain(minimal)

    @guarded(
        Scope.READ,
        "What to measure first, and next after each measurement, by information gain per cost.",
    )
    async def metric_plan(
        self,
        info: Info,
        problem: strawberry.ID | None = None,
        incident: strawberry.ID | None = None,
        edge: EdgeId = None,
        problems: ProblemIds = None,
        depth: Depth = 3,
        healthy: Healthy = True,
        exclude: Exclude = None,
        costs: list[MetricCostInput] | None = None,
    ) -> MetricPlanResult:
        demand = Demand(
            healthy=healthy,
            exclude=frozenset(exclude or ()),
            costs={one.metric: one.cost for one in costs or ()},
        )
        subject = _subject(problem, incident, edge, problems)
        plan = await info.context.services.metric_sets.plan(subject, demand, depth=depth)
        return MetricPlanType.from_domain(plan)
