"""What a budget looks like from outside: each limit, and what runs on each level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labo.domain.governance.accounts import NOTHING, AccountKey, Charge, added_up
from labo.domain.governance.budgets import BudgetStage, Limit, Refusal, Standing, decided
from labo.domain.governance.llm_calls import (
    MICRO,
    CallRequest,
    LlmCall,
    ModelLevel,
    TokenCounts,
    TokenPrice,
)

_LEAST = TokenPrice(MICRO, MICRO, "the least there is: a millionth of a euro a token")


@dataclass(frozen=True, slots=True)
class LimitStatus:
    """`spent` and `reserved` in the limit's unit, in its day or month `window`."""

    limit: Limit
    window: str
    spent: int
    reserved: int
    remaining_share: float

    @property
    def remaining(self) -> int:
        return max(0, self.limit.amount - self.spent - self.reserved)


@dataclass(frozen=True, slots=True)
class LevelStatus:
    """Whether a paid call of an incident that is not critical has a chance now, and if not why."""

    level: ModelLevel
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    stage: BudgetStage
    limits: tuple[LimitStatus, ...]
    levels: tuple[LevelStatus, ...]

    @property
    def accepts_agents(self) -> bool:
        """Whether new agents may be created: not below the threshold."""
        return self.stage is not BudgetStage.DETERMINISTIC


def status_of(standing: Standing) -> BudgetStatus:
    levels = tuple(_level(level, standing) for level in ModelLevel)
    return BudgetStatus(
        standing.stage(), tuple(_of(one, standing) for one in standing.limits), levels
    )


def _level(level: ModelLevel, standing: Standing) -> LevelStatus:
    least = CallRequest(level, "", "cpu", TokenCounts(1, 0), _LEAST, is_smaller=True)
    outcome = decided(least, standing, "")
    return LevelStatus(level, outcome if isinstance(outcome, Refusal) else None)


def _of(limit: Limit, standing: Standing) -> LimitStatus:
    spent = standing.spent(limit)
    return LimitStatus(
        limit,
        limit.account(standing.at).window,
        spent,
        standing.used(limit) - spent,
        standing.remaining_share(limit),
    )


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An account that differs from what its calls add up to, or a call from its own price."""

    what: str
    stored: int
    recomputed: int


def mismatches(
    calls: Iterable[LlmCall], accounts: Mapping[AccountKey, Charge]
) -> tuple[Mismatch, ...]:
    """Whatever in the accounts and in the calls' own costs the ledger does not bear out."""
    known = tuple(calls)
    found = [
        Mismatch(f"cost of call {one.id}", one.cost, one.price.of(one.counts))
        for one in known
        if one.cost != one.price.of(one.counts)
    ]
    sums = added_up(known)
    for key in sorted({*sums, *accounts}, key=lambda one: one.text):
        stored, right = accounts.get(key, NOTHING), sums.get(key, NOTHING)
        found += [
            Mismatch(f"{name} of {key.text}", getattr(stored, name), getattr(right, name))
            for name in Charge.__dataclass_fields__
            if getattr(stored, name) != getattr(right, name)
        ]
    return tuple(found)
