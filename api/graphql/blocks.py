"""Actions that must not be executed, why, and what a person lifted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.pagination import DEFAULT_PAGE, First, IdArgument, NodeType, key_of, window
from api.graphql.permissions import guarded
from graph import blocks
from graph.blocks import StoredBlock
from labo.domain.entities.tokens import Scope
from labo.domain.escalation.blocks import BlockReason


@strawberry.type(name="ActionBlock", description="Why an action was not executed.")
class ActionBlockType(NodeType):
    reason: BlockReason
    sentence: str = strawberry.field(description="What is the matter.")
    ending: str = strawberry.field(description="How it ends.")
    is_liftable: bool = strawberry.field(description="Whether a person may lift it.")
    incident_key: str
    problem_key: str
    component_key: str
    template_id: str
    blocked_at: datetime
    ends_at: datetime | None = strawberry.field(
        description="When it ends by itself; null where time alone does not end it."
    )
    lifted_by: str | None
    lifted_at: datetime | None
    lift_reason: str | None

    @classmethod
    def from_domain(cls, stored: StoredBlock) -> ActionBlockType:
        block = stored.block
        return cls(
            key=stored.id,
            reason=stored.reason,
            sentence=block.sentence,
            ending=block.ending,
            is_liftable=block.is_liftable,
            incident_key=stored.incident,
            problem_key=stored.problem,
            component_key=stored.component,
            template_id=stored.template,
            blocked_at=stored.blocked_at,
            ends_at=stored.ends_at,
            lifted_by=stored.lifted_by,
            lifted_at=stored.lifted_at,
            lift_reason=stored.lift_reason,
        )


@strawberry.type(name="ActionBlockList", description="Blocks, newest first.")
class ActionBlocksType:
    nodes: list[ActionBlockType]


ActionBlocksResult = Annotated[
    ActionBlocksType | InvalidInputType | ForbiddenType,
    strawberry.union("ActionBlocksResult"),
]
BlockChange = Annotated[
    ActionBlockType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("BlockChange"),
]


@strawberry.type
class BlocksQuery:
    @guarded(Scope.READ, "Actions that were not executed, and why, the newest first.")
    async def action_blocks(
        self,
        info: Info,
        component: Annotated[
            str | None, strawberry.argument(description="Those on this component alone (key).")
        ] = None,
        first: First = DEFAULT_PAGE,
    ) -> ActionBlocksResult:
        stored = await info.context.services.anti_loop.blocks(
            component=component, limit=window(first).first
        )
        return ActionBlocksType(nodes=[ActionBlockType.from_domain(one) for one in stored])


@strawberry.type
class BlocksMutation:
    @guarded(
        Scope.OPERATE,
        "Let a problem on a component be acted on again: the executions that a block follows from "
        "count no more. Idempotent; what is running, a policy or the kill switch cannot be lifted.",
    )
    async def lift_block(
        self,
        info: Info,
        id_: IdArgument,
        reason: Annotated[str, strawberry.argument(description="Why; at most 2,000 characters.")],
    ) -> BlockChange:
        services, key = info.context.services, key_of(ActionBlockType, id_)
        await services.anti_loop.lift(key, reason, info.context.caller.name)
        return ActionBlockType.from_domain(await blocks.get(services.graph, key))
