"""Where an incident stands in its escalation, what was executed for it, and what people may do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.events import LabelType, label_list
from api.graphql.incidents import IncidentType
from api.graphql.pagination import key_of
from api.graphql.permissions import guarded
from labo.domain.entities.tokens import Scope
from labo.domain.escalation.executions import Execution, ExecutionKind, ExecutionStatus
from labo.domain.escalation.facts import EscalationState
from labo.domain.escalation.proposals import EscalationLevel
from labo.domain.escalation.stages import Stage
from labo.domain.governance.autonomy import Autonomy, Controls

Reason = Annotated[str, strawberry.argument(description="Why; at most 2,000 characters.")]


@strawberry.type(name="Execution", description="The one run of an approved action.")
class ExecutionType:
    key: str
    kind: ExecutionKind
    executor: str
    template_id: str
    target: str = strawberry.field(description="Component that it changes; empty where none.")
    parameters: list[LabelType]
    status: ExecutionStatus
    detail: str = strawberry.field(description="What the executor reported, masked.")
    outcome: str | None = strawberry.field(
        description="What its verification found: worked, no_effect, worse or unknown."
    )
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    verified_at: datetime | None

    @classmethod
    def from_domain(cls, execution: Execution) -> ExecutionType:
        return cls(
            key=execution.id,
            kind=execution.kind,
            executor=execution.executor,
            template_id=execution.template,
            target=execution.target,
            parameters=label_list(execution.parameters),
            status=execution.status,
            detail=execution.detail,
            outcome=execution.outcome,
            requested_at=execution.requested_at,
            started_at=execution.started_at,
            ended_at=execution.ended_at,
            verified_at=execution.verified_at,
        )


@strawberry.type(name="Escalation", description="Where an incident stands in its escalation.")
class EscalationType:
    stage: Stage | None = strawberry.field(description="None before the first diagnosis.")
    level: EscalationLevel
    note: str | None = strawberry.field(description="Why it stands there.")
    since: datetime | None

    @classmethod
    def from_domain(cls, state: EscalationState) -> EscalationType:
        return cls(
            stage=state.stage, level=state.escalation_level, note=state.note, since=state.since
        )


@strawberry.type(name="Controls", description="What a workspace lets Labo do by itself.")
class ControlsType:
    autonomy: Autonomy
    stopped_at: datetime | None = strawberry.field(
        description="While set, nothing is executed, whatever was approved."
    )
    stopped_by: str
    reason: str = strawberry.field(description="Of the newest change.")

    @classmethod
    def from_domain(cls, controls: Controls) -> ControlsType:
        return cls(
            autonomy=controls.autonomy,
            stopped_at=controls.stopped_at,
            stopped_by=controls.stopped_by,
            reason=controls.reason,
        )


EscalationChange = Annotated[
    EscalationType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("EscalationChange"),
]
ControlsChange = Annotated[
    ControlsType | InvalidInputType | ForbiddenType, strawberry.union("ControlsChange")
]


@strawberry.type
class EscalationsQuery:
    @guarded(Scope.READ, "What the workspace lets Labo do by itself.")
    async def controls(self, info: Info) -> ControlsType:
        return ControlsType.from_domain(await info.context.services.controls.current())


@strawberry.type
class EscalationsMutation:
    @guarded(
        Scope.OPERATE,
        "Ask for N2's proposal or N3's report about an incident. At high risk who asked may not "
        "approve.",
    )
    async def request_expertise(
        self, info: Info, incident: strawberry.ID, level: EscalationLevel, reason: Reason
    ) -> EscalationChange:
        state = await info.context.services.escalation.request_expertise(
            key_of(IncidentType, incident),
            level,
            reason=reason,
            by=info.context.caller.name,
        )
        return EscalationType.from_domain(state)

    @guarded(Scope.ADMIN, "Set how far the workspace lets Labo act by itself.")
    async def set_autonomy(self, info: Info, autonomy: Autonomy, reason: Reason) -> ControlsChange:
        changed = await info.context.services.controls.set_autonomy(
            autonomy, by=info.context.caller.name, reason=reason
        )
        return ControlsType.from_domain(changed)

    @guarded(
        Scope.OPERATE,
        "The kill switch: from now on nothing is executed, whatever was approved. What runs "
        "already is not broken off.",
    )
    async def stop_actions(self, info: Info, reason: Reason) -> ControlsChange:
        changed = await info.context.services.controls.stop(
            by=info.context.caller.name, reason=reason
        )
        return ControlsType.from_domain(changed)

    @guarded(Scope.ADMIN, "End the stop of `stopActions`.")
    async def resume_actions(self, info: Info, reason: Reason) -> ControlsChange:
        changed = await info.context.services.controls.resume(
            by=info.context.caller.name, reason=reason
        )
        return ControlsType.from_domain(changed)
