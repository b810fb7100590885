"""What a budget lets through, as time goes by and money goes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from labo.adapters.prices import ExchangeRate, PriceList, own_price, read_price_file
from labo.domain.governance.accounts import AccountKey, BudgetPeriod, Charge
from labo.domain.governance.budget_status import status_of
from labo.domain.governance.budgets import (
    BudgetRefusal,
    BudgetStage,
    BudgetUnit,
    IncidentLimits,
    IncidentTotal,
    Limit,
    Refusal,
    Standing,
    decided,
)
from labo.domain.governance.llm_calls import ModelLevel
from labo.errors import InvalidInput
from tests.builders.budgets import FREE, a_limit, a_request

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
NIGHT = datetime(2026, 12, 1, 23, 59, tzinfo=UTC)


def spent(limit: Limit, amount: int, at: datetime = NIGHT) -> Standing:
    figure = "money_spent" if limit.unit is BudgetUnit.MONEY else "tokens_prompt"
    return Standing((limit,), {limit.account(at): Charge(**{figure: amount})}, at)


def why(standing: Standing, **values: object) -> BudgetRefusal | None:
    outcome = decided(a_request(**values), standing, "c")  # type: ignore[arg-type]
    return outcome.reason if isinstance(outcome, Refusal) else None


def test_a_quarter_is_free_at_midnight_and_the_rest_comes_with_the_day() -> None:
    """20,000 of 100,000 are spent: 22,500 are free at midnight, 90,000 in the end."""
    limit = a_limit(100_000)

    assert why(spent(limit, 20_000, MIDNIGHT)) is BudgetRefusal.PACED
    assert why(spent(limit, 20_000, NIGHT)) is None


def test_the_last_tenth_is_for_critical_incidents() -> None:
    standing = spent(a_limit(100_000), 88_000)

    assert why(standing) is BudgetRefusal.KEPT_FOR_CRITICAL
    assert why(standing, is_critical=True) is None


def test_nothing_passes_the_limit_itself() -> None:
    assert why(spent(a_limit(100_000), 96_000), is_critical=True) is BudgetRefusal.LIMIT


@pytest.mark.parametrize(
    ("percent", "stage", "runs"),
    [
        (50, BudgetStage.FULL, "n1 n2 smaller n3"),
        (60, BudgetStage.N2, "n1 n2 smaller"),
        (75, BudgetStage.SMALLER_MODEL, "n1 smaller"),
        (85, BudgetStage.N1, "n1"),
        (90, BudgetStage.DETERMINISTIC, ""),
    ],
)
def test_it_degrades_in_steps(percent: int, stage: BudgetStage, runs: str) -> None:
    """Each step is what the one before it leaves out."""
    standing = spent(a_limit(100_000_000), percent * 1_000_000)
    asked = {
        "n1": why(standing, level=ModelLevel.N1),
        "n2": why(standing, level=ModelLevel.N2),
        "smaller": why(standing, level=ModelLevel.N2, is_smaller=True),
        "n3": why(standing, level=ModelLevel.N3),
    }

    assert standing.stage() is stage
    assert [name for name, refused in asked.items() if refused is None] == runs.split()
    assert status_of(standing).accepts_agents is (stage is not BudgetStage.DETERMINISTIC)


def test_a_local_model_runs_on_when_the_money_is_gone_but_not_the_tokens() -> None:
    assert why(spent(a_limit(1000), 1000), price=FREE) is None
    assert (
        why(spent(a_limit(1000, unit=BudgetUnit.TOKENS), 1000), price=FREE) is BudgetRefusal.LIMIT
    )


def test_a_limit_of_nothing_lets_nothing_through() -> None:
    standing = Standing((a_limit(0),), {}, NIGHT)

    assert why(standing, is_critical=True) is BudgetRefusal.LIMIT
    assert standing.stage() is BudgetStage.DETERMINISTIC


def test_an_incident_has_its_money() -> None:
    """It is refused where the call might go beyond, and free models go on."""
    standing = Standing((), {}, NIGHT, IncidentTotal(1, 5000), IncidentLimits(20, 9000))

    assert why(standing) is BudgetRefusal.INCIDENT_MONEY
    assert why(standing, price=FREE) is None


def test_a_month_is_paced_too() -> None:
    """A runaway on the first leaves three quarters for the month."""
    limit = a_limit(100_000, period=BudgetPeriod.MONTH)

    assert why(spent(limit, 20_000, MIDNIGHT)) is BudgetRefusal.PACED
    assert AccountKey("", "2026-12") == limit.account(NIGHT)


RATE = ExchangeRate(Decimal("0.9"), date(2026, 12, 1))


def test_list_prices_are_in_euros_with_their_source() -> None:
    """3.75 USD for what is written to the cache, 15 for what is answered."""
    price = PriceList({}, RATE).find("anthropic", "claude-sonnet-4-5")

    assert price is not None
    assert (price.prompt, price.completion) == (3_375_000, 13_500_000)
    assert "0.9 EUR/USD of 2026-12-01" in price.source


def test_a_model_that_no_list_has_has_no_price() -> None:
    assert PriceList({}, RATE).find("anthropic", "claude-of-tomorrow") is None


def test_own_prices_come_first(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_text('{"anthropic/claude-sonnet-4-5": {"prompt_eur": "1", "completion_eur": "2"}}')

    price = PriceList(read_price_file(file), RATE).find("anthropic", "claude-sonnet-4-5")

    assert price == own_price(Decimal(1), Decimal(2), "prices.json")


@pytest.mark.parametrize(
    "text", ["", "[]", '{"m": {}}', '{"m": {"prompt_eur": "x", "completion_eur": 1}}', "{"]
)
def test_a_price_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.json"
    file.write_text(text)

    with pytest.raises(InvalidInput, match=r"prices\.json"):
        read_price_file(file)


@pytest.mark.parametrize("price", ["-1", "NaN", "Infinity"])
def test_a_price_is_a_number_of_zero_or_more(price: str) -> None:
    with pytest.raises(InvalidInput, match="zero or more"):
        own_price(Decimal(price), Decimal(1), "here")
