"""What language models may cost in the caller's workspace, and what is left."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ForbiddenType, InvalidInputType
from api.graphql.permissions import guarded
from labo.domain.entities.tokens import Scope
from labo.domain.governance.accounts import BudgetPeriod
from labo.domain.governance.budget_status import BudgetStatus, LevelStatus, LimitStatus
from labo.domain.governance.budgets import BudgetRefusal, BudgetStage, BudgetUnit, Limit
from labo.domain.governance.llm_calls import MICRO, ModelLevel
from labo.errors import InvalidInput

MOST_AMOUNT = Decimal(2**53) / MICRO
"""Euros that every client can read as a number of millionths: some nine milliards."""


@strawberry.type(
    name="BudgetLimit",
    description="A limit and its current day or month (UTC), in euros or tokens.",
)
class BudgetLimitType:
    level: ModelLevel | None = strawberry.field(description="Null: all levels together.")
    period: BudgetPeriod
    unit: BudgetUnit
    window: str = strawberry.field(description="Such as `2026-12-01` or `2026-12`.")
    amount: Decimal
    spent: Decimal
    reserved: Decimal = strawberry.field(description="Upper bounds of calls under way.")
    remaining: Decimal
    remaining_share: float = strawberry.field(description="Of what is not spent, from 1 to 0.")

    @classmethod
    def from_domain(cls, status: LimitStatus) -> BudgetLimitType:
        limit = status.limit
        part = MICRO if limit.unit is BudgetUnit.MONEY else 1
        return cls(
            level=ModelLevel(limit.level) if limit.level else None,
            period=limit.period,
            unit=limit.unit,
            window=status.window,
            amount=Decimal(limit.amount) / part,
            spent=Decimal(status.spent) / part,
            reserved=Decimal(status.reserved) / part,
            remaining=Decimal(status.remaining) / part,
            remaining_share=status.remaining_share,
        )


@strawberry.type(
    name="BudgetLevel",
    description="Whether a paid call of an incident that is not critical has a chance now.",
)
class BudgetLevelType:
    level: ModelLevel
    refusal: BudgetRefusal | None = strawberry.field(description="Null: calls have room.")
    sentence: str | None

    @classmethod
    def from_domain(cls, status: LevelStatus) -> BudgetLevelType:
        refusal = status.refusal
        return cls(
            level=status.level,
            refusal=refusal.reason if refusal else None,
            sentence=refusal.sentence if refusal else None,
        )


@strawberry.type(name="Budget", description="What language models may cost, and what still runs.")
class BudgetType:
    stage: BudgetStage = strawberry.field(
        description="What runs for incidents that are not critical."
    )
    accepts_agents: bool = strawberry.field(description="Whether new agents may be created.")
    limits: list[BudgetLimitType]
    levels: list[BudgetLevelType]

    @classmethod
    def from_domain(cls, status: BudgetStatus) -> BudgetType:
        return cls(
            stage=status.stage,
            accepts_agents=status.accepts_agents,
            limits=[BudgetLimitType.from_domain(one) for one in status.limits],
            levels=[BudgetLevelType.from_domain(one) for one in status.levels],
        )


BudgetChange = Annotated[
    BudgetType | InvalidInputType | ForbiddenType, strawberry.union("BudgetChange")
]


@strawberry.type
class BudgetQuery:
    @guarded(Scope.READ, "What language models may cost in this workspace, and what is left.")
    async def budget(self, info: Info) -> BudgetType:
        return BudgetType.from_domain(await info.context.services.budget.status())


@strawberry.type
class BudgetMutation:
    @guarded(
        Scope.ADMIN,
        "Set one limit, in euros or tokens; a null amount lifts it. What is spent stays spent.",
    )
    async def set_budget(
        self,
        info: Info,
        amount: Decimal | None,
        period: BudgetPeriod,
        unit: BudgetUnit,
        level: ModelLevel | None = None,
    ) -> BudgetChange:
        limit = Limit(level.value if level else "", period, unit, _stored(amount, unit))
        budget = info.context.services.budget
        return BudgetType.from_domain(await budget.set_limit(limit, by=info.context.caller.name))


def _stored(amount: Decimal | None, unit: BudgetUnit) -> int:
    if amount is None:
        return -1
    if not amount.is_finite() or not 0 <= amount <= MOST_AMOUNT:
        raise InvalidInput("not an amount", where="amount", hint="zero or more euros or tokens")
    exact = amount * (MICRO if unit is BudgetUnit.MONEY else 1)
    if exact != int(exact):
        raise InvalidInput("more decimals than are kept", where="amount")
    return int(exact)
