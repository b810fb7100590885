"""How far a workspace lets Labo act by itself, and the switch that stops everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Autonomy(StrEnum):
    """`off`: nothing is proposed. `propose`: what a person approves, a person carries out.
    `approve`: what a person approves is executed. `safe_auto`: an action of low risk that the
    policy permits is executed without a person, all others as `approve`."""

    OFF = "off"
    PROPOSE = "propose"
    APPROVE = "approve"
    SAFE_AUTO = "safe_auto"


@dataclass(frozen=True, slots=True)
class Controls:
    """What a workspace permits now. `stopped_at` is set while the kill switch is on: nothing is
    begun then, whatever was approved."""

    autonomy: Autonomy = Autonomy.APPROVE
    stopped_at: datetime | None = None
    stopped_by: str = ""
    reason: str = ""

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None
