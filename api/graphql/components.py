"""Components: which exist, their calls, the metrics they expose and the problems they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.events import LabelType, label_list
from api.graphql.pagination import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    IdArgument,
    NodeType,
    connection,
    head,
    key_of,
    window,
)
from api.graphql.permissions import described, guarded
from graph import components
from labo.domain.entities.components import Component
from labo.domain.entities.metrics import Exposure
from labo.domain.entities.tokens import Scope
from labo.errors import NotFound

if TYPE_CHECKING:
    from api.graphql.problems import ProblemType

LazyProblem = Annotated["ProblemType", strawberry.lazy("api.graphql.problems")]
Hops = Annotated[int, strawberry.argument(description="At most so many calls away, up to 20.")]


@strawberry.type(name="Exposure", description="A metric that a component exposes.")
class ExposureType:
    metric: str
    selector: str = strawberry.field(description="The query to the metric's source.")
    origin: str

    @classmethod
    def from_domain(cls, exposure: Exposure) -> ExposureType:
        return cls(metric=exposure.metric, selector=exposure.selector, origin=exposure.origin)


@strawberry.type(name="ComponentProblem", description="A problem that occurred on a component.")
class ComponentProblemType:
    problem: LazyProblem
    occurrences: int = strawberry.field(description="How often on this component.")


@strawberry.type(name="ReachedComponent", description="A component some calls away.")
class ReachedComponentType:
    component: ComponentType
    hops: int


@strawberry.type(name="Component", description="A service, host, database, cache or queue.")
class ComponentType(NodeType):
    name: str
    system: str
    environment: str
    role: str
    labels: list[LabelType]

    @classmethod
    def from_domain(cls, component: Component) -> ComponentType:
        return cls(
            key=component.key,
            name=component.name,
            system=component.system,
            environment=component.environment,
            role=component.role,
            labels=label_list(component.labels),
        )

    @described("Components that this one calls, in the order of their keys.")
    async def dependencies(self, info: Info, first: First = DEFAULT_PAGE) -> list[ComponentType]:
        keys = await info.context.loaders.knowledge.callees.load(self.key)
        return await load_components(info, keys[: window(first, None).first])

    @described("Components that call this one, in the order of their keys.")
    async def dependents(self, info: Info, first: First = DEFAULT_PAGE) -> list[ComponentType]:
        keys = await info.context.loaders.knowledge.callers.load(self.key)
        return await load_components(info, keys[: window(first, None).first])

    @described("Blast radius: its direct and indirect callers, nearest first.")
    async def blast_radius(
        self, info: Info, hops: Hops = 3, first: First = DEFAULT_PAGE
    ) -> list[ReachedComponentType]:
        size = window(first, None).first
        reached = await components.neighbourhood(
            info.context.services.graph,
            self.key,
            hops=hops,
            direction="callers",
            limit=size + 1,
        )
        pairs = list(zip(reached.components, reached.hops, strict=True))[1:]
        return [
            ReachedComponentType(component=ComponentType.from_domain(found), hops=distance)
            for found, distance in pairs
        ]

    @described("Metrics that it exposes.")
    async def exposes(self, info: Info, first: First = DEFAULT_PAGE) -> list[ExposureType]:
        exposures = await info.context.loaders.knowledge.exposures.load(self.key)
        return head(exposures, first, ExposureType.from_domain)

    @described("Problems that occurred on it, the most frequent first.")
    async def problems(self, info: Info, first: First = DEFAULT_PAGE) -> list[ComponentProblemType]:
        from api.graphql.problems import load_problems

        occurring = await info.context.loaders.knowledge.problems_on.load(self.key)
        page = occurring[: window(first, None).first]
        kinds = await load_problems(info, [item.problem for item in page])
        times = {item.problem: item.occurrences for item in page}
        return [ComponentProblemType(problem=p, occurrences=times[p.key]) for p in kinds]


async def load_components(info: Info, keys: list[str]) -> list[ComponentType]:
    """Those of `keys` that exist, in their order, over the request's loader."""
    components = await info.context.loaders.knowledge.component.load_many(keys)
    return [ComponentType.from_domain(component) for component in components if component]


ComponentResult = Annotated[
    ComponentType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("ComponentResult"),
]


@strawberry.type
class ComponentsQuery:
    @guarded(Scope.READ, "One component.")
    async def component(self, info: Info, id_: IdArgument) -> ComponentResult:
        key = key_of(ComponentType, id_)
        component = await info.context.loaders.knowledge.component.load(key)
        if component is None:
            raise NotFound("no such component", where="id")
        return ComponentType.from_domain(component)

    @guarded(Scope.READ, "Components in the order of their keys, which begin with the system.")
    async def components(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        system: str | None = None,
        role: str | None = None,
    ) -> Connection[ComponentType]:
        page = window(first, after)
        rows = await components.find(
            info.context.services.graph,
            system=system,
            role=role,
            after=page.after_key or "",
            limit=page.limit,
        )
        return connection(
            rows,
            page,
            node=ComponentType.from_domain,
            position=lambda component: (component.key, component.key),
        )
