"""Carrying out an approved action on a real system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import Action, ExecutionReport


class Executor(Protocol):
    """One way to act. `name` is how settings, executions and the audit chain call it."""

    name: str

    def can_run(self, template_id: str) -> bool:
        """Whether it knows how to carry out that action template."""
        ...

    async def dry_run(self, action: Action) -> ExecutionReport:
        """What would happen: DONE with a sentence, or FAILED with the reason. Changes nothing.

        Raises Unavailable when the system behind it can't be asked.
        """
        ...

    async def execute(self, action: Action) -> ExecutionReport:
        """Carry out `action` once; the same `action.id` again is not carried out again.

        DONE, FAILED (it had no effect), RUNNING (accepted; `ask` says how it ends), UNKNOWN (it
        may or may not have been carried out) or HANDED_OVER (a person was asked to). Never raises
        for the system behind it.
        """
        ...

    async def ask(self, action: Action) -> ExecutionReport:
        """How the execution of `action` stands; UNKNOWN where that can't be found out. Of a
        rollback: `as_rollback(action)`.

        Raises Unavailable when trying again later may work.
        """
        ...

    async def rollback(self, action: Action, before: Mapping[str, Value]) -> ExecutionReport:
        """Restore `before`, as `execute` reported it; reports as `execute` does, under the
        idempotency key of `as_rollback(action)`. FAILED where the action can't be undone."""
        ...
