"""The question before every execution: does the policy allow exactly this, now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from labo.domain.governance.autonomy import Autonomy
from labo.domain.governance.policy import PolicyAnswer, PolicyRequest
from labo.domain.governance.risk import RiskLevel
from labo.ports.policy import Policy
from labo.services.governance.templates import TemplateService


@dataclass(frozen=True, slots=True)
class Intention:
    """What is about to be executed, and who wants it. `digest` is of the template that was shown;
    `level`, `requester` and `approver` as in `PolicyRequest`."""

    template_key: str
    digest: str
    risk: RiskLevel
    level: str
    requester: str
    approver: str = ""


class ExecutionGate:
    """`policy` is called at the first check: compiling it takes time that an API need not pay."""

    def __init__(
        self,
        workspace: str,
        environment: str,
        templates: TemplateService,
        policy: Callable[[], Policy],
    ) -> None:
        self._workspace = workspace
        self._environment = environment
        self._templates = templates
        self._policy = policy

    async def check(
        self, intention: Intention, autonomy: Autonomy, at: datetime | None = None
    ) -> PolicyAnswer:
        """The policy's answer at the time `at`, by default now; the template is verified anew.

        Raises NotFound for a template that does not exist.
        """
        standing = await self._templates.standing(intention.template_key, intention.digest)
        moment = at or datetime.now(UTC)
        return self._policy().check(
            PolicyRequest(
                template_key=intention.template_key,
                digest=intention.digest,
                status=standing.status,
                signed=standing.signed,
                newest=standing.newest,
                risk=intention.risk,
                autonomy=autonomy,
                hour=moment.astimezone(UTC).hour,
                environment=self._environment,
                workspace=self._workspace,
                requester=intention.requester,
                approver=intention.approver,
                level=intention.level,
            )
        )
