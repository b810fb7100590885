"""Faults of a run: when each begins, ramps up and ends, and whether it fits the system.

What a fault does is in `faults.effects`; how it should show is in docs/engine-faults.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Annotated

from pydantic import Field
from simpy import Timeout

from engine.description.model import Name, Part, Seconds, System
from engine.faults.effects import EFFECTS, Kind, Setting
from engine.simulation.run import Run
from engine.simulation.tasks import Steps, Task

RAMP_STEPS = 20
"""Steps of a ramp, none shorter than `SHORTEST_STEP` (simulated seconds). By judgement."""
SHORTEST_STEP = 0.1


WITH_PEER = frozenset({Kind.POOL_EXHAUSTION, Kind.PARTITION})


class FaultError(ValueError):
    """A fault that the system cannot have; each line of the text names one and the reason."""


class Fault(Part):
    """One fault. Times are seconds since the run's start; `ramp` is part of `duration`."""

    kind: Kind
    target: Name
    onset: Annotated[float, Field(ge=0)]
    duration: Seconds
    ramp: Annotated[float, Field(ge=0)] = 0.0
    """Seconds until the full intensity."""
    intensity: Annotated[float, Field(gt=0)] | None = None
    """In the kind's own unit; None means the kind's default."""
    operation: Name | None = None
    """Only for slow_query: the operation, else the one called most."""
    peer: Name | None = None
    """Only for pool_exhaustion and partition: the other side, else all of them."""

    @property
    def strength(self) -> float:
        """The intensity, or the kind's default."""
        return EFFECTS[self.kind].usual if self.intensity is None else self.intensity


def check_faults(system: System, faults: Sequence[Fault]) -> None:
    """Raise FaultError when a fault names something unknown, or its target lacks what it needs."""
    wrong = [
        f"fault {number} ({fault.kind.value} of {fault.target}): {reason}"
        for number, fault in enumerate(faults, start=1)
        if (reason := _misfit(system, fault))
    ]
    if wrong:
        raise FaultError("\n".join(wrong))


def _misfit(system: System, fault: Fault) -> str:
    component = system.components.get(fault.target)
    if component is None:
        return "the system has no such component"
    if fault.operation is not None and fault.operation not in component.operations:
        return f"it has no operation {fault.operation!r}"
    if fault.peer is not None and fault.peer not in system.components:
        return f"the system has no component {fault.peer!r}, given as its peer"
    if fault.kind is Kind.POOL_EXHAUSTION and fault.peer not in (None, *component.pools):
        return f"it has no connection pool to {fault.peer!r}"
    if fault.ramp > fault.duration:
        return "the ramp is longer than the fault"
    return _unused(fault) or EFFECTS[fault.kind].lacking(component)


def _unused(fault: Fault) -> str:
    """Why a setting would have no effect; empty when all have one."""
    if fault.operation is not None and fault.kind is not Kind.SLOW_QUERY:
        return "only a slow_query has an operation: leave it out"
    if fault.peer is not None and fault.kind not in WITH_PEER:
        kinds = " and a ".join(sorted(kind.value for kind in WITH_PEER))
        return f"only a {kinds} have a peer: leave it out"
    if fault.ramp and EFFECTS[fault.kind].turn is None:
        return "it begins at once: leave the ramp out"
    return ""


def inject(run: Run, faults: Sequence[Fault]) -> Schedule:
    """Schedule the faults in the run."""
    schedule = Schedule(run)
    for fault in faults:
        schedule.add(fault)
    return schedule


@dataclass(frozen=True, slots=True)
class Active:
    """A fault that acts, its present `level`, and `since` when (simulated seconds)."""

    fault: Fault
    level: float
    since: float


class Schedule:
    """The faults of a run, by numbers in the order in which they were added.

    At every step all knobs are reset and then turned by each fault in the order of onsets: so
    faults that share a knob combine, and the end of one does not affect the other.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._active: dict[int, Active] = {}
        self._numbers = count()

    @property
    def active(self) -> Mapping[int, Active]:
        return self._active

    def add(self, fault: Fault) -> int:
        """Schedule a fault, its onset counted from now; its number."""
        number = next(self._numbers)
        Task(self._course(number, fault)).wake()
        return number

    def end(self, number: int) -> None:
        """End a fault now; one that is over, or has not begun, is left alone."""
        active = self._active.pop(number, None)
        if active is None:
            return
        self.turn_knobs()
        effect = EFFECTS[active.fault.kind]
        if effect.end is not None:
            effect.end(self._run, self._setting(active.fault, active.fault.strength))

    def _course(self, number: int, fault: Fault) -> Steps:
        """A fault from before its onset until after its end."""
        env = self._run.env
        effect = EFFECTS[fault.kind]
        yield Timeout(env, fault.onset)
        if effect.begin is not None:
            effect.begin(self._run, self._setting(fault, fault.strength))
        since = env.now
        steps = max(1, min(RAMP_STEPS, int(fault.ramp / SHORTEST_STEP)))
        for step in range(1, steps + 1):
            self._active[number] = Active(fault, fault.strength * step / steps, since)
            self.turn_knobs()
            yield Timeout(env, fault.ramp / steps)
            if number not in self._active:
                return
        yield Timeout(env, fault.duration - fault.ramp)
        self.end(number)

    def turn_knobs(self) -> None:
        """Turn every knob to what description and active faults ask for."""
        self._run.system.reset()
        self._run.traffic = 1.0
        for active in self._active.values():
            turn = EFFECTS[active.fault.kind].turn
            if turn is not None:
                turn(self._run, self._setting(active.fault, active.level))
        self._run.settle()

    def _setting(self, fault: Fault, level: float) -> Setting:
        component = self._run.system.components[fault.target]
        return Setting(component, level, fault.duration, fault.operation, fault.peer)
