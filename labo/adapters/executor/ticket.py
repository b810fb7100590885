"""A person carries the action out: nothing is executed here."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from labo.adapters.executor.reports import done, handed_over
from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import Action, ExecutionReport


class TicketExecutor:
    """HANDED_OVER is its only outcome: whether and when the person acts, Labo sees by its effect
    alone. The incident and its notifications show the command; vendors' tickets come later."""

    name = "ticket"

    def can_run(self, template_id: str) -> bool:
        """Always: a person can read any action."""
        return bool(template_id)

    async def check(self) -> str:
        """There is nothing to reach."""
        return "a person carries actions out"

    async def dry_run(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`."""
        return done(f"a person would be asked to run: {shlex.join(action.arguments)}")

    async def execute(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`."""
        return handed_over(f"handed to a person: {shlex.join(action.arguments)}")

    async def ask(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`."""
        return await self.execute(action)

    async def rollback(self, action: Action, before: Mapping[str, Value]) -> ExecutionReport:
        """See `labo.ports.executor`."""
        undo = shlex.join(action.undo) or f"undo {shlex.join(action.arguments)}"
        return handed_over(f"handed to a person: {undo}, as it was: {dict(before)}")
