"""Running one arm of a scenario somewhere that can be provoked without harm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from labo.domain.experiments import Observation
from labo.domain.scenarios import Arm


class ScenarioRunner(Protocol):
    async def run(self, arm: Arm, seeds: Sequence[int]) -> list[Observation]:
        """One run per seed, in their order; the same arm and seed give the same readings, and
        both arms of a scenario draw the same random numbers under the same seed.

        Raises InvalidInput when the arm cannot be run (unknown system, fault or component) and
        Unavailable when the runner is missing, too slow or says too much.
        """
        ...
