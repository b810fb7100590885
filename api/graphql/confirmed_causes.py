"""Confirmed causes and findings: what humans validated about an incident."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.components import ComponentType
from api.graphql.context import Info
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.events import LabelType, label_list
from api.graphql.pagination import NodeType, key_of
from api.graphql.permissions import described, guarded
from api.graphql.problems import ProblemType
from labo.domain.entities.tokens import Scope
from labo.domain.escalation.proposals import Finding
from labo.domain.incidents.confirmed_causes import ConfirmedCause


@strawberry.type(name="ConfirmedCause", description="What a human confirmed to be the cause.")
class ConfirmedCauseType:
    component_key: str | None
    problem_key: str | None
    confirmed_by: str
    at: datetime
    reason: str

    @classmethod
    def from_domain(cls, cause: ConfirmedCause) -> ConfirmedCauseType:
        return cls(
            component_key=cause.component,
            problem_key=cause.problem,
            confirmed_by=cause.confirmed_by,
            at=cause.at,
            reason=cause.reason,
        )

    @described("The root-cause component.")
    async def component(self, info: Info) -> ComponentType | None:
        return await load_component(info, self.component_key)

    @described("The problem it had.")
    async def problem(self, info: Info) -> ProblemType | None:
        return await load_problem(info, self.problem_key)


@strawberry.type(name="Finding", description="What was learnt from an incident.")
class FindingType(NodeType):
    summary: str
    validated_by: str
    reason: str
    created_at: datetime
    labels: list[LabelType]

    @classmethod
    def from_domain(cls, finding: Finding) -> FindingType:
        return cls(
            key=finding.id,
            summary=finding.summary,
            validated_by=finding.validated_by,
            reason=finding.reason,
            created_at=finding.created_at,
            labels=label_list(finding.labels),
        )


FindingChange = Annotated[
    FindingType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("FindingChange"),
]


@strawberry.type
class CausesMutation:
    @guarded(
        Scope.OPERATE,
        "Confirm the cause of an incident: a component, a problem, or a problem on a component. "
        "With `name`, what you call the problem: the title of `problem`, unless people named it "
        "already, or the problem of that name on the component's role. "
        "Recorded with your token's name, and as a finding.",
    )
    async def confirm_cause(
        self,
        info: Info,
        incident: strawberry.ID,
        reason: str,
        component: strawberry.ID | None = None,
        problem: strawberry.ID | None = None,
        name: str | None = None,
    ) -> FindingChange:
        from api.graphql.incidents import IncidentType

        finding = await info.context.services.causes.confirm(
            key_of(IncidentType, incident),
            component=key_of(ComponentType, component) if component else None,
            problem=key_of(ProblemType, problem) if problem else None,
            name=name,
            reason=reason,
            by=info.context.caller.name,
        )
        return FindingType.from_domain(finding)


async def load_component(info: Info, key: str | None) -> ComponentType | None:
    component = await info.context.loaders.knowledge.component.load(key) if key else None
    return ComponentType.from_domain(component) if component else None


async def load_problem(info: Info, key: str | None) -> ProblemType | None:
    problem = await info.context.loaders.knowledge.problem.load(key) if key else None
    return ProblemType.from_domain(problem) if problem else None
