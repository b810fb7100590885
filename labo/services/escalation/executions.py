"""Carrying out what was approved, at most once, and learning how it went.

The start is stored before the executor is called. A process that dies in between leaves a run whose
end nobody knows: it is asked for at the executor, never begun again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from graph import controls, decisions, escalations, executions, incidents, proposals
from graph.client import Graph, Transaction
from graph.executions import Start
from labo.domain.entities.masking import mask
from labo.domain.escalation.blocks import Block, BlockReason, WantedAction
from labo.domain.escalation.executions import (
    SETTLED,
    Action,
    Execution,
    ExecutionReport,
    ExecutionStatus,
    as_rollback,
)
from labo.domain.escalation.facts import EscalationState
from labo.domain.escalation.guards import refusal_of
from labo.domain.escalation.stages import Stage, Transition, after_failure
from labo.domain.governance.autonomy import Autonomy
from labo.domain.incidents.incidents import Incident
from labo.errors import Conflict, Unavailable
from labo.services.escalation.anti_loop import AntiLoopService
from labo.services.escalation.approvals import Approvals
from labo.services.escalation.executors import BY_HAND, Executors
from labo.services.escalation.writes import EscalationWrites

log = structlog.get_logger()

EXECUTE_S = 240.0
"""For one call of an executor: within the time that a task may run (300 s), so that its end is
stored."""
LEASE = timedelta(seconds=360)
"""After which a run that reported nothing counts as UNKNOWN: longer than a task may run."""
ASK_AGAIN = timedelta(seconds=15)
"""Between two questions to an executor how a run stands. By judgement."""
GIVE_UP_AFTER = timedelta(hours=1)
"""Since its start, after which an execution that nobody knows the end of is verified all the same:
the telemetry may tell what the executor can't. By judgement, longer than a usual roll-out."""
BUSY_AGAIN = timedelta(seconds=30)
"""Until an action whose target is busy is tried again. By judgement."""
PATIENCE = timedelta(minutes=15)
"""How long an approved action waits for a busy target: as long as a person may take to decide.
Later than that the approval is of another situation."""
_PASSING = frozenset({BlockReason.TARGET_BUSY, BlockReason.DUPLICATE_IN_PROGRESS})
"""Blocks that end with another execution: what is approved waits for them."""
_LONGEST = 2_000


class ExecutionService:
    """Safe to run twice, also at once: the graph lets one begin."""

    def __init__(
        self,
        graph: Graph,
        executors: Executors,
        approvals: Approvals,
        anti_loop: AntiLoopService,
        writes: EscalationWrites,
        *,
        has_n2: bool,
    ) -> None:
        self._graph = graph
        self._executors = executors
        self._has_n2 = has_n2
        self._approvals = approvals
        self._anti_loop = anti_loop
        self._writes = writes

    async def run(self, incident_id: str) -> timedelta | None:
        """Carry out the incident's approved action, or ask how it went.

        Returns after how long to call again; None when nothing is left to do here. Raises NotFound,
        Unavailable.
        """
        state = await escalations.get(self._graph, incident_id)
        if state.stage is not Stage.ACTION or state.execution is None:
            return None
        execution = await executions.get(self._graph, state.execution)
        match execution.status:
            case ExecutionStatus.PENDING:
                return await self._begin(state, execution)
            case ExecutionStatus.RUNNING | ExecutionStatus.UNKNOWN:
                return await self._ask(state, execution)
            case _:
                return await self._report(state, execution, _as_report(execution))

    async def _begin(self, state: EscalationState, execution: Execution) -> timedelta | None:
        now = datetime.now(UTC)
        incident = await incidents.get(self._graph, execution.incident)
        if refusal := await self._refusal(execution, incident):
            await self._cancel(state, execution, refusal)
            return None
        begun, block = await self._started(execution, now)
        if block is not None and block.reason not in _PASSING and block.ends_at is None:
            await self._cancel(state, execution, f"{block.reason.value}: {block.sentence}")
            return None
        if begun.is_started:
            log.info("execution.begun", execution=execution.id, executor=execution.executor)
            return await self._report(state, execution, await self._call(execution))
        if now - (state.since or now) > PATIENCE:
            busy = f"target_busy: another action is under way on {execution.target}"
            await self._cancel(state, execution, busy)
            return None
        return BUSY_AGAIN

    async def _started(self, execution: Execution, now: datetime) -> tuple[Start, Block | None]:
        """Whether it was begun, or what blocks it, in one write that holds its target."""
        wanted = WantedAction(
            execution.incident,
            execution.problem,
            execution.component,
            execution.template,
            execution.id,
        )

        async def unit(tx: Transaction) -> tuple[Start, Block | None]:
            if not execution.rolls_back:
                block = await self._anti_loop.check_in(tx, wanted, now=now)
                if block is not None:
                    return Start(is_started=False, busy_with=None), block
            return await executions.start(tx, execution, at=now, lease_until=now + LEASE), None

        return await self._graph.write(unit, name="execution.begin")

    async def _refusal(self, execution: Execution, incident: Incident) -> str:
        """Why it may not run now, whatever was approved; empty where it may."""
        permitted = await controls.get(self._graph)
        decision = await decisions.find_by_proposal(self._graph, execution.proposal)
        refusal = refusal_of(execution, incident, decision, permitted)
        if refusal or decision is None:
            return refusal
        proposal = await proposals.get(self._graph, execution.proposal)
        # What a person carries out is not executed: `propose` permits it.
        by_hand = execution.executor == BY_HAND and permitted.autonomy is Autonomy.PROPOSE
        autonomy = Autonomy.APPROVE if by_hand else permitted.autonomy
        by_policy = await self._approvals.policy_refusal(proposal, decision.decided_by, autonomy)
        return f"policy: {by_policy}" if by_policy else ""

    async def _call(self, execution: Execution) -> ExecutionReport:
        """Carry it out."""
        executor = self._executors.named(execution.executor)
        if execution.rolls_back:
            return await _heard(execution, executor.rollback(execution.action, execution.before))
        return await _heard(execution, executor.execute(execution.action))

    async def _ask(self, state: EscalationState, execution: Execution) -> timedelta | None:
        now = datetime.now(UTC)
        started = execution.started_at or now
        is_leased = execution.lease_until is not None and now < execution.lease_until
        report = await self._answer(execution)
        if report.status is ExecutionStatus.UNKNOWN and is_leased:
            report = ExecutionReport(ExecutionStatus.RUNNING, report.detail)
        if report.status not in SETTLED and now - started > GIVE_UP_AFTER:
            report = replace(report, status=ExecutionStatus.UNKNOWN)
            await self._give_up(state, execution, report)
            return None
        return await self._report(state, execution, report)

    async def _answer(self, execution: Execution) -> ExecutionReport:
        """How a run stands."""
        asked = as_rollback(execution.action) if execution.rolls_back else execution.action
        return await _heard(execution, self._asked(execution, asked))

    async def _asked(self, execution: Execution, action: Action) -> ExecutionReport:
        return await self._executors.named(execution.executor).ask(action)

    async def _report(
        self, state: EscalationState, execution: Execution, report: ExecutionReport
    ) -> timedelta | None:
        """Store what the executor says; then verify, ask again, or go on elsewhere."""
        what = f"{execution.executor}: {execution.template} on {execution.target}"
        match report.status:
            case ExecutionStatus.DONE | ExecutionStatus.HANDED_OVER if execution.rolls_back:
                note = f"{what} was taken back"
                await self._store(
                    state, execution, report, await self._failed(state, execution, note)
                )
                return None
            case ExecutionStatus.DONE | ExecutionStatus.HANDED_OVER:
                await self._verify(state, execution, report)
                return None
            case ExecutionStatus.FAILED | ExecutionStatus.CANCELLED:
                note = f"{what} failed: {mask(report.detail, _LONGEST)}"
                await self._store(
                    state, execution, report, await self._failed(state, execution, note)
                )
                return None
        at = datetime.now(UTC)
        await self._graph.write(
            lambda tx: executions.report(tx, execution, _masked(report), at=at),
            name="execution.report",
        )
        return ASK_AGAIN

    async def _give_up(
        self, state: EscalationState, execution: Execution, report: ExecutionReport
    ) -> None:
        """Nobody knows how it ended: the telemetry may. A rollback is a person's then."""
        if execution.rolls_back:
            note = f"whether {execution.template} on {execution.target} was taken back is not known"
            await self._store(state, execution, report, await self._failed(state, execution, note))
        else:
            await self._verify(state, execution, report)

    async def _verify(
        self, state: EscalationState, execution: Execution, report: ExecutionReport
    ) -> None:
        detail = f" ({mask(report.detail, 200)})" if report.detail else ""
        status = report.status.value.replace("_", " ")
        note = (
            f"{execution.executor}: {execution.template} on {execution.target} is "
            f"{status}{detail}; whether it helped is measured"
        )
        transition = Transition(Stage.VERIFICATION, state.escalation_level, note)
        await self._store(state, execution, report, transition)

    async def _failed(self, state: EscalationState, execution: Execution, note: str) -> Transition:
        """To N2 or the expert; to the end where the incident has ended meanwhile."""
        incident = await incidents.get(self._graph, execution.incident)
        if incident.is_over:
            return Transition(Stage.FINISHED, state.escalation_level, note)
        return after_failure(state.escalation_level, note, has_n2=self._has_n2)

    async def _cancel(self, state: EscalationState, execution: Execution, refusal: str) -> None:
        transition = await self._failed(state, execution, f"not executed: {refusal}")
        at = datetime.now(UTC)

        async def unit(tx: Transaction) -> bool:
            moved = await escalations.move(tx, execution.incident, state.moves, transition, at=at)
            cancelled = await executions.cancel(tx, execution, refusal, at=at)
            if moved and not cancelled:
                raise Conflict("it was begun meanwhile", where=execution.id)
            return moved

        await self._writes.write(
            unit, name="execution.cancel", incident=execution.incident, stage=transition.stage
        )
        log.warning("execution.refused", execution=execution.id, reason=refusal)

    async def _store(
        self,
        state: EscalationState,
        execution: Execution,
        report: ExecutionReport,
        transition: Transition,
    ) -> None:
        at = datetime.now(UTC)

        async def unit(tx: Transaction) -> bool:
            moved = await escalations.move(tx, execution.incident, state.moves, transition, at=at)
            # Also of an incident that was merged away: its target must not stay locked.
            await executions.report(tx, execution, _masked(report), at=at)
            return moved

        await self._writes.write(
            unit, name="execution.report", incident=execution.incident, stage=transition.stage
        )


async def _heard(
    execution: Execution, report: Coroutine[None, None, ExecutionReport]
) -> ExecutionReport:
    """What the executor reports; UNKNOWN when it can't be asked or breaks its promise to report."""
    try:
        async with asyncio.timeout(EXECUTE_S):
            return await report
    except (Unavailable, TimeoutError) as error:
        detail = str(error) or "the executor did not answer in time"
    except Exception as error:
        log.exception("execution.failed_to_report", execution=execution.id)
        detail = f"the executor failed: {type(error).__name__}"
    return ExecutionReport(ExecutionStatus.UNKNOWN, detail)


def _masked(report: ExecutionReport) -> ExecutionReport:
    return ExecutionReport(report.status, mask(report.detail, _LONGEST), report.before)


def _as_report(execution: Execution) -> ExecutionReport:
    return ExecutionReport(execution.status, execution.detail, execution.before)
