"""What a workspace decided about versions of templates: their texts are signed files, not here."""

from __future__ import annotations

from datetime import datetime

from graph import audit
from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.governance.audit import AuditKind, audit_event
from labo.domain.governance.templates import TemplateVersion
from labo.errors import Conflict

FIND_VERSIONS = load("templates/find_versions", row=TemplateVersion)
FIND_VERSIONS_OF = load("templates/find_versions_of", row=TemplateVersion)
UPSERT_HELD = load("templates/upsert_held", row=TemplateVersion)
UPSERT_STATUS = load("templates/upsert_status", row=TemplateVersion)


async def find_all(graph: Graph) -> list[TemplateVersion]:
    """By name and version."""
    return await graph.fetch(FIND_VERSIONS)


async def find_by_name(graph: Graph, name: str) -> list[TemplateVersion]:
    """The template's versions, in order."""
    return await graph.fetch(FIND_VERSIONS_OF, name=name)


async def hold(tx: Transaction, version: TemplateVersion) -> TemplateVersion:
    """What is stored of this version, which nobody else changes until the transaction is over;
    `version` itself where nothing was."""
    [held] = await tx.run(
        UPSERT_HELD,
        name=version.name,
        kind=version.kind.value,
        key=version.key,
        properties=properties(version),
        written_by=version.decided_by,
    )
    return held


async def decide(tx: Transaction, version: TemplateVersion, at: datetime) -> TemplateVersion:
    """Save the status of a version that the transaction holds. Raises Conflict when it is gone."""
    event = audit_event(
        AuditKind.TEMPLATE_DECIDED,
        at=at,
        actor=version.decided_by,
        subject=version.key,
        status=version.status.value,
        template_digest=version.digest,
        reason=version.reason,
    )
    audit.append(tx, event)
    for decided in await tx.run(
        UPSERT_STATUS,
        key=version.key,
        status=version.status.value,
        decided_by=version.decided_by,
        reason=version.reason,
        decided_at=at,
        set_revision=version.set_revision,
    ):
        return decided
    raise Conflict("the version of the template was deleted meanwhile", where=version.key)
