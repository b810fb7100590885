"""Leaves an action to a person: what was approved stands in the incident, and nothing is run."""

from __future__ import annotations

from collections.abc import Mapping

from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import Action, ExecutionReport, ExecutionStatus

_HANDED_OVER = ExecutionReport(ExecutionStatus.DONE, "handed to a person")


class TicketExecutor:
    """DONE means handed over: the verification measures whether the person's action helped."""

    name = "ticket"

    def can_run(self, template_id: str) -> bool:
        del template_id
        return True

    async def dry_run(self, action: Action) -> ExecutionReport:
        del action
        return ExecutionReport(ExecutionStatus.DONE, "a person would carry it out")

    async def execute(self, action: Action) -> ExecutionReport:
        del action
        return _HANDED_OVER

    async def ask(self, action: Action) -> ExecutionReport:
        del action
        return _HANDED_OVER

    async def rollback(self, action: Action, before: Mapping[str, Value]) -> ExecutionReport:
        del action, before
        return _HANDED_OVER
