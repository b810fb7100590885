"""Templates of actions and agents: what is signed, and what this workspace decided about it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.pagination import NodeType, key_of
from api.graphql.permissions import guarded
from labo.domain.entities.tokens import Scope
from labo.domain.governance.templates import TemplateKind, TemplateStatus
from labo.services.governance.templates import KnownTemplate


@strawberry.type(name="TemplateVersion", description="One version of a template.")
class TemplateVersionType(NodeType):
    name: str
    version: int
    kind: TemplateKind
    title: str | None = strawberry.field(description="Null where its file is gone.")
    digest: str = strawberry.field(description="SHA-256 of the signed text, in hex.")
    status: TemplateStatus
    decided_by: str = strawberry.field(description="Who changed the status last; may be empty.")
    reason: str
    decided_at: datetime | None
    is_bundled: bool = strawberry.field(description="It came with the product.")
    signed_by: str | None = strawberry.field(description="The name of the key.")
    fault: str | None = strawberry.field(
        description="Why it must not be used whatever its status: an expired or revoked key."
    )
    content: str | None = strawberry.field(description="The template as JSON.")

    @classmethod
    def from_domain(cls, known: KnownTemplate) -> TemplateVersionType:
        version, file = known.version, known.registered
        return cls(
            key=version.key,
            name=version.name,
            version=version.version,
            kind=version.kind,
            title=file.content.title if file else None,
            digest=version.digest,
            status=version.status,
            decided_by=version.decided_by,
            reason=version.reason,
            decided_at=version.decided_at,
            is_bundled=version.is_bundled,
            signed_by=file.signed_by if file else None,
            fault=known.fault or None,
            content=json.dumps(asdict(file.content)) if file else None,
        )


TemplateResult = Annotated[
    TemplateVersionType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("TemplateResult"),
]
TemplateChange = Annotated[
    TemplateVersionType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("TemplateChange"),
]
Id = Annotated[
    strawberry.ID,
    strawberry.argument(name="id", description="Global id, or the key such as restart_service@2."),
]
Reason = Annotated[str, strawberry.argument(description="Why; kept with the version.")]


@strawberry.type
class TemplatesQuery:
    @guarded(Scope.READ, "Every version of every template, by name and version.")
    async def templates(
        self,
        info: Info,
        kind: TemplateKind | None = None,
        status: list[TemplateStatus] | None = None,
    ) -> list[TemplateVersionType]:
        known = await info.context.services.governance.templates.find_all()
        return [
            TemplateVersionType.from_domain(one)
            for one in known
            if kind in (None, one.version.kind) and (status is None or one.version.status in status)
        ]

    @guarded(Scope.READ, "One version of a template.")
    async def template(self, info: Info, id_: Id) -> TemplateResult:
        found = await info.context.services.governance.templates.get(
            key_of(TemplateVersionType, id_)
        )
        return TemplateVersionType.from_domain(found)


@strawberry.type
class TemplatesMutation:
    @guarded(Scope.ADMIN, "Let a signed version be proposed and executed in this workspace.")
    async def publish_template(
        self,
        info: Info,
        id_: Id,
        digest: Annotated[
            str, strawberry.argument(description="Of the text that was looked at; no other.")
        ],
        reason: Reason,
    ) -> TemplateChange:
        published = await info.context.services.governance.templates.publish(
            key_of(TemplateVersionType, id_),
            digest=digest,
            by=info.context.caller.name,
            reason=reason,
        )
        return TemplateVersionType.from_domain(published)

    @guarded(Scope.ADMIN, "Propose a version no longer; what is approved may still be executed.")
    async def deprecate_template(self, info: Info, id_: Id, reason: Reason) -> TemplateChange:
        deprecated = await info.context.services.governance.templates.deprecate(
            key_of(TemplateVersionType, id_), by=info.context.caller.name, reason=reason
        )
        return TemplateVersionType.from_domain(deprecated)

    @guarded(Scope.ADMIN, "Execute a version never again. There is no way back.")
    async def revoke_template(self, info: Info, id_: Id, reason: Reason) -> TemplateChange:
        revoked = await info.context.services.governance.templates.revoke(
            key_of(TemplateVersionType, id_), by=info.context.caller.name, reason=reason
        )
        return TemplateVersionType.from_domain(revoked)
