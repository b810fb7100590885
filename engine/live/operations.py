"""What an operator can do to a running system, and what each operation cures.

Capacity (`scale_out`, `bigger_pool`) and memory (`restart`, `flush_cache`) act by the mechanism
alone: whether that helps emerges. An operation ends a fault only where the fault lives in what it
replaces: a process (`OF_PROCESS`) or a version (`OF_VERSION`). So a restart empties a leaking heap,
which then fills again; only the version before does not leak.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.faults.effects import REDEPLOY
from engine.faults.effects import Kind as FaultKind
from engine.faults.schedule import Fault, Schedule
from engine.simulation import lines as lines
from engine.simulation.run import Run
from engine.simulation.system import Component

Value = str | int | float | bool
OF_PROCESS = frozenset({FaultKind.CRASH, FaultKind.POOL_EXHAUSTION, FaultKind.QUEUE_BACKLOG})
"""An ended process, connections that it holds, workers that hang: gone with a new process."""
OF_VERSION = frozenset(
    {
        FaultKind.BAD_DEPLOY,
        FaultKind.ERRORS,
        FaultKind.LATENCY,
        FaultKind.LOCK_CONTENTION,
        FaultKind.MEMORY_LEAK,
        FaultKind.SLOW_QUERY,
    }
)
"""What a release brings along: its code, queries and settings."""
MOST_INSTANCES = 100
LARGEST_FACTOR = 10.0


class OperationError(ValueError):
    """An operation that does not fit the system; nothing was changed."""


class Kind(StrEnum):
    RESTART = "restart"
    """A new process, away for `REDEPLOY` seconds meanwhile."""
    SCALE_OUT = "scale_out"
    """`instances` (1) more: workers, queue, connections, and as many cores as it has now."""
    FLUSH_CACHE = "flush_cache"
    """`share` (1) of the cache's entries dropped."""
    BIGGER_POOL = "bigger_pool"
    """All of its connection pools times `factor` (2)."""
    ROLL_BACK = "roll_back"
    """The version before, which what came with the present one leaves with."""


@dataclass(frozen=True, slots=True)
class Operation:
    kind: Kind
    component: str
    parameters: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Effect:
    """`before` is what undoing restores; empty where nothing can be. `back` are faults that came
    back with a version, by the numbers that they had."""

    detail: str
    before: Mapping[str, Value]
    back: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A fault that an operation ended, with the seconds that it had left."""

    number: int
    fault: Fault
    left: float


class Operations:
    """Operates one run. Every method is for between two of its steps, from its thread."""

    def __init__(self, run: Run, schedule: Schedule) -> None:
        self._run = run
        self._schedule = schedule
        self._left: dict[str, list[_Ended]] = {}

    def check(self, operation: Operation) -> str:
        """What it would do. Raises OperationError where it doesn't fit."""
        component = self._component(operation)
        plan = _CHECKS[operation.kind](operation)
        if operation.kind is Kind.FLUSH_CACHE and component.cache is None:
            raise OperationError(f"{component.name} has no cache")
        if operation.kind is Kind.BIGGER_POOL and not component.pools:
            raise OperationError(f"{component.name} has no connection pool")
        if operation.kind is Kind.SCALE_OUT:
            added = int(_number(operation, "instances", 1.0))
            if component.instances + added > MOST_INSTANCES:
                raise OperationError(f"{component.name} has {MOST_INSTANCES} instances at most")
        return f"{plan} {component.name}"

    def apply(self, key: str, operation: Operation) -> Effect:
        """Carry it out; `key` is how `undo` finds what a rolled back version took along."""
        plan = self.check(operation)
        component = self._component(operation)
        match operation.kind:
            case Kind.RESTART:
                return Effect(plan, self._restart(component))
            case Kind.SCALE_OUT:
                return Effect(plan, self._scale_out(component, operation))
            case Kind.FLUSH_CACHE:
                return Effect(plan, self._flush(component, operation))
            case Kind.BIGGER_POOL:
                return Effect(plan, self._enlarge(component, operation))
            case Kind.ROLL_BACK:
                return Effect(plan, self._roll_back(key, component))

    def undo(self, key: str, operation: Operation, before: Mapping[str, Value]) -> Effect:
        """Restore `before`. Raises OperationError where the operation can't be undone."""
        component = self._component(operation)
        back: Mapping[int, int] = {}
        match operation.kind:
            case Kind.SCALE_OUT:
                self._set_instances(component, _whole(before, "instances"))
            case Kind.BIGGER_POOL:
                sizes = {callee: _whole(before, callee) for callee in component.pools}
                self._set_pools(component, sizes)
            case Kind.ROLL_BACK:
                component.version = _whole(before, "version")
                self._run.restart(component, REDEPLOY)
                back = self._bring_back(key)
            case Kind.RESTART | Kind.FLUSH_CACHE:
                raise OperationError(f"{operation.kind.value} can't be undone")
        return Effect(f"undo {operation.kind.value} of {component.name}", {}, back)

    def _component(self, operation: Operation) -> Component:
        component = self._run.system.components.get(operation.component)
        if component is None:
            raise OperationError(f"the system has no component {operation.component[:200]!r}")
        return component

    def _restart(self, component: Component) -> Mapping[str, Value]:
        self._run.restart(component, REDEPLOY)
        self._end(component, OF_PROCESS)
        return {}

    def _scale_out(self, component: Component, operation: Operation) -> Mapping[str, Value]:
        before = component.instances
        self._set_instances(component, before + int(_number(operation, "instances", 1.0)))
        return {"instances": before}

    def _set_instances(self, component: Component, instances: int) -> None:
        neighbours = sum(
            each.host is component.host for each in self._run.system.components.values()
        )
        share = component.host.cores / neighbours
        component.host.added += share * (instances - component.instances)
        growth = instances / component.instances
        component.instances = instances
        component.queue_limit = component.described.queue * instances
        sizes = {name: round(pool.size * growth) for name, pool in component.pools.items()}
        self._set_pools(component, sizes)

    def _set_pools(self, component: Component, sizes: Mapping[str, int]) -> None:
        for callee, size in sizes.items():
            component.pools[callee].size = max(1, size)
        self._schedule.turn_knobs()

    def _flush(self, component: Component, operation: Operation) -> Mapping[str, Value]:
        cache = component.cache
        if cache is not None:
            entries = len(cache.entries)
            cache.flush(_number(operation, "share", 1.0), self._run.seed)
            lines.flushed(self._run, component, entries - len(cache.entries))
        return {}

    def _enlarge(self, component: Component, operation: Operation) -> Mapping[str, Value]:
        factor = _number(operation, "factor", 2.0)
        before = {callee: pool.size for callee, pool in component.pools.items()}
        grown = {callee: math.ceil(size * factor) for callee, size in before.items()}
        self._set_pools(component, grown)
        return dict(before)

    def _roll_back(self, key: str, component: Component) -> Mapping[str, Value]:
        before = component.version
        self._left[key] = self._end(component, OF_VERSION)
        if not any(one.fault.kind is FaultKind.BAD_DEPLOY for one in self._left[key]):
            component.version -= 1
            self._run.restart(component, REDEPLOY)
        return {"version": before}

    def _end(self, component: Component, kinds: frozenset[FaultKind]) -> list[_Ended]:
        """End its faults of these kinds."""
        ended = []
        for number, active in list(self._schedule.active.items()):
            fault = active.fault
            if fault.target == component.name and fault.kind in kinds:
                left = active.since + fault.duration - self._run.env.now
                ended.append(_Ended(number, fault, left))
                self._schedule.end(number)
        return ended

    def _bring_back(self, key: str) -> Mapping[int, int]:
        back = {}
        for ended in self._left.pop(key, []):
            if ended.left > 0.0:
                update = {"onset": 0.0, "duration": ended.left, "ramp": 0.0}
                back[ended.number] = self._schedule.add(ended.fault.model_copy(update=update))
        return back


def _whole(before: Mapping[str, Value], name: str) -> int:
    value = before.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
        raise OperationError(f"needs {name!r} as it was before, a whole number")
    return value


def _number(operation: Operation, name: str, usual: float) -> float:
    unknown = sorted(operation.parameters.keys() - {name})
    if unknown:
        raise OperationError(f"{operation.kind.value} takes {name!r}, not {unknown[0][:200]!r}")
    value = operation.parameters.get(name, usual)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise OperationError(f"{name} must be a number")
    return float(value)


def _within(operation: Operation, name: str, usual: float, low: float, high: float) -> float:
    value = _number(operation, name, usual)
    if not low <= value <= high:
        raise OperationError(f"{name} must be from {low:g} to {high:g}")
    return value


def _plain(text: str) -> Callable[[Operation], str]:
    def plan(operation: Operation) -> str:
        if operation.parameters:
            raise OperationError(f"{operation.kind.value} takes no parameters")
        return text

    return plan


def _scaling(operation: Operation) -> str:
    added = _within(operation, "instances", 1.0, 1.0, MOST_INSTANCES)
    if added != int(added):
        raise OperationError("instances must be a whole number")
    return f"add {int(added)} instances of"


def _flushing(operation: Operation) -> str:
    return f"drop {_within(operation, 'share', 1.0, 0.0, 1.0):.0%} of the cache of"


def _enlarging(operation: Operation) -> str:
    return f"pools times {_within(operation, 'factor', 2.0, 1.0, LARGEST_FACTOR):g} of"


_CHECKS: Mapping[Kind, Callable[[Operation], str]] = {
    Kind.RESTART: _plain("restart"),
    Kind.SCALE_OUT: _scaling,
    Kind.FLUSH_CACHE: _flushing,
    Kind.BIGGER_POOL: _enlarging,
    Kind.ROLL_BACK: _plain("roll back to the version before of"),
}
