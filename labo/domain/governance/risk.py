"""How much harm an action can do when it is the wrong one."""

from __future__ import annotations

from enum import StrEnum


class RiskLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


RISK_ORDER: tuple[RiskLevel, ...] = (RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH)


def higher_risk(first: RiskLevel, second: RiskLevel) -> RiskLevel:
    """The higher of two: a model may rate an action riskier than its template does, never safer."""
    return max(first, second, key=RISK_ORDER.index)
