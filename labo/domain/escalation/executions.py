"""Executions: the one run of an approved action, and what is known of how it went.

At most one execution per approval: its id is the digest of the decision that allows it. It goes
`PENDING → RUNNING (lease) → DONE | FAILED | UNKNOWN | HANDED_OVER`. UNKNOWN is asked for at the
executor, never repeated blindly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from labo.domain.entities.keys import digest
from labo.domain.escalation.action_templates import Value


class ExecutionStatus(StrEnum):
    """`cancelled`: it was never begun, since a check at the last moment refused it.

    `handed_over`: Labo has changed nothing; a person was asked to. The conditions of the incident
    tell whether it helped, but not that this action did.
    """

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    HANDED_OVER = "handed_over"
    CANCELLED = "cancelled"


class ExecutionKind(StrEnum):
    ACTION = "action"
    ROLLBACK = "rollback"


SETTLED = frozenset(
    {
        ExecutionStatus.DONE,
        ExecutionStatus.FAILED,
        ExecutionStatus.CANCELLED,
        ExecutionStatus.HANDED_OVER,
    }
)
"""In which nothing is left to ask an executor."""


@dataclass(frozen=True, slots=True)
class Action:
    """What an executor carries out, rendered by code from a signed template.

    `id` is the idempotency key: the executor runs one id once, however often it is handed over.
    `target` (component name) is what the action changes; empty where it changes nothing.
    `arguments` and `undo` are argument lists, never a shell's text; `undo` is empty where the
    template has none.
    """

    id: str
    incident: str
    template: str
    target: str
    parameters: Mapping[str, Value]
    arguments: tuple[str, ...]
    undo: tuple[str, ...] = ()


def as_rollback(action: Action) -> Action:
    """The action by the idempotency key of its rollback: what to `ask` an executor about."""
    return replace(action, id=f"{action.id}:rollback")


@dataclass(frozen=True, slots=True)
class ExecutionReport:
    """What an executor says of an action. `detail` is masked text of 2,000 characters at most.

    `before` is the state that a rollback restores, as the executor needs it: `{"replicas": 2}`.
    """

    status: ExecutionStatus
    detail: str = ""
    before: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Execution:
    """`problem` (title) and `role` are the leading suspect's when it was allowed, `component` is
    the key of the action's target, else of that suspect: what the action is against. `lease_until`
    is when a run that reports nothing counts as UNKNOWN. `outcome` is what its verification found,
    None before. `rolls_back` is the execution (id) whose effect this one takes back, to `before`.
    """

    id: str
    kind: ExecutionKind
    decision: str
    proposal: str
    incident: str
    action_digest: str
    executor: str
    template: str
    target: str
    parameters: Mapping[str, Value]
    arguments: tuple[str, ...]
    undo: tuple[str, ...]
    problem: str
    component: str
    role: str
    status: ExecutionStatus
    requested_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    lease_until: datetime | None = None
    detail: str = ""
    before: Mapping[str, Value] = field(default_factory=dict)
    outcome: str | None = None
    verified_at: datetime | None = None
    rolls_back: str = ""

    @property
    def action(self) -> Action:
        """What the executor is given; for a rollback the action that it takes back."""
        return Action(
            id=self.rolls_back or self.id,
            incident=self.incident,
            template=self.template,
            target=self.target,
            parameters=self.parameters,
            arguments=self.arguments,
            undo=self.undo,
        )


def execution_id(decision: str, kind: ExecutionKind = ExecutionKind.ACTION) -> str:
    """One approval has one execution, and that one rollback."""
    return digest("execution", decision, kind.value)
