"""One arm of a comparison: `python -m engine.arm` reads it as JSON and prints a JSON line per seed.

A line contains the seed and, per `component:metric`, what the run's telemetry would show: `value`,
the mean over the intervals after the onset; the medians over intervals `before` and `during`; and
`spread`, the largest of IQR, std/4 and 1 % of the median before. Exit code 2: the arm cannot be
run; the reason is on standard error.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, TypedDict

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.catalogue import load_system
from engine.description.file import DescriptionError
from engine.description.model import Name, System
from engine.faults.schedule import Fault, FaultError
from engine.faults.treatments import Kind, Treated, TreatmentError, treat
from engine.simulate import simulate
from engine.telemetry.summaries import Row, Summaries

MOST_SEEDS = 200
MOST_REQUEST_BYTES = 1_000_000
_BAD_INPUT = 2
_LEAST = 3
"""Intervals on each side of the onset that a metric needs to be reported."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ArmFault(_Asked):
    """Without `seconds` it lasts to the end; `parameters` are the fault's other fields."""

    kind: str
    target: str
    at: float
    seconds: float | None = None
    parameters: dict[str, float | str] = Field(default_factory=dict)


class ArmTreatment(_Asked):
    kind: Kind = Kind.NONE
    target: str = ""
    parameters: dict[str, float] = Field(default_factory=dict)


class ArmRequest(_Asked):
    """`system` is the name of a bundled or a generated system (`random-15-7`), not the path of a
    file."""

    name: str
    system: Name
    faults: tuple[ArmFault, ...] = ()
    treatment: ArmTreatment = ArmTreatment()
    seconds: Annotated[float, Field(gt=0, le=86_400)]
    onset: Annotated[float, Field(gt=0)]
    seeds: Annotated[tuple[int, ...], Field(max_length=MOST_SEEDS)]
    interval: Annotated[float, Field(gt=0)] = 5.0


class Measurement(TypedDict):
    value: float
    before: float
    during: float
    spread: float


class ArmRun(TypedDict):
    seed: int
    measurements: dict[str, Measurement]


def run_arm(arm: ArmRequest) -> Iterator[ArmRun]:
    """One run per seed, in their order.

    Raises DescriptionError, FaultError, TreatmentError, or ValidationError for a fault's fields.
    """
    ready = treated(arm, described(arm))
    for seed in arm.seeds:
        yield {"seed": seed, "measurements": _measurements(arm, ready, seed)}


def described(arm: ArmRequest) -> System:
    """The bundled or generated system that the arm names. Raises DescriptionError."""
    if "/" in arm.system or arm.system.endswith((".yaml", ".yml")):
        raise DescriptionError(f"{arm.system}: neither a bundled system nor random-COMPONENTS-SEED")
    return load_system(arm.system)


def treated(arm: ArmRequest, system: System) -> Treated:
    """The system and the faults that the arm's runs have. Raises as `run_arm`."""
    faults = [
        Fault.model_validate(
            {
                **fault.parameters,
                "kind": fault.kind,
                "target": fault.target,
                "onset": fault.at,
                "duration": arm.seconds - fault.at if fault.seconds is None else fault.seconds,
            }
        )
        for fault in arm.faults
    ]
    chosen = arm.treatment
    return treat(system, faults, chosen.kind, chosen.target, chosen.parameters)


def _measurements(arm: ArmRequest, ready: Treated, seed: int) -> dict[str, Measurement]:
    return measurements(rows(arm, ready, seed), arm.onset, arm.interval)


def rows(arm: ArmRequest, ready: Treated, seed: int) -> list[Row]:
    """The series of one run."""
    roles = {name: part.role.value for name, part in ready.system.components.items()}
    sink = Summaries(roles, arm.interval)
    simulate(
        ready.system,
        seed=seed,
        seconds=arm.seconds,
        faults=ready.faults,
        sink=sink,
        interval=arm.interval,
    )
    return sink.rows(arm.seconds)


def measurements(series: Iterable[Row], onset: float, interval: float) -> dict[str, Measurement]:
    """By `component:metric`, of those with enough intervals on both sides of the onset."""
    before: dict[str, list[float]] = {}
    during: dict[str, list[float]] = {}
    for row in series:
        if row.at + interval <= onset + 1e-9:
            side = before
        elif row.at >= onset - 1e-9:
            side = during
        else:
            continue
        if math.isfinite(row.value):
            side.setdefault(f"{row.component}:{row.metric}", []).append(row.value)
    return {
        name: _measurement(np.array(before[name]), np.array(during[name]))
        for name in sorted(before.keys() & during.keys())
        if min(len(before[name]), len(during[name])) >= _LEAST
    }


def _measurement(before: NDArray[np.float64], during: NDArray[np.float64]) -> Measurement:
    """`spread` is Labo's robust scale, implemented again since the engine does not know Labo."""
    low, median, high = (float(q) for q in np.percentile(before, [25.0, 50.0, 75.0]))
    return {
        "value": float(during.mean()),
        "before": median,
        "during": float(np.median(during)),
        "spread": max(high - low, float(before.std()) / 4, 0.01 * abs(median)),
    }


def main() -> int:
    """Answer the arm on standard input; the exit code."""
    try:
        arm = ArmRequest.model_validate_json(sys.stdin.buffer.read(MOST_REQUEST_BYTES))
        for run in run_arm(arm):
            sys.stdout.write(json.dumps(run, separators=(",", ":")) + "\n")
            sys.stdout.flush()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        sys.stderr.write(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}\n")
        return _BAD_INPUT
    except (DescriptionError, FaultError, TreatmentError) as error:
        sys.stderr.write(f"{error}\n")
        return _BAD_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
