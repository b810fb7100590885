"""Running systems somewhere that they can be provoked without harm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from labo.domain.entities.series import Case
from labo.domain.lab.paired_runs import Observation
from labo.domain.lab.scenarios import Arm, Capture


class ScenarioRunner(Protocol):
    async def run(self, arm: Arm, seeds: Sequence[int]) -> list[Observation]:
        """One run per seed, in their order; the same arm and seed give the same measurements, and
        both arms of a scenario draw the same random numbers under the same seed.

        Raises InvalidInput when the arm cannot be run (unknown system, fault or component) and
        Unavailable when the runner is missing, too slow or writes too much.
        """
        ...

    async def capture(self, capture: Capture) -> Case:
        """The telemetry of one run, as a case that names no cause: it has no label.

        The symptom lasts from the first fault's onset to its end; without a fault it is the last
        quarter of the run, in which nothing is wrong. The same capture gives the same case.
        Raises as `run`.
        """
        ...

    async def faults(self, system: str) -> Mapping[str, tuple[str, ...]]:
        """Per kind of fault the components of `system` that can have it, both in a fixed order.

        Raises as `run`.
        """
        ...
