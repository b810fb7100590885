"""A small system that answers the lab at once: a fault slows its target and all callers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from labo.domain.entities.series import Case, Series, SeriesKey, Window
from labo.domain.lab.paired_runs import Measurement, Observation
from labo.domain.lab.scenarios import Arm, Capture, Fault
from labo.errors import Unavailable
from tests.builders.cases import ONSET, STEP, a_case

DURATION = "http.server.request.duration.p95"
CALLERS = {"web": (), "shop": ("web",), "db": ("shop", "web"), "cache": ("shop", "web")}


@dataclass
class LabWorld:
    """The call with number `fails_at` (from 1) raises
    Unavailable, once."""

    fails_at: int = 0
    calls: int = 0

    async def run(self, arm: Arm, seeds: Sequence[int]) -> list[Observation]:
        self._count()
        slow = slowed(arm.faults)
        return [
            Observation(
                seed,
                {
                    f"{name}:{DURATION}": Measurement(shift, 1.0, shift, 0.1 + seed % 5 / 100)
                    for name, shift in {**dict.fromkeys(CALLERS, 1.0), **slow}.items()
                },
            )
            for seed in seeds
        ]

    async def capture(self, capture: Capture) -> Case:
        self._count()
        case = a_case(slowed(capture.faults), metric=DURATION, seed=capture.seed)
        return shifted(case, capture.epoch - ONSET)

    async def faults(self, system: str) -> Mapping[str, tuple[str, ...]]:
        return {"latency": ("cache", "db", "shop")}

    def _count(self) -> None:
        self.calls += 1
        if self.calls == self.fails_at:
            raise Unavailable("the engine was killed", where="engine")


def slowed(faults: Sequence[Fault]) -> dict[str, float]:
    """How much slower each component is."""
    targets = [fault.target for fault in faults if fault.kind == "latency"]
    return {name: 4.0 for target in targets for name in (target, *CALLERS[target])}


def shifted(case: Case, by: float) -> Case:
    """The same case `by` seconds later."""

    def moved(window: Window) -> Window:
        ends = (at.timestamp() + by for at in (window.start, window.end))
        return Window(*(datetime.fromtimestamp(end, UTC) for end in ends))

    series: dict[SeriesKey, Series] = {
        key: Series(one.timestamps + by, one.values) for key, one in case.series.items()
    }
    return replace(case, symptom=moved(case.symptom), baseline=moved(case.baseline), series=series)


ROUND_S = STEP * 210
"""Simulated seconds that a round's capture takes here."""
