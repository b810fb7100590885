"""Templates and policies: read once a process, and bound to a workspace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from graph.client import Graph
from labo.adapters.templates.registry import SignedRegistry
from labo.errors import InvalidInput
from labo.escalation_settings import GovernanceSettings
from labo.services.governance.audit import AuditService
from labo.services.governance.execution_gate import ExecutionGate
from labo.services.governance.services import GovernanceServices
from labo.services.governance.templates import TemplateService

if TYPE_CHECKING:
    from labo.ports.policy import Policy
    from labo.ports.template_registry import TemplateRegistry


@dataclass(frozen=True, slots=True)
class Governance:
    """What a process reads once: the signed templates, and how the policy is compiled."""

    registry: TemplateRegistry
    policy: Callable[[], Policy]
    environment: str

    def services(self, graph: Graph) -> GovernanceServices:
        """For the graph's workspace."""
        templates = TemplateService(graph, self.registry)
        gate = ExecutionGate(graph.workspace, self.environment, templates, self.policy)
        return GovernanceServices(templates, gate, AuditService(graph))


def open_governance(settings: GovernanceSettings) -> Governance:
    """Raises Forbidden for an unsigned template, InvalidInput for a malformed one, a policy that
    can't be compiled, or a folder that is not there."""
    return Governance(
        registry=_open_registry(settings),
        policy=_choose_policy(settings),
        environment=settings.environment,
    )


def _open_registry(settings: GovernanceSettings) -> SignedRegistry:
    folder = settings.template_folder
    if folder is None:
        return SignedRegistry.open()
    if not folder.is_dir():
        raise InvalidInput("no such folder", where=f"LABO_GOVERNANCE__TEMPLATE_FOLDER={folder}")
    return SignedRegistry.open(folder)


def _choose_policy(settings: GovernanceSettings) -> Callable[[], Policy]:
    """Compiles when first called: loading Rego takes a tenth of a second, which a process that
    executes nothing should not pay. Files of one's own are compiled at once: a start fails then,
    and no execution."""

    @cache
    def policy() -> Policy:
        from labo.adapters.policy.rego import RegoPolicy

        return RegoPolicy.open(settings.policy_folder)

    if settings.policy_folder is not None:
        policy()
    return policy
