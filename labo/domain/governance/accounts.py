"""Accounts: what a window of time has spent and holds reserved, by level and by model.

They hold nothing that the ledger does not: each is the sum of its calls' charges, and can be added
up anew at any time. Days and months are UTC's, so that none has 23 hours and no worker's time zone
matters; a call belongs to the day on which it was reserved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from labo.domain.governance.llm_calls import CallStatus, LlmCall


class BudgetPeriod(StrEnum):
    DAY = "day"
    MONTH = "month"


def window(period: BudgetPeriod, at: datetime) -> str:
    """The day or the month (UTC) that `at` lies in.

    >>> window(BudgetPeriod.DAY, datetime.fromisoformat("2026-12-31T23:30:00-02:00"))
    '2027-01-01'
    """
    moment = at.astimezone(UTC)
    return f"{moment:%Y-%m-%d}" if period is BudgetPeriod.DAY else f"{moment:%Y-%m}"


def elapsed(period: BudgetPeriod, at: datetime) -> float:
    """How much of the window is over, from 0 to 1.

    >>> elapsed(BudgetPeriod.DAY, datetime.fromisoformat("2026-12-01T18:00:00+00:00"))
    0.75
    """
    start, end = bounds(period, at)
    return (at - start) / (end - start)


def bounds(period: BudgetPeriod, at: datetime) -> tuple[datetime, datetime]:
    """Start and end of the window that `at` lies in."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period is BudgetPeriod.DAY:
        return day, day + timedelta(days=1)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Charge:
    """What one call, or many, put on an account: µEUR and tokens. Adds and subtracts."""

    money_spent: int = 0
    money_reserved: int = 0
    tokens_prompt: int = 0
    tokens_completion: int = 0
    tokens_reserved: int = 0
    calls: int = 0

    def __add__(self, other: Charge) -> Charge:
        return Charge(*(getattr(self, n) + getattr(other, n) for n in FIGURES))

    def __sub__(self, other: Charge) -> Charge:
        return Charge(*(getattr(self, n) - getattr(other, n) for n in FIGURES))

    @property
    def money(self) -> int:
        """Spent and reserved."""
        return self.money_spent + self.money_reserved

    @property
    def tokens(self) -> int:
        """Spent and reserved."""
        return self.tokens_prompt + self.tokens_completion + self.tokens_reserved


FIGURES: tuple[str, ...] = tuple(field.name for field in fields(Charge))
NOTHING = Charge()


@dataclass(frozen=True, slots=True)
class AccountKey:
    """`level` empty: all levels together; `model` empty: all models."""

    level: str
    window: str
    model: str = ""

    @property
    def text(self) -> str:
        return f"{self.window}|{self.level}|{self.model}"


def charge(call: LlmCall) -> Charge:
    """What the call puts on each of its accounts."""
    if call.status is CallStatus.RESERVED:
        return Charge(money_reserved=call.reserved, tokens_reserved=call.bound.total, calls=1)
    return Charge(
        money_spent=call.cost,
        tokens_prompt=call.tokens_prompt,
        tokens_completion=call.tokens_completion,
        calls=1,
    )


def accounts_of(level: str, at: datetime, model: str = "") -> tuple[AccountKey, ...]:
    """The accounts that a call at `at` is on; without a `model`, those that limits are about."""
    month = window(BudgetPeriod.MONTH, at)
    limited = tuple(
        AccountKey(owner, window(period, at)) for owner in ("", level) for period in BudgetPeriod
    )
    return (*limited, AccountKey(level, month, model)) if model else limited


def added_up(calls: Iterable[LlmCall]) -> Mapping[AccountKey, Charge]:
    """The accounts as the ledger alone gives them."""
    accounts: dict[AccountKey, Charge] = {}
    for call in calls:
        for key in accounts_of(call.level, call.at, call.model):
            accounts[key] = accounts.get(key, NOTHING) + charge(call)
    return accounts
