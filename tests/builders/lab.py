"""A scenario and a runner that answers at once, with an effect of a known size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labo.domain.causality.edges import Relation
from labo.domain.entities.conditions import Direction
from labo.domain.entities.series import Case
from labo.domain.lab.paired_runs import Measurement, Observation
from labo.domain.lab.scenarios import (
    Arm,
    Capture,
    EdgeUnderTest,
    Fault,
    Scenario,
    Success,
    Symptom,
)
from labo.errors import InvalidInput

CAUSE = Symptom("db", "database", "latency", Direction.HIGH)
EFFECT = Symptom("web", "service", "latency", Direction.HIGH)


def a_lab_scenario(key: str = "slow", *, seeds: int = 12, tested: bool = True) -> Scenario:
    return Scenario(
        key,
        "The database is slow",
        "shop",
        Fault("latency", "db", at=60),
        (Success(EFFECT.name),),
        tests=EdgeUnderTest(CAUSE, EFFECT, Relation.CALLEE) if tested else None,
        seconds=120,
        seeds=seeds,
    )


class InstantRunner:
    """The fault makes `db` slow, and `web` too when it `spreads`; refuses what it is told to."""

    def __init__(self, *, spreads: bool = True, refuses: str = "") -> None:
        self._spreads = spreads
        self._refuses = refuses
        self.asked: list[tuple[str, tuple[int, ...]]] = []

    async def run(self, arm: Arm, seeds: Sequence[int]) -> list[Observation]:
        if self._refuses:
            raise InvalidInput(self._refuses, where="engine")
        self.asked.append((arm.name, tuple(seeds)))
        return [self._observed(arm, seed) for seed in seeds]

    async def capture(self, capture: Capture) -> Case:
        """It has arms only."""
        raise InvalidInput("tells no telemetry", where="engine")

    async def faults(self, system: str) -> Mapping[str, tuple[str, ...]]:
        return {"latency": ("db", "web")}

    def _observed(self, arm: Arm, seed: int) -> Observation:
        ill = bool(arm.faults)
        slow, web = 9.0 if ill else 1.0, 5.0 if ill and self._spreads else 1.0
        noise = seed % 7 / 100
        return Observation(
            seed,
            {
                CAUSE.name: Measurement(slow + noise, 1.0, slow, 0.1),
                EFFECT.name: Measurement(web + noise, 1.0, web, 0.1),
            },
        )
