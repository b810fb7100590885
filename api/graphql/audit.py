"""The audit chain: who decided and did what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.pagination import DEFAULT_PAGE, First, window
from api.graphql.permissions import guarded
from labo.domain.entities.tokens import Scope
from labo.domain.governance.audit import AuditEntry, AuditKind


@strawberry.type(name="AuditDetail", description="A further fact of an entry; masked.")
class AuditDetailType:
    name: str
    text: str


@strawberry.type(
    name="AuditEntry", description="One decision, execution, refusal or change of a setting."
)
class AuditEntryType:
    seq: int = strawberry.field(description="Its number in the workspace's chain, from 1.")
    at: datetime
    actor: str
    kind: AuditKind
    subject: str = strawberry.field(description="The id or key of what it is about.")
    detail: list[AuditDetailType]
    previous: str = strawberry.field(description="Digest of the entry before; empty at the first.")
    digest: str

    @classmethod
    def from_domain(cls, entry: AuditEntry) -> AuditEntryType:
        return cls(
            seq=entry.seq,
            at=entry.at,
            actor=entry.actor,
            kind=entry.kind,
            subject=entry.subject,
            detail=[AuditDetailType(name=k, text=v) for k, v in entry.detail.items()],
            previous=entry.previous,
            digest=entry.digest,
        )


@strawberry.type
class AuditQuery:
    @guarded(Scope.ADMIN, "The audit chain, newest first; `labo audit verify` checks it.")
    async def audit_trail(
        self,
        info: Info,
        before: Annotated[
            int | None, strawberry.argument(description="Entries before this number alone.")
        ] = None,
        first: First = DEFAULT_PAGE,
    ) -> list[AuditEntryType]:
        entries = await info.context.services.governance.audit.newest(
            before=before, limit=window(first).first
        )
        return [AuditEntryType.from_domain(entry) for entry in entries]
