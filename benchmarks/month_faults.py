"""What may be wrong in a component of the simulated system (`month_world`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class FaultKind(StrEnum):
    SLOW = "slow"
    SLOWING = "slowing (ramp)"
    TAIL = "slow tail"
    SLOW_CALLEE = "slow for its callers"
    ERRORS = "errors"
    MORE_ERRORS = "errors (ramp)"
    CPU = "CPU taken by others"
    LEAK = "memory leak"
    LESS_TRAFFIC = "traffic lost"
    MORE_TRAFFIC = "traffic surge"
    LESS_CAPACITY = "instances lost"
    CRASH = "crash"


INTENSITIES: dict[FaultKind, tuple[float, float, float]] = {
    FaultKind.SLOW: (1.5, 2.5, 5.0),
    FaultKind.SLOWING: (1.5, 2.5, 5.0),
    FaultKind.TAIL: (2.0, 4.0, 8.0),
    FaultKind.SLOW_CALLEE: (1.5, 2.5, 5.0),
    FaultKind.ERRORS: (0.02, 0.1, 0.4),
    FaultKind.MORE_ERRORS: (0.02, 0.1, 0.4),
    FaultKind.CPU: (0.2, 0.4, 0.6),
    FaultKind.LEAK: (0.3, 0.6, 1.5),
    FaultKind.LESS_TRAFFIC: (0.3, 0.6, 0.95),
    FaultKind.MORE_TRAFFIC: (1.5, 2.5, 5.0),
    FaultKind.LESS_CAPACITY: (0.3, 0.5, 0.7),
    FaultKind.CRASH: (1.0, 1.0, 1.0),
}
"""Mild, plain, severe: a factor of durations or of traffic; a ratio of failing requests; a share of
CPU, of the traffic or of the capacity; what of the usual memory is added within the fault."""
RAMPS = frozenset({FaultKind.SLOWING, FaultKind.MORE_ERRORS, FaultKind.LEAK})


@dataclass(frozen=True, slots=True)
class Fault:
    """In minutes since the world's start, for `length` of them."""

    kind: FaultKind
    intensity: float
    component: int
    onset: int
    length: int = 60


class Effects:
    """What a fault does to a component, by minute: factors, and what is added. `gone` are the
    minutes without values."""

    def __init__(self, count: int) -> None:
        one = np.ones(count)
        self.traffic, self.duration, self.tail = one.copy(), one.copy(), one.copy()
        self.capacity, self.memory = one.copy(), one.copy()
        self.errors, self.taken = np.zeros(count), np.zeros(count)
        self.gone = np.zeros(count, dtype=bool)

    def apply(self, fault: Fault) -> None:
        """Of the component's own fault."""
        during, size = slice(fault.onset, fault.onset + fault.length), fault.intensity
        grown = np.arange(1, fault.length + 1) / fault.length
        shape = grown if fault.kind in RAMPS else np.ones(fault.length)
        match fault.kind:
            case FaultKind.SLOW | FaultKind.SLOW_CALLEE | FaultKind.SLOWING:
                self.duration[during] *= 1 + (size - 1) * shape
            case FaultKind.TAIL:
                self.tail[during] *= size
            case FaultKind.ERRORS | FaultKind.MORE_ERRORS:
                self.errors[during] += size * shape
            case FaultKind.CPU:
                self.taken[during] += size
            case FaultKind.LEAK:
                self.memory[during] *= 1 + size * shape
            case FaultKind.LESS_TRAFFIC:
                self.traffic[during] *= 1 - size
            case FaultKind.MORE_TRAFFIC:
                self.traffic[during] *= size
            case FaultKind.LESS_CAPACITY:
                self.capacity[during] *= 1 - size
            case FaultKind.CRASH:
                self.gone[during] = True

    def apply_to_caller(self, fault: Fault) -> None:
        """Of a fault in what the component calls: it waits, for most of its own time."""
        if fault.kind is FaultKind.SLOW_CALLEE:
            during = slice(fault.onset, fault.onset + fault.length)
            self.duration[during] *= 1 + 0.6 * (fault.intensity - 1)
