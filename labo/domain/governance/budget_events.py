"""What people are told of a budget: that little is left, and that another stage began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from labo.domain.governance.budgets import CRITICAL_SHARE, BudgetStage, Limit, Standing

ALERT_BELOW = CRITICAL_SHARE


@dataclass(frozen=True, slots=True)
class BudgetLow:
    """Less than a tenth of `limit` remains in `window`, its day or month."""

    limit: Limit
    window: str
    remaining_share: float
    at: datetime


@dataclass(frozen=True, slots=True)
class StageChanged:
    before: BudgetStage
    after: BudgetStage
    at: datetime


BudgetEvent = BudgetLow | StageChanged


@dataclass(frozen=True, slots=True)
class Reported:
    """What people know already. `alerted`: limits with their window, each told once."""

    stage: BudgetStage = BudgetStage.FULL
    alerted: tuple[str, ...] = ()


def events_of(standing: Standing, known: Reported) -> tuple[tuple[BudgetEvent, ...], Reported]:
    """What is new in `standing`, and what is known with it. What was told of windows that are over
    is forgotten."""
    low = {
        f"{one.key}@{one.account(standing.at).window}": one
        for one in standing.limits
        if standing.remaining_share(one) < ALERT_BELOW
    }
    current = {f"{one.key}@{one.account(standing.at).window}" for one in standing.limits}
    alerts = tuple(
        BudgetLow(one, one.account(standing.at).window, standing.remaining_share(one), standing.at)
        for name, one in low.items()
        if name not in known.alerted
    )
    stage = standing.stage()
    moved = (StageChanged(known.stage, stage, standing.at),) if stage is not known.stage else ()
    alerted = sorted({*(one for one in known.alerted if one in current), *low})
    return (*alerts, *moved), Reported(stage, tuple(alerted))
