"""Signed templates, wherever they are kept: read, and verified once more before each execution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from labo.domain.escalation.action_templates import Template
from labo.domain.governance.agent_templates import AgentTemplate
from labo.domain.governance.migrations import TemplateMigration
from labo.domain.governance.templates import TemplateKind, template_key


@dataclass(frozen=True, slots=True)
class RegisteredTemplate:
    """One version whose signature holds. `fault` says why it must not be used all the same: its
    key expired, or was revoked; empty where nothing stands against it. `is_bundled`: it came with
    the product. `set_revision` is of the signed set that lists it, `signed_by` the key's name."""

    kind: TemplateKind
    content: Template | AgentTemplate
    digest: str
    signed_by: str
    set_revision: int
    is_bundled: bool
    fault: str = ""

    @property
    def name(self) -> str:
        return self.content.id

    @property
    def version(self) -> int:
        return self.content.version

    @property
    def key(self) -> str:
        return template_key(self.name, self.version)


class TemplateRegistry(Protocol):
    @property
    def templates(self) -> Sequence[RegisteredTemplate]:
        """As read at the start, by name and version."""
        ...

    @property
    def migrations(self) -> Sequence[TemplateMigration]: ...

    def verify(self, key: str, digest: str) -> None:
        """Read and verify this version anew. Raises NotFound when it is unknown, Forbidden when it
        is of another digest, no longer signed by a valid key, or revoked."""
        ...
