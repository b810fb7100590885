"""What an operator could change before a run: the description and the faults, nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.description.model import Component, System
from engine.faults.effects import Kind as FaultKind
from engine.faults.schedule import Fault

AMPLE = 1_000
"""Factor of a clamp on capacities (workers, queue, pools), so that nothing waits for them."""


class TreatmentError(ValueError):
    """A treatment that does not fit the system."""


class Kind(StrEnum):
    NONE = "none"
    BIGGER_POOL = "bigger_pool"
    """Connections of all of the target's pools times `factor` (2)."""
    LONGER_TTL = "longer_ttl"
    """Life of the target's cache entries times `factor` (4)."""
    RETRY_BUDGET = "retry_budget"
    """At most `retries` (0) retries of each call that the target makes."""
    RATE_LIMIT = "rate_limit"
    """At most `rate` requests per second enter from outside on average, spikes included, when the
    target is an entry; rejected ones leave no telemetry."""
    ROLLBACK = "rollback"
    """The target's faults end `after` (0) seconds after their onset, ramps cut short."""
    CLAMP = "clamp"
    """The target always has free capacity (workers, queue, pools), and no fault acts on it."""


@dataclass(frozen=True, slots=True)
class Treated:
    system: System
    faults: tuple[Fault, ...]


def treat(
    system: System,
    faults: Sequence[Fault],
    kind: Kind,
    target: str,
    parameters: Mapping[str, float],
) -> Treated:
    """The system and the faults of a run with the treatment.

    Raises TreatmentError when the target is unknown or lacks what would be changed, and for a
    parameter that the kind does not have.
    """
    remaining = tuple(faults)
    if kind is Kind.NONE:
        return Treated(system, remaining)
    component = system.components.get(target)
    if component is None:
        raise TreatmentError(f"{kind.value} of {target}: the system has no such component")
    given = _Parameters(kind, target, parameters)
    if kind is Kind.ROLLBACK:
        return Treated(system, _rolled_back(remaining, target, given.pop("after", 0.0)))
    if kind is Kind.RATE_LIMIT:
        return _limited(Treated(system, remaining), target, given)
    if kind is Kind.CLAMP:
        remaining = tuple(fault for fault in remaining if fault.target != target)
    changed = {**system.components, target: _CHANGES[kind](component, given)}
    return Treated(system.model_copy(update={"components": changed}), remaining)


class _Parameters:
    """The one parameter that a kind takes; any other name is refused."""

    def __init__(self, kind: Kind, target: str, values: Mapping[str, float]) -> None:
        self.what = f"{kind.value} of {target}"
        self._values = values

    def pop(self, name: str, usual: float | None) -> float:
        """Its value, finite and at least 0; required without a default `usual`."""
        unknown = sorted(self._values.keys() - {name})
        if unknown:
            raise TreatmentError(f"{self.what}: takes `{name}`, not `{unknown[0]}`")
        value = self._values.get(name, usual)
        if value is None or not 0 <= value < math.inf:
            raise TreatmentError(f"{self.what}: needs `{name}`, 0 or more")
        return value


def _bigger_pool(component: Component, given: _Parameters) -> Component:
    factor = given.pop("factor", 2.0)
    if not component.pools:
        raise TreatmentError(f"{given.what}: it has no connection pool")
    pools = {
        callee: pool.model_copy(update={"size": max(1, round(pool.size * factor))})
        for callee, pool in component.pools.items()
    }
    return component.model_copy(update={"pools": pools})


def _longer_ttl(component: Component, given: _Parameters) -> Component:
    factor = given.pop("factor", 4.0)
    if component.cache is None or factor == 0:
        raise TreatmentError(f"{given.what}: needs a cache, and a factor above 0")
    cache = component.cache.model_copy(update={"ttl": component.cache.ttl * factor})
    return component.model_copy(update={"cache": cache})


def _retry_budget(component: Component, given: _Parameters) -> Component:
    most = int(given.pop("retries", 0.0))
    operations = {
        name: operation.model_copy(
            update={
                "calls": tuple(
                    call.model_copy(update={"retries": min(call.retries, most)})
                    for call in operation.calls
                )
            }
        )
        for name, operation in component.operations.items()
    }
    return component.model_copy(update={"operations": operations})


def _clamped(component: Component, given: _Parameters) -> Component:
    factor = given.pop("factor", AMPLE)
    ample = max(1, round(factor))
    pools = {
        callee: pool.model_copy(update={"size": pool.size * ample})
        for callee, pool in component.pools.items()
    }
    capacity = {"workers": component.workers * ample, "queue": component.queue * ample}
    return component.model_copy(update={**capacity, "pools": pools})


_CHANGES: Mapping[Kind, Callable[[Component, _Parameters], Component]] = {
    Kind.BIGGER_POOL: _bigger_pool,
    Kind.LONGER_TTL: _longer_ttl,
    Kind.RETRY_BUDGET: _retry_budget,
    Kind.CLAMP: _clamped,
}


def _limited(untreated: Treated, target: str, given: _Parameters) -> Treated:
    system, most = untreated.system, given.pop("rate", None)
    if target not in {entry.component for entry in system.load.entries} or most == 0:
        raise TreatmentError(f"{given.what}: needs an entry, and a `rate` above 0")
    usual = min(system.load.rate, most)
    load = system.load.model_copy(update={"rate": usual, "bursts": None})
    faults = []
    for fault in untreated.faults:
        if fault.kind is FaultKind.TRAFFIC_SPIKE:
            room = min(fault.strength, most / usual - 1.0)
            if room <= 0:
                continue
            faults.append(fault.model_copy(update={"intensity": room}))
        else:
            faults.append(fault)
    return Treated(system.model_copy(update={"load": load}), tuple(faults))


def _rolled_back(faults: tuple[Fault, ...], target: str, after: float) -> tuple[Fault, ...]:
    found = []
    for fault in faults:
        lasts = min(fault.duration, after) if fault.target == target else fault.duration
        if lasts > 0:
            cut = {"duration": lasts, "ramp": min(fault.ramp, lasts)}
            found.append(fault.model_copy(update=cut))
    return tuple(found)
