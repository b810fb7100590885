"""A system that actions change, in memory, and a verification that is told what it finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import (
    Action,
    Execution,
    ExecutionReport,
    ExecutionStatus,
)
from labo.domain.escalation.verification_outcomes import Verification, VerificationOutcome
from labo.domain.incidents.incidents import Incident

DONE = ExecutionReport(ExecutionStatus.DONE, "done", {"instances": 2})


class InMemorySystem:
    """Counts what it is made to do; `report` is how the next execution ends, `crash` that the
    caller dies behind it."""

    name = "memory"

    def __init__(self) -> None:
        self.executed: Counter[str] = Counter()
        self.rolled_back: Counter[str] = Counter()
        self.report = DONE
        self.answer: ExecutionReport | None = None
        self.crash = False

    def can_run(self, template_id: str) -> bool:
        return template_id != "open_ticket"

    async def dry_run(self, action: Action) -> ExecutionReport:
        del action
        return DONE

    async def execute(self, action: Action) -> ExecutionReport:
        self.executed[action.id] += 1
        if self.crash:
            raise KeyboardInterrupt
        return self.report

    async def ask(self, action: Action) -> ExecutionReport:
        if self.answer is not None:
            return self.answer
        known = action.id in self.executed
        return DONE if known else ExecutionReport(ExecutionStatus.UNKNOWN, "never heard of")

    async def rollback(self, action: Action, before: Mapping[str, Value]) -> ExecutionReport:
        self.rolled_back[action.id] += 1
        return ExecutionReport(self.report.status, f"back to {dict(before)}")


class ToldVerifier:
    """Finds `judgement`."""

    def __init__(self) -> None:
        self.judgement = Verification(VerificationOutcome.WORKED, 0.9, ("it is calm again",))

    async def verify(self, incident: Incident, execution: Execution) -> Verification:
        del incident, execution
        return self.judgement

    async def record(
        self, incident: Incident, execution: Execution, verification: Verification
    ) -> None:
        del incident, execution, verification
