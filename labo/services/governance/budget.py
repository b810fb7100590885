"""The budget of one workspace: reserve before a call, settle after it.

Both take the workspace's turn in one transaction, so that of any number of workers none decides on
figures that another is changing. The domain decides; this reads and writes.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from graph import budgets, llm_calls
from graph.client import Graph, Transaction
from labo.domain.governance.accounts import BudgetPeriod, accounts_of, bounds, charge, window
from labo.domain.governance.budget_events import BudgetEvent, Reported, events_of
from labo.domain.governance.budget_status import BudgetStatus, Mismatch, mismatches, status_of
from labo.domain.governance.budgets import (
    IncidentLimits,
    IncidentTotal,
    Limit,
    Refusal,
    Standing,
    decided,
)
from labo.domain.governance.llm_calls import (
    CallRequest,
    CallStatus,
    LlmCall,
    TokenCounts,
    settled_call,
)
from labo.errors import InvalidInput

log = structlog.get_logger(__name__)

MOST_EXPIRED = 20
"""Overdue reservations that one reservation clears away: more than a host has processes."""
MOST_CALLS = 1_000_000
"""Of a month, to add up: at the rate of one in three seconds."""
VERIFY_S = 60.0
"""Adding a month up holds the turn: a hundred thousand calls take some ten seconds."""

Publish = Callable[[BudgetEvent], Awaitable[None]]


async def log_event(event: BudgetEvent) -> None:
    """The seam to notifications, when nobody else listens."""
    log.warning("budget.event", kind=type(event).__name__, detail=str(event))


@dataclass(frozen=True, slots=True)
class Verification:
    """`calls` of the month were added up."""

    month: str
    calls: int
    cost: int
    mismatches: tuple[Mismatch, ...]


class BudgetService:
    """`defaults` are the limits where none was set; `publish` gets what people should know."""

    def __init__(
        self,
        graph: Graph,
        defaults: Sequence[Limit] = (),
        incident_limits: IncidentLimits | None = None,
        *,
        publish: Publish = log_event,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._graph = graph
        self._defaults = tuple(defaults)
        self._incident_limits = incident_limits or IncidentLimits()
        self._publish = publish
        self._clock = clock
        # Of one process only one waits in Neo4j, whose clock for a transaction runs meanwhile.
        self._turn = asyncio.Lock()

    async def reserve(self, request: CallRequest) -> LlmCall | Refusal:
        """The reserved call, or why there may be none. Raises Unavailable."""
        at, call_id = self._clock(), secrets.token_hex(16)

        async def unit(tx: Transaction) -> tuple[LlmCall | Refusal, tuple[BudgetEvent, ...]]:
            known = await budgets.take_turn(tx)
            await _expire(tx, at)
            total = await llm_calls.read_total(tx, request.incident)
            standing = await self._standing(tx, request.level, at, total)
            outcome = decided(request, standing, call_id)
            if isinstance(outcome, LlmCall):
                await _save(tx, None, outcome)
            return outcome, await self._report(tx, standing, known)

        async with self._turn:
            outcome, events = await self._graph.write(unit, name="budget.reserve")
        await self._tell(events)
        if isinstance(outcome, Refusal):
            log.info("budget.refused", model=request.model, reason=outcome.reason.value)
        return outcome

    async def settle(
        self,
        call_id: str,
        counts: TokenCounts | None,
        status: CallStatus = CallStatus.SETTLED,
        *,
        took_ms: float = 0.0,
    ) -> LlmCall:
        """End a call with the provider's `counts`; None where they are unknown: then, and where
        they can't be true, its bound is charged. A second settlement changes nothing.

        Raises NotFound, Unavailable.
        """
        at = self._clock()

        async def unit(tx: Transaction) -> tuple[LlmCall, tuple[BudgetEvent, ...]]:
            known = await budgets.take_turn(tx)
            before = await llm_calls.read(tx, call_id)
            after = settled_call(before, status, counts, took_ms)
            if after == before:
                return before, ()
            await _save(tx, before, after)
            standing = await self._standing(tx, before.level, at)
            return after, await self._report(tx, standing, known)

        async with self._turn:
            call, events = await self._graph.write(unit, name="budget.settle")
        if call.is_bound and counts is not None:
            log.warning("budget.absurd_counts", call=call_id, model=call.model, counts=str(counts))
        await self._tell(events)
        return call

    async def status(self) -> BudgetStatus:
        """Each limit, and what still runs."""
        at = self._clock()

        async def unit(tx: Transaction) -> Standing:
            return await self._standing(tx, "", at)

        return status_of(await self._graph.read(unit, name="budget.status"))

    async def set_limit(self, limit: Limit, *, by: str) -> BudgetStatus:
        """Set a limit, or with the amount `graph.budgets.WITHOUT` lift it. What is spent stays."""
        if limit.amount < budgets.WITHOUT:
            raise InvalidInput("a limit is zero or more", where="amount")
        await budgets.save_limit(self._graph, limit, by=by, at=self._clock())
        log.info("budget.limit_set", key=limit.key, amount=limit.amount, by=by)
        return await self.status()

    async def ledger(self, *, days: int = 31, limit: int = 100) -> list[LlmCall]:
        """The newest calls."""
        now = self._clock() + timedelta(days=1)  # a clock that was ahead has calls of tomorrow
        return await llm_calls.find(self._graph, now - timedelta(days=days + 1), now, limit)

    async def verify(self, month: str | None = None) -> Verification:
        """Add a month (`2026-12`, by default the current one) up from its calls and compare."""
        at = _first_day(month) if month else self._clock()
        since, until = bounds(BudgetPeriod.MONTH, at)
        name = window(BudgetPeriod.MONTH, at)

        async def unit(tx: Transaction) -> Verification:
            await budgets.take_turn(tx)
            calls = await llm_calls.read_calls(tx, since, until, MOST_CALLS)
            accounts = await llm_calls.read_month(tx, name)
            cost = sum(call.cost for call in calls)
            return Verification(name, len(calls), cost, mismatches(calls, accounts))

        return await self._graph.write(unit, name="budget.verify", timeout_s=VERIFY_S)

    async def expire(self) -> int:
        """Charge reservations whose process never came back; how many."""
        at = self._clock()

        async def unit(tx: Transaction) -> int:
            await budgets.take_turn(tx)
            return await _expire(tx, at)

        return await self._graph.write(unit, name="budget.expire")

    async def _standing(
        self, tx: Transaction, level: str, at: datetime, total: IncidentTotal | None = None
    ) -> Standing:
        """Of the limits on `level` and on all; with an empty one, of every limit."""
        chosen = {one.key: one for one in (*self._defaults, *await budgets.read_limits(tx))}
        limits = tuple(
            one
            for one in chosen.values()
            if one.amount != budgets.WITHOUT and (not level or one.level in ("", level))
        )
        accounts = await llm_calls.read_accounts(tx, {one.account(at) for one in limits})
        return Standing(limits, accounts, at, total or IncidentTotal(), self._incident_limits)

    async def _report(
        self, tx: Transaction, standing: Standing, known: Reported
    ) -> tuple[BudgetEvent, ...]:
        events, reported = events_of(standing, known)
        if reported != known:
            await budgets.save_reported(tx, reported)
        return events

    async def _tell(self, events: Sequence[BudgetEvent]) -> None:
        for event in events:
            await self._publish(event)


async def _save(tx: Transaction, before: LlmCall | None, after: LlmCall) -> None:
    change = charge(after) - charge(before) if before else charge(after)
    await llm_calls.save(tx, after, accounts_of(after.level, after.at, after.model), change)


async def _expire(tx: Transaction, at: datetime) -> int:
    overdue = await llm_calls.read_overdue(tx, at, MOST_EXPIRED)
    for call in overdue:
        await _save(tx, call, settled_call(call, CallStatus.EXPIRED, None, 0.0))
    return len(overdue)


def _first_day(month: str) -> datetime:
    try:
        return datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidInput("not a month", where=month, hint="such as 2026-12") from error
