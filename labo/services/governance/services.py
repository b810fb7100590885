"""The governance of one workspace: its templates, and the question before each execution."""

from __future__ import annotations

from dataclasses import dataclass

from labo.services.governance.execution_gate import ExecutionGate
from labo.services.governance.templates import TemplateService


@dataclass(frozen=True, slots=True)
class GovernanceServices:
    """May this be done: of one workspace."""

    templates: TemplateService
    gate: ExecutionGate
