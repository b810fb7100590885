"""How far a workspace lets Labo go by itself, and the switch that stops everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from labo.domain.governance.risk import RiskLevel


class Autonomy(StrEnum):
    """`off`: nothing is proposed or executed. `propose`: what a person approves, a person carries
    out. `approve`, the default: what a person approves is executed. `safe_auto`: so is, without a
    person, what `is_safe` and the policy permits."""

    OFF = "off"
    PROPOSE = "propose"
    APPROVE = "approve"
    SAFE_AUTO = "safe_auto"


DEFAULT_AUTONOMY = Autonomy.APPROVE


@dataclass(frozen=True, slots=True)
class Controls:
    """What a workspace permits now. `stopped_at` is set while the kill switch is on: nothing is
    begun then, whatever was approved."""

    autonomy: Autonomy = DEFAULT_AUTONOMY
    stopped_at: datetime | None = None
    stopped_by: str = ""
    reason: str = ""

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None


def is_safe(risk: RiskLevel) -> bool:
    """Whether an action may be taken without a person in a workspace of `safe_auto`: only at low
    risk, since nobody is asked and a wrong one must be harmless. The policy may permit less.

    >>> [risk.value for risk in RiskLevel if is_safe(risk)]
    ['low']
    """
    return risk is RiskLevel.LOW


def runs_unattended(autonomy: Autonomy, risk: RiskLevel) -> bool:
    """Whether no person needs to be asked.

    >>> runs_unattended(Autonomy.SAFE_AUTO, RiskLevel.LOW)
    True
    >>> runs_unattended(Autonomy.APPROVE, RiskLevel.LOW)
    False
    """
    return autonomy is Autonomy.SAFE_AUTO and is_safe(risk)
