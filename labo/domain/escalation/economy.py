"""What resolving incidents costs, over time: does experience make it cheaper?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from labo.domain.escalation.proposals import EscalationLevel

NO_LEVEL = "none"
"""Level of an incident that ended before anything was escalated."""


class Period(StrEnum):
    """`quarter`: four equal parts of the list of incidents. `week`: from Monday, UTC."""

    QUARTER = "quarter"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class IncidentCost:
    """A resolved incident, with the model calls made for it."""

    incident: str
    opened_at: datetime
    resolved_at: datetime
    escalation_level: str | None
    calls: int
    tokens: int
    cost_micro_eur: int


@dataclass(frozen=True, slots=True)
class EconomyRow:
    """Means over the incidents that opened in [`since`, `until`]; `levels` are shares that sum to
    1, `without_model` that of the incidents for which no model was called."""

    name: str
    since: datetime
    until: datetime
    incidents: int
    levels: Mapping[str, float]
    without_model: float
    tokens: float
    cost_eur: float
    minutes: float


@dataclass(frozen=True, slots=True)
class Economy:
    """`rows` in order of time, and all of it as one; None where nothing was resolved."""

    rows: tuple[EconomyRow, ...]
    total: EconomyRow | None


def economy(costs: Iterable[IncidentCost], period: Period) -> Economy:
    """The costs by `period`. A week without an incident has no row.

    >>> economy([], Period.WEEK)
    Economy(rows=(), total=None)
    """
    ordered = sorted(costs, key=lambda cost: (cost.opened_at, cost.incident))
    if not ordered:
        return Economy((), None)
    parts = _quarters(ordered) if period is Period.QUARTER else _weeks(ordered)
    rows = tuple(_row(name, part) for name, part in parts if part)
    return Economy(rows, _row("all", ordered))


def _quarters(ordered: Sequence[IncidentCost]) -> list[tuple[str, Sequence[IncidentCost]]]:
    count = len(ordered)
    return [
        (f"quarter {part + 1}", ordered[part * count // 4 : (part + 1) * count // 4])
        for part in range(4)
    ]


def _weeks(ordered: Sequence[IncidentCost]) -> list[tuple[str, Sequence[IncidentCost]]]:
    weeks: dict[str, list[IncidentCost]] = {}
    for cost in ordered:
        day = cost.opened_at.astimezone(UTC).date()
        monday = day - timedelta(days=day.weekday())
        weeks.setdefault(f"week of {monday}", []).append(cost)
    return list(weeks.items())


def _row(name: str, costs: Sequence[IncidentCost]) -> EconomyRow:
    count = len(costs)
    levels = [cost.escalation_level or NO_LEVEL for cost in costs]
    known = (*(level.value for level in EscalationLevel), NO_LEVEL)
    names = [level for level in known if level in levels]
    names += sorted(set(levels) - set(known))
    seconds = sum((cost.resolved_at - cost.opened_at).total_seconds() for cost in costs)
    return EconomyRow(
        name=name,
        since=costs[0].opened_at,
        until=costs[-1].opened_at,
        incidents=count,
        levels={level: levels.count(level) / count for level in names},
        without_model=sum(not cost.calls for cost in costs) / count,
        tokens=sum(cost.tokens for cost in costs) / count,
        cost_eur=sum(cost.cost_micro_eur for cost in costs) / count / 1e6,
        minutes=max(0.0, seconds) / count / 60,
    )
