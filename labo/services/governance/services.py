"""The governance of one workspace: its templates, the gate of each execution, the audit chain."""

from __future__ import annotations

from dataclasses import dataclass

from labo.services.governance.audit import AuditService
from labo.services.governance.execution_gate import ExecutionGate
from labo.services.governance.templates import TemplateService


@dataclass(frozen=True, slots=True)
class GovernanceServices:
    """May this be done: of one workspace."""

    templates: TemplateService
    gate: ExecutionGate
    audit: AuditService
