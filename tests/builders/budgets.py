"""Calls and limits to try a budget with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from labo.domain.governance.accounts import BudgetPeriod
from labo.domain.governance.budgets import BudgetUnit, Limit
from labo.domain.governance.llm_calls import CallRequest, ModelLevel, TokenCounts, TokenPrice

PRICE = TokenPrice(3_000_000, 15_000_000, "made up")
FREE = TokenPrice(0, 0, "local")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **spans: float) -> None:
        self.at += timedelta(**spans)


def a_request(
    level: ModelLevel = ModelLevel.N2,
    *,
    prompt: int = 1000,
    completion: int = 100,
    price: TokenPrice | None = PRICE,
    incident: str = "",
    is_critical: bool = False,
    is_smaller: bool = False,
) -> CallRequest:
    """By default of at most 4,500 µEUR."""
    bound = TokenCounts(prompt, completion)
    return CallRequest(level, "large", "cpu", bound, price, incident, is_critical, is_smaller)


def a_limit(
    amount: int,
    *,
    level: str = "",
    period: BudgetPeriod = BudgetPeriod.DAY,
    unit: BudgetUnit = BudgetUnit.MONEY,
) -> Limit:
    return Limit(level, period, unit, amount)
