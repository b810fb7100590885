"""Versions of templates: what they are called, whether they may be used, who decided so and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from labo.errors import Conflict, InvalidInput


class TemplateKind(StrEnum):
    """`action`: an argument list that a proposal fills in. `agent`: what a level runs."""

    ACTION = "action"
    AGENT = "agent"


class TemplateStatus(StrEnum):
    """`draft`: known, not to be used yet. `deprecated`: proposed no longer, what is approved may
    still run. `revoked`: never executed again, and final."""

    DRAFT = "draft"
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    REVOKED = "revoked"


MAY_FOLLOW: dict[TemplateStatus, frozenset[TemplateStatus]] = {
    TemplateStatus.DRAFT: frozenset({TemplateStatus.ACTIVE, TemplateStatus.REVOKED}),
    TemplateStatus.ACTIVE: frozenset({TemplateStatus.DEPRECATED, TemplateStatus.REVOKED}),
    TemplateStatus.DEPRECATED: frozenset({TemplateStatus.ACTIVE, TemplateStatus.REVOKED}),
    TemplateStatus.REVOKED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """One version in one workspace. `digest` is of the signed content, in hex. `is_bundled`: it
    came with the product; `set_revision` is of the signed set that it was decided on in.
    `decided_by` and `reason` are of the latest change of status, `decided_at` its time, None where
    nobody changed it."""

    name: str
    version: int
    kind: TemplateKind
    digest: str
    status: TemplateStatus
    is_bundled: bool
    set_revision: int
    decided_by: str
    reason: str
    decided_at: datetime | None

    @property
    def key(self) -> str:
        return template_key(self.name, self.version)


def template_key(name: str, version: int) -> str:
    """How a version is named everywhere: `restart_service@2`."""
    return f"{name}@{version}"


def parse_key(key: str) -> tuple[str, int]:
    """Name and version. Raises InvalidInput.

    >>> parse_key("restart_service@2")
    ('restart_service', 2)
    """
    name, at, version = key.partition("@")
    if not (name and at and version.isascii() and version.isdecimal() and len(version) < 10):
        raise InvalidInput(
            "not a version of a template", where=key[:100], hint="such as restart_service@2"
        )
    return name, int(version)


def check_change(version: TemplateVersion, status: TemplateStatus) -> None:
    """Raise Conflict where `status` can't follow: nothing follows on `revoked`."""
    if status is not version.status and status not in MAY_FOLLOW[version.status]:
        raise Conflict(
            f"a template that is {version.status} can't become {status}",
            where=version.key,
            hint="publish a new version of it" if status is TemplateStatus.ACTIVE else None,
        )


def newest_active(versions: Iterable[TemplateVersion]) -> dict[str, TemplateVersion]:
    """By name, the newest version that is active; names without one are absent."""
    newest: dict[str, TemplateVersion] = {}
    for version in versions:
        known = newest.get(version.name)
        if version.status is TemplateStatus.ACTIVE and (
            known is None or known.version < version.version
        ):
            newest[version.name] = version
    return newest
