"""What the histories of `benchmarks.escalation_histories` run on: a system that counts what is done
to it, answers of any kind, and a graph that loses its process."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from graph.client import Graph, Transaction
from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import (
    Action,
    Execution,
    ExecutionReport,
    ExecutionStatus,
)
from labo.domain.escalation.verification_outcomes import Verification, VerificationOutcome
from labo.domain.incidents.incidents import Incident
from labo.errors import Unavailable
from labo.ports.llm import Completion, Prompt, UnusableAnswer

T = TypeVar("T")
Answer = TypeVar("Answer", bound=BaseModel)

_REPORTS = (
    ExecutionStatus.DONE,
    ExecutionStatus.DONE,
    ExecutionStatus.FAILED,
    ExecutionStatus.RUNNING,
    ExecutionStatus.UNKNOWN,
)
_CHOICES: Mapping[str, Mapping[str, Value]] = {
    "scale_out": {"component": "checkout", "instances": 1},
    "restart_service": {"component": "checkout", "strategy": "rolling", "drain_s": 10},
    "rollback_deploy": {"component": "checkout", "steps": 1},
    "open_ticket": {"component": "checkout", "focus": "latency"},
    "no_such_template": {},
}


class Killed(BaseException):
    """The process is gone: nothing of it runs on, no `except Exception` sees it."""


class MortalGraph(Graph):
    """`fuse` counts writes down; at nought the process dies before the write or behind it."""

    fuse: int | None = None
    dies_before = True

    async def write(self, unit: Callable[[Transaction], Awaitable[T]], **options: Any) -> T:
        if self.fuse is None:
            return await super().write(unit, **options)
        self.fuse -= 1
        if self.fuse or not self.dies_before:
            written = await super().write(unit, **options)
            if self.fuse == 0:
                raise Killed
            return written
        raise Killed


class CountedSystem:
    """An executor, whose executions end in any way; the caller may die behind one."""

    name = "counted"

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.executed: Counter[str] = Counter()
        self.kills = False
        self.is_calm = False

    def can_run(self, template_id: str) -> bool:
        return template_id != "open_ticket"

    async def dry_run(self, action: Action) -> ExecutionReport:
        del action
        return ExecutionReport(ExecutionStatus.DONE)

    async def execute(self, action: Action) -> ExecutionReport:
        self.executed[action.id] += 1
        if self.kills and self._chance.random() < 0.3:
            raise Killed
        return self._report()

    async def ask(self, action: Action) -> ExecutionReport:
        if not self.is_calm and self._chance.random() < 0.2:
            raise Unavailable("away", where=action.id)
        return self._report()

    async def rollback(self, action: Action, before: Mapping[str, Value]) -> ExecutionReport:
        del action, before
        return self._report()

    def _report(self) -> ExecutionReport:
        if self.is_calm:
            return ExecutionReport(ExecutionStatus.DONE)
        return ExecutionReport(self._chance.choice(_REPORTS))


class AnyVerifier:
    """Finds anything; once calm, an end."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.is_calm = False

    async def verify(self, incident: Incident, execution: Execution) -> Verification:
        del incident, execution
        found = self._chance.choice(list(VerificationOutcome))
        return Verification(VerificationOutcome.WORKED if self.is_calm else found, 0.9, ("seen",))

    async def record(
        self, incident: Incident, execution: Execution, verification: Verification
    ) -> None:
        del incident, execution, verification


class AnyModel:
    """Chooses any template, or is away."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    async def complete(self, prompt: Prompt, answer: type[Answer]) -> Completion[Answer]:
        if self._chance.random() < 0.2:
            raise Unavailable("away", where=prompt.name)
        template = self._chance.choice(list(_CHOICES))
        fields = {
            "analysis": "it is slow",
            "agrees": True,
            "template_id": template,
            "parameters": dict(_CHOICES[template]),
            "risk_level": "low",
            "rollback_plan": "",
            "explanation": "",
            "criticality": 3,
            "evidence_ids": ["e1"],
        }
        try:
            return Completion(answer.model_validate(fields), "any", 1, 1, 0.0)
        except ValidationError as error:
            raise UnusableAnswer("not as asked", where=prompt.name) from error
