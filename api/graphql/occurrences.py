"""Occurrences: a problem on a component, from start to end."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.components import ComponentType
from api.graphql.confirmed_causes import load_component, load_problem
from api.graphql.context import Info
from api.graphql.events import EventType
from api.graphql.pagination import DEFAULT_PAGE, First, NodeType, window
from api.graphql.permissions import described
from api.graphql.problems import ProblemType
from labo.domain.entities.severity import Severity
from labo.domain.incidents.incidents import Occurrence


@strawberry.type(name="Occurrence", description="A problem on a component, from start to end.")
class OccurrenceType(NodeType):
    severity: Severity
    started_at: datetime
    ended_at: datetime | None
    dedup_key: str
    provoked: bool = strawberry.field(description="Injected on purpose, by an experiment.")
    problem_key: str
    component_key: str

    @classmethod
    def from_domain(cls, occurrence: Occurrence) -> OccurrenceType:
        return cls(
            key=occurrence.id,
            severity=occurrence.severity,
            started_at=occurrence.started_at,
            ended_at=occurrence.ended_at,
            dedup_key=occurrence.dedup_key,
            provoked=occurrence.provoked,
            problem_key=occurrence.problem,
            component_key=occurrence.component,
        )

    @described("The kind of problem.")
    async def problem(self, info: Info) -> ProblemType | None:
        return await load_problem(info, self.problem_key)

    @described("Where it happened.")
    async def component(self, info: Info) -> ComponentType | None:
        return await load_component(info, self.component_key)

    @described("The messages that signalled it, oldest first.")
    async def events(self, info: Info, first: First = DEFAULT_PAGE) -> list[EventType]:
        events = await info.context.loaders.cases.events.load((self.key, window(first).first))
        return [EventType.from_domain(event) for event in events]
