"""Reserving and settling on a real graph: many workers, crashes, clocks that jump."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from graph import llm_calls
from graph.budgets import WITHOUT
from graph.client import Graph
from labo.domain.governance.accounts import BudgetPeriod
from labo.domain.governance.budget_events import BudgetEvent, BudgetLow, StageChanged
from labo.domain.governance.budgets import (
    BudgetRefusal,
    BudgetStage,
    BudgetUnit,
    IncidentLimits,
    Limit,
    Refusal,
)
from labo.domain.governance.llm_calls import CallStatus, LlmCall, ModelLevel, TokenCounts
from labo.errors import InvalidInput
from labo.services.governance.budget import BudgetService
from tests.builders.budgets import FREE, Clock, a_limit, a_request

pytestmark = pytest.mark.stack


def a_budget(graph: Graph, *limits: Limit, clock: Clock | None = None) -> BudgetService:
    return BudgetService(graph, limits, IncidentLimits(None), clock=clock or Clock())


async def reserved(budget: BudgetService, **values: object) -> LlmCall:
    outcome = await budget.reserve(a_request(**values))  # type: ignore[arg-type]
    assert isinstance(outcome, LlmCall), outcome
    return outcome


async def refused(budget: BudgetService, **values: object) -> BudgetRefusal:
    outcome = await budget.reserve(a_request(**values))  # type: ignore[arg-type]
    assert isinstance(outcome, Refusal), outcome
    return outcome.reason


async def test_ten_workers_at_once_cannot_overshoot(graph: Graph) -> None:
    """Each reserves 4,500; twelve of them fit."""
    budget = a_budget(graph, a_limit(12 * 4500))

    outcomes = await asyncio.gather(
        *(budget.reserve(a_request(is_critical=True)) for _ in range(40))
    )

    assert sum(isinstance(one, LlmCall) for one in outcomes) == 12


async def test_a_settlement_frees_what_was_not_needed(graph: Graph) -> None:
    budget = a_budget(graph, a_limit(9000))
    call = await reserved(budget, is_critical=True)

    settled = await budget.settle(call.id, TokenCounts(100, 10), took_ms=5.0)
    [limit] = (await budget.status()).limits

    assert (settled.status, settled.cost, settled.took_ms) == (CallStatus.SETTLED, 450, 5.0)
    assert (limit.spent, limit.reserved, limit.remaining) == (450, 0, 8550)


async def test_a_provider_that_answers_twice_is_paid_once(graph: Graph) -> None:
    budget = a_budget(graph, a_limit(90_000))
    call = await reserved(budget)

    first = await budget.settle(call.id, TokenCounts(100, 10))
    second = await budget.settle(call.id, TokenCounts(900, 90), CallStatus.FAILED)

    assert second == first
    assert (await budget.verify()).cost == 450


@pytest.mark.parametrize(
    "counts", [TokenCounts(-1, 5), TokenCounts(5, -1), TokenCounts(10**12, 1), None]
)
async def test_counts_that_cannot_be_true_cost_the_bound(
    graph: Graph, counts: TokenCounts | None
) -> None:
    budget = a_budget(graph, a_limit(90_000))
    call = await reserved(budget)

    settled = await budget.settle(call.id, counts)

    assert (settled.cost, settled.is_bound) == (4500, True)


async def test_a_killed_process_costs_its_bound_once_its_lease_is_over(graph: Graph) -> None:
    clock = Clock()
    budget = a_budget(graph, a_limit(90_000), clock=clock)
    call = await reserved(budget)

    clock.pass_by(minutes=9)
    early = await budget.expire()
    clock.pass_by(minutes=2)
    late = await budget.expire()
    [limit] = (await budget.status()).limits

    assert (early, late) == (0, 1)
    assert (limit.spent, limit.reserved) == (4500, 0)
    assert (await budget.ledger())[0].status is CallStatus.EXPIRED
    assert (await budget.settle(call.id, TokenCounts(100, 10))).cost == 450


async def test_a_price_that_nobody_knows_is_refused(graph: Graph) -> None:
    assert await refused(a_budget(graph), price=None) is BudgetRefusal.UNKNOWN_PRICE


async def test_one_incident_has_its_own_ceiling(graph: Graph) -> None:
    budget = BudgetService(graph, (), IncidentLimits(calls=2, money=None), clock=Clock())
    for _ in range(2):
        await reserved(budget, incident="i1")

    assert await refused(budget, incident="i1") is BudgetRefusal.INCIDENT_CALLS
    assert await reserved(budget, incident="i2")
    assert len(await llm_calls.find_by_incident(graph, "i1")) == 2


async def test_a_call_over_midnight_belongs_to_its_first_day(graph: Graph) -> None:
    """Also over the end of a month and of a year."""
    clock = Clock(datetime(2026, 12, 31, 23, 59, 50, tzinfo=UTC))
    budget = a_budget(graph, a_limit(90_000, period=BudgetPeriod.MONTH), clock=clock)
    call = await reserved(budget)
    clock.pass_by(seconds=30)
    await budget.settle(call.id, TokenCounts(100, 10))

    december, january = await budget.verify("2026-12"), await budget.verify("2027-01")

    assert (december.cost, december.mismatches) == (450, ())
    assert (january.cost, january.mismatches) == (0, ())


async def test_a_clock_that_jumps_gives_no_second_allowance(graph: Graph) -> None:
    """To tomorrow and back: both days hold what they hold."""
    clock = Clock()
    budget = a_budget(graph, a_limit(4500), clock=clock)
    await reserved(budget, is_critical=True)
    clock.pass_by(days=1)
    await reserved(budget, is_critical=True)
    clock.pass_by(days=-1)

    assert await refused(budget, is_critical=True) is BudgetRefusal.LIMIT


async def test_the_alert_comes_once_and_the_stage_comes_back(graph: Graph) -> None:
    told: list[BudgetEvent] = []
    clock = Clock()

    async def publish(event: BudgetEvent) -> None:
        told.append(event)

    budget = BudgetService(
        graph, (a_limit(10_000),), IncidentLimits(None), publish=publish, clock=clock
    )
    for prompt in (1000, 1600, 450, 100):
        call = await reserved(budget, prompt=prompt, completion=0, is_critical=True)
        await budget.settle(call.id, TokenCounts(prompt, 0))
    clock.pass_by(days=1)
    await reserved(budget, is_critical=True)

    assert [one.window for one in told if isinstance(one, BudgetLow)] == ["2026-12-01"]
    assert [one.after for one in told if isinstance(one, StageChanged)] == [
        BudgetStage.SMALLER_MODEL,
        BudgetStage.DETERMINISTIC,
        BudgetStage.FULL,
    ]


async def test_the_figures_can_be_added_up_from_the_ledger(graph: Graph) -> None:
    """And a line or an account that somebody changed is found."""
    budget = a_budget(graph, a_limit(10**9), clock=Clock())
    for counts in (TokenCounts(1, 1), TokenCounts(999, 99), None):
        call = await reserved(budget)
        await budget.settle(call.id, counts)
    await reserved(budget)

    sound = await budget.verify()
    await graph.execute(
        llm_calls.UPSERT_CHARGES,
        rows=[{"key": "2026-12||", "level": "", "window": "2026-12", "model": ""}],
        change=dict.fromkeys(llm_calls.Charge.__dataclass_fields__, 0) | {"money_spent": 1},
    )
    changed = await budget.verify()

    assert (sound.calls, sound.mismatches) == (4, ())
    assert [one.what for one in changed.mismatches] == ["money_spent of 2026-12||"]


async def test_a_limit_that_was_set_replaces_the_settings(graph: Graph) -> None:
    budget = a_budget(graph, a_limit(4500))
    limit = a_limit(0)

    await budget.set_limit(limit, by="ann")
    none_left = await refused(budget, is_critical=True)
    free = await reserved(budget, price=FREE)
    await budget.set_limit(replace(limit, amount=WITHOUT), by="ann")

    assert none_left is BudgetRefusal.LIMIT
    assert free.reserved == 0
    assert (await budget.status()).limits == ()
    assert await reserved(budget)


async def test_limits_below_nothing_and_unknown_months_are_refused(graph: Graph) -> None:
    budget = a_budget(graph)

    with pytest.raises(InvalidInput, match="zero or more"):
        await budget.set_limit(a_limit(-2), by="ann")
    with pytest.raises(InvalidInput, match="not a month"):
        await budget.verify("2026-13")


async def test_a_level_has_a_limit_of_its_own(graph: Graph) -> None:
    budget = a_budget(graph, a_limit(4500, level="n3"), a_limit(100_000, unit=BudgetUnit.TOKENS))
    await reserved(budget, level=ModelLevel.N3, is_critical=True)

    assert await refused(budget, level=ModelLevel.N3, is_critical=True) is BudgetRefusal.LIMIT
    assert await reserved(budget, level=ModelLevel.N2)
