"""Budgets: whether one more call fits, and what still runs when little is left.

A limit is on money or tokens of one level, or of all, in a day or a month. A call fits when its
upper bound does, on top of what is spent and reserved; so no order of calls, crashes and late
answers takes an account above its limit.

Of each limit the last tenth is for critical incidents. The others get a quarter at once and the
rest as the window goes by: a burst in the morning leaves something for the evening. Where an
incident is critical, neither holds, only the limit itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from labo.domain.governance.accounts import (
    NOTHING,
    AccountKey,
    BudgetPeriod,
    Charge,
    elapsed,
    window,
)
from labo.domain.governance.llm_calls import CallRequest, LlmCall, ModelLevel, reserved_call

CRITICAL_SHARE = 0.10
"""For critical incidents only. Also where the alert comes and new agents are refused (S1)."""
AT_ONCE = 0.25
"""Of what is not critical incidents', free when a window begins. By judgement: six hours' worth
of a day, so that one burst passes and three are spread."""


class BudgetUnit(StrEnum):
    MONEY = "money"
    TOKENS = "tokens"


class BudgetRefusal(StrEnum):
    UNKNOWN_PRICE = "unknown_price"
    LIMIT = "limit"
    KEPT_FOR_CRITICAL = "kept_for_critical"
    PACED = "paced"
    DEGRADED = "degraded"
    INCIDENT_CALLS = "incident_calls"
    INCIDENT_MONEY = "incident_money"


class BudgetStage(StrEnum):
    """What still runs, from everything to nothing."""

    FULL = "full"
    N2 = "n2"
    SMALLER_MODEL = "smaller_model"
    N1 = "n1"
    DETERMINISTIC = "deterministic"


STAGES_BELOW: tuple[tuple[float, BudgetStage], ...] = (
    (CRITICAL_SHARE, BudgetStage.DETERMINISTIC),
    (0.15, BudgetStage.N1),
    (0.25, BudgetStage.SMALLER_MODEL),
    (0.40, BudgetStage.N2),
)
"""At or below which remaining share of a limit on all levels each stage begins. By judgement: an
expert's report costs some ten proposals, so it goes first, while there is enough for the rest."""

_LEVELS: Mapping[BudgetStage, frozenset[ModelLevel]] = {
    BudgetStage.FULL: frozenset(ModelLevel),
    BudgetStage.N2: frozenset({ModelLevel.N1, ModelLevel.N2}),
    BudgetStage.SMALLER_MODEL: frozenset({ModelLevel.N1, ModelLevel.N2}),
    BudgetStage.N1: frozenset({ModelLevel.N1}),
    BudgetStage.DETERMINISTIC: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """`level` empty: of all levels together. `amount` in µEUR or tokens."""

    level: str
    period: BudgetPeriod
    unit: BudgetUnit
    amount: int

    @property
    def key(self) -> str:
        return f"{self.level}|{self.period}|{self.unit}"

    def account(self, at: datetime) -> AccountKey:
        return AccountKey(self.level, window(self.period, at))


@dataclass(frozen=True, slots=True)
class IncidentLimits:
    """Of one incident, whatever the budgets; None: without."""

    calls: int | None = 20
    money: int | None = None


@dataclass(frozen=True, slots=True)
class IncidentTotal:
    calls: int = 0
    money: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """`limit`: whose account is short, where one is. `sentence` for people."""

    reason: BudgetRefusal
    sentence: str
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a decision needs to know."""

    limits: tuple[Limit, ...]
    accounts: Mapping[AccountKey, Charge]
    at: datetime
    incident: IncidentTotal = IncidentTotal()
    incident_limits: IncidentLimits = IncidentLimits()

    def used(self, limit: Limit) -> int:
        """Spent and reserved, in the limit's unit."""
        account = self.accounts.get(limit.account(self.at), NOTHING)
        return account.money if limit.unit is BudgetUnit.MONEY else account.tokens

    def spent(self, limit: Limit) -> int:
        """In the limit's unit."""
        account = self.accounts.get(limit.account(self.at), NOTHING)
        if limit.unit is BudgetUnit.MONEY:
            return account.money_spent
        return account.tokens_prompt + account.tokens_completion

    def remaining_share(self, limit: Limit) -> float:
        """From 1 to 0, of what is not spent; 0 too where a limit was lowered below that. What is
        reserved is several times what calls then cost: counted, it would move stages to and fro."""
        left = limit.amount - self.spent(limit)
        return max(0.0, left / limit.amount) if limit.amount else 0.0

    def stage(self, units: Iterable[BudgetUnit] = tuple(BudgetUnit)) -> BudgetStage:
        """The worst that a limit on all levels leads to."""
        counted = frozenset(units)
        general = (one for one in self.limits if not one.level and one.unit in counted)
        return stage_at(min(map(self.remaining_share, general), default=1.0))


def stage_at(share: float) -> BudgetStage:
    """The stage with this share of a limit remaining.

    >>> [stage_at(share).value for share in (1.0, 0.4, 0.2, 0.12, 0.1)]
    ['full', 'n2', 'smaller_model', 'n1', 'deterministic']
    """
    return next((stage for most, stage in STAGES_BELOW if share <= most), BudgetStage.FULL)


def decided(request: CallRequest, standing: Standing, call_id: str) -> LlmCall | Refusal:
    """The call as it is reserved, or why it may not be made.

    What costs nothing is bound by no limit on money: a local model runs on when the money is gone.
    """
    price = request.price
    if price is None:
        return Refusal(BudgetRefusal.UNKNOWN_PRICE, f"nobody knows what {request.model} costs")
    money = price.of(request.bound)
    refused = _of_incident(money, standing) or _of_limits(request, money, standing)
    return refused or reserved_call(call_id, request, price, standing.at)


def _of_incident(money: int, standing: Standing) -> Refusal | None:
    most, total = standing.incident_limits, standing.incident
    if most.calls is not None and total.calls >= most.calls:
        return Refusal(
            BudgetRefusal.INCIDENT_CALLS, f"the incident has had its {most.calls} model calls"
        )
    if most.money is not None and money and total.money + money > most.money:
        return Refusal(BudgetRefusal.INCIDENT_MONEY, "the incident has spent what one may spend")
    return None


def _of_limits(request: CallRequest, money: int, standing: Standing) -> Refusal | None:
    counted = tuple(unit for unit in BudgetUnit if unit is BudgetUnit.TOKENS or money)
    for limit in standing.limits:
        if limit.level in ("", request.level) and limit.unit in counted:
            needed = money if limit.unit is BudgetUnit.MONEY else request.bound.total
            if refused := _of_limit(limit, needed, request, standing):
                return refused
    stage = standing.stage(counted)
    if request.is_critical or _runs(stage, request):
        return None
    return Refusal(
        BudgetRefusal.DEGRADED,
        f"little is left: the budget is down to the stage {stage}, without {_left_out(request)}",
    )


def _of_limit(
    limit: Limit, needed: int, request: CallRequest, standing: Standing
) -> Refusal | None:
    used = standing.used(limit)
    if used + needed > limit.amount:
        return Refusal(BudgetRefusal.LIMIT, f"{_named(limit)} has no room for the call", limit)
    if request.is_critical:
        return None
    others = limit.amount * (1 - CRITICAL_SHARE)
    if used + needed > others:
        return Refusal(
            BudgetRefusal.KEPT_FOR_CRITICAL,
            f"what is left of {_named(limit)} is for critical incidents",
            limit,
        )
    share = AT_ONCE + (1 - AT_ONCE) * elapsed(limit.period, standing.at)
    if used + needed > others * share:
        return Refusal(
            BudgetRefusal.PACED, f"{_named(limit)} is ahead of the time; later it has room", limit
        )
    return None


def _runs(stage: BudgetStage, request: CallRequest) -> bool:
    if stage is BudgetStage.SMALLER_MODEL and request.level is ModelLevel.N2:
        return request.is_smaller
    return request.level in _LEVELS[stage]


def _left_out(request: CallRequest) -> str:
    return f"{request.model} on {request.level.upper()}"


def _named(limit: Limit) -> str:
    of = f"{limit.level.upper()}'s" if limit.level else "the"
    return f"{of} limit on {limit.unit} of a {limit.period}"
