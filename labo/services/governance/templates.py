"""Templates of one workspace: signed files, and what its people decided about each version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from graph import templates
from graph.client import Graph, Transaction
from labo.domain.entities.justification import justified
from labo.domain.escalation.action_templates import Template
from labo.domain.governance.templates import (
    TemplateStatus,
    TemplateVersion,
    check_change,
    newest_active,
    parse_key,
)
from labo.errors import Conflict, Forbidden, LaboError, NotFound
from labo.ports.template_registry import RegisteredTemplate, TemplateRegistry

BUNDLED_BY, BUNDLED_REASON = "labo", "came with the product"
NOT_DECIDED = "not published here yet"
GONE = "it is in no folder of templates any more"
CHANGED = "its text is not the one that was decided on"


@dataclass(frozen=True, slots=True)
class KnownTemplate:
    """A version, what it holds, and why it must not be used, if so. `registered` is None where its
    file is gone."""

    version: TemplateVersion
    registered: RegisteredTemplate | None

    @property
    def fault(self) -> str:
        if self.registered is None:
            return GONE
        if self.registered.digest != self.version.digest:
            return CHANGED
        return self.registered.fault

    @property
    def is_usable(self) -> bool:
        return self.version.status is TemplateStatus.ACTIVE and not self.fault


@dataclass(frozen=True, slots=True)
class Standing:
    """How a version stands at this moment, for a policy. `fault` says why it does not count as
    `signed`."""

    status: TemplateStatus
    signed: bool
    newest: bool
    fault: str = ""


class TemplateService:
    def __init__(self, graph: Graph, registry: TemplateRegistry) -> None:
        self._graph = graph
        self._registry = registry

    async def find_all(self) -> list[KnownTemplate]:
        """Every version in a folder or decided on, by name and version."""
        return self._joined(self._registry.templates, await templates.find_all(self._graph))

    async def get(self, key: str) -> KnownTemplate:
        """Raises InvalidInput for a malformed key, NotFound."""
        name, _ = parse_key(key)
        for known in await self._find_by_name(name):
            if known.version.key == key:
                return known
        raise NotFound("no such template", where=key[:100], hint="see `labo templates list`")

    async def offered(self) -> dict[str, Template]:
        """The action templates that may be proposed: of each name the newest usable version."""
        usable = [one for one in await self.find_all() if one.is_usable and one.registered]
        newest = newest_active(one.version for one in usable)
        return {
            one.version.name: one.registered.content
            for one in usable
            if one.registered
            and isinstance(one.registered.content, Template)
            and newest[one.version.name] == one.version
        }

    async def standing(self, key: str, digest: str) -> Standing:
        """How the template stands that an approval names, its signature checked anew.

        Raises NotFound, and InvalidInput for a malformed key.
        """
        name, _ = parse_key(key)
        versions = await self._find_by_name(name)
        known = next((one for one in versions if one.version.key == key), None)
        if known is None:
            raise NotFound("no such template", where=key[:100], hint="see `labo templates list`")
        fault = self._fault(known, digest)
        newest = newest_active(one.version for one in versions if not one.fault)
        newer = newest.get(name)
        return Standing(
            status=known.version.status,
            signed=not fault,
            newest=newer is None or newer.version <= known.version.version,
            fault=fault,
        )

    async def verify(self, key: str, digest: str) -> None:
        """Raises Forbidden unless this version, with this digest, may be executed; NotFound."""
        standing = await self.standing(key, digest)
        if standing.fault:
            raise Forbidden(standing.fault, where=key)
        if standing.status not in (TemplateStatus.ACTIVE, TemplateStatus.DEPRECATED):
            raise Forbidden(f"this version of the template is {standing.status}", where=key)

    async def publish(self, key: str, *, digest: str, by: str, reason: str) -> KnownTemplate:
        """Let the version be used in this workspace. `digest` is what was looked at.

        Raises NotFound, Forbidden when its signature does not count, its digest is another or its
        folder was put back to an older set, Conflict when it was revoked.
        """
        known = await self.get(key)
        self._registry.verify(key, digest)
        if known.registered is not None:
            await self._check_revision(known.registered)
        return await self._decide(known, TemplateStatus.ACTIVE, by=by, reason=reason)

    async def deprecate(self, key: str, *, by: str, reason: str) -> KnownTemplate:
        """Propose the version no longer; what is approved may run. Raises NotFound, Conflict."""
        return await self._decide(
            await self.get(key), TemplateStatus.DEPRECATED, by=by, reason=reason
        )

    async def revoke(self, key: str, *, by: str, reason: str) -> KnownTemplate:
        """Execute the version never again, from this moment on. Raises NotFound."""
        return await self._decide(await self.get(key), TemplateStatus.REVOKED, by=by, reason=reason)

    async def _decide(
        self, known: KnownTemplate, status: TemplateStatus, *, by: str, reason: str
    ) -> KnownTemplate:
        who, why = justified(by, reason)
        at = datetime.now(UTC)
        decided = replace(known.version, status=status, decided_by=who, reason=why, decided_at=at)
        file = known.registered
        if file is not None:
            decided = replace(decided, set_revision=file.set_revision)

        async def unit(tx: Transaction) -> TemplateVersion:
            held = await templates.hold(tx, known.version)
            if status is TemplateStatus.ACTIVE and file and file.digest != held.digest:
                raise Conflict(
                    "this version was decided on with another text",
                    where=held.key,
                    hint="a changed template is a new version",
                )
            check_change(held, status)
            if held.status is status:
                return held
            return await templates.decide(tx, decided, at)

        return KnownTemplate(await self._graph.write(unit, name="templates.decide"), file)

    async def _check_revision(self, registered: RegisteredTemplate) -> None:
        """Raise Forbidden when a later set of the same origin was known here."""
        known = [
            one.set_revision
            for one in await templates.find_all(self._graph)
            if one.is_bundled == registered.is_bundled
        ]
        if known and max(known) > registered.set_revision:
            raise Forbidden(
                f"the templates were put back: their set has revision {registered.set_revision}, "
                f"revision {max(known)} was used here",
                where=registered.key,
            )

    async def _find_by_name(self, name: str) -> list[KnownTemplate]:
        registered = [one for one in self._registry.templates if one.name == name]
        return self._joined(registered, await templates.find_by_name(self._graph, name))

    def _fault(self, known: KnownTemplate, digest: str) -> str:
        """Why this version, with this digest, must not be executed; empty where it may."""
        if known.version.digest != digest:
            return "this is not the template that was shown"
        if known.registered is None:
            return GONE
        try:
            self._registry.verify(known.version.key, digest)
        except LaboError as error:
            return error.message
        return ""

    def _joined(
        self, registered: Iterable[RegisteredTemplate], decided: Iterable[TemplateVersion]
    ) -> list[KnownTemplate]:
        by_key = {one.key: one for one in registered}
        stored = {one.key: one for one in decided}
        versions = {key: _undecided(one) for key, one in by_key.items()} | stored
        known = [KnownTemplate(version, by_key.get(key)) for key, version in versions.items()]
        return sorted(known, key=lambda one: (one.version.name, one.version.version))


def _undecided(registered: RegisteredTemplate) -> TemplateVersion:
    """What comes with the product may be used; what an operator adds waits to be published."""
    bundled = registered.is_bundled
    return TemplateVersion(
        kind=registered.kind,
        name=registered.name,
        version=registered.version,
        digest=registered.digest,
        status=TemplateStatus.ACTIVE if bundled else TemplateStatus.DRAFT,
        is_bundled=bundled,
        set_revision=registered.set_revision,
        decided_by=BUNDLED_BY if bundled else "",
        reason=BUNDLED_REASON if bundled else NOT_DECIDED,
        decided_at=None,
    )
