"""How well the probabilities of diagnoses are calibrated."""

from __future__ import annotations

from math import isnan

import strawberry

from api.graphql.context import Info
from api.graphql.permissions import guarded
from labo.domain.entities.tokens import Scope
from labo.domain.knowledge.calibration import CalibrationFigures
from labo.domain.learning.state import figures


@strawberry.type(
    name="Calibration",
    description="Calibration of the diagnoses' probabilities; null where there are no claims.",
)
class CalibrationType:
    claims: int = strawberry.field(description="Resolved incidents behind the figures.")
    brier_score: float | None = strawberry.field(description="Mean squared error, 0 is best.")
    error: float | None = strawberry.field(
        description="Expected gap between a probability and how often it came true, over ten bins."
    )
    wrong_confirmed: float | None = strawberry.field(
        description="Share of the CONFIRMED verdicts that were wrong."
    )
    wrong_confirmed_bound: float = strawberry.field(
        description="Upper bound of that share at 95 % confidence; 1 when nothing is known."
    )
    confirmed: float | None = strawberry.field(
        description="Share of the verdicts that were CONFIRMED."
    )

    @classmethod
    def from_domain(cls, found: CalibrationFigures) -> CalibrationType:
        return cls(
            claims=found.claims,
            brier_score=_known(found.brier),
            error=_known(found.error),
            wrong_confirmed=_known(found.wrong_confirmed),
            wrong_confirmed_bound=found.wrong_confirmed_bound,
            confirmed=_known(found.confirmed),
        )


@strawberry.type
class CalibrationQuery:
    @guarded(Scope.READ, "How well the probabilities of diagnoses are calibrated.")
    async def calibration(self, info: Info) -> CalibrationType:
        return CalibrationType.from_domain(figures(await info.context.services.learning.state()))


def _known(value: float) -> float | None:
    return None if isnan(value) else value
