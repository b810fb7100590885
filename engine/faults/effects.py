"""What each kind of fault does to the running system: the knobs that it turns, never a reported
figure (except for clock_skew, which is about reported times)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from simpy import Timeout

from engine.description.model import Component as Described
from engine.description.rates import call_rates
from engine.simulation import lines as lines
from engine.simulation.load import foreign
from engine.simulation.run import Run
from engine.simulation.system import Component, Operation
from engine.simulation.tasks import Steps, Task

REDEPLOY = 2.0
"""Seconds that a component is away while a version is rolled out."""
STORM_TRIGGER = 0.3
"""Share of failing operations that triggers a retry storm."""


class Kind(StrEnum):
    LATENCY = "latency"
    ERRORS = "errors"
    CRASH = "crash"
    CACHE_FLUSH = "cache_flush"
    CACHE_STAMPEDE = "cache_stampede"
    LOW_HIT_RATIO = "low_hit_ratio"
    DATA_DELETION = "data_deletion"
    DATABASE_OVERLOAD = "database_overload"
    LOCK_CONTENTION = "lock_contention"
    SLOW_QUERY = "slow_query"
    POOL_EXHAUSTION = "pool_exhaustion"
    QUEUE_BACKLOG = "queue_backlog"
    CPU_SATURATION = "cpu_saturation"
    MEMORY_LEAK = "memory_leak"
    RETRY_STORM = "retry_storm"
    TRAFFIC_SPIKE = "traffic_spike"
    BAD_DEPLOY = "bad_deploy"
    CLOCK_SKEW = "clock_skew"
    PACKET_LOSS = "packet_loss"
    PARTITION = "partition"
    EXPIRED_CERTIFICATE = "expired_certificate"


@dataclass(frozen=True, slots=True)
class Setting:
    """A fault at a moment: `level` is the intensity, less while it ramps up."""

    component: Component
    level: float
    duration: float
    operation: str | None
    peer: str | None


Action = Callable[[Run, Setting], None]


def _nothing_lacks(_component: Described) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a kind does at its onset, at each step of its level, and at its end."""

    usual: float
    """Default intensity."""
    turn: Action | None = None
    begin: Action | None = None
    end: Action | None = None
    lacking: Callable[[Described], str] = _nothing_lacks
    """Why a component cannot have it; empty when it can."""


def _latency(_run: Run, fault: Setting) -> None:
    slowest = max(each.median for each in fault.component.operations.values())
    fault.component.delay += fault.level * slowest


def _errors(_run: Run, fault: Setting) -> None:
    _fail(fault.component, fault.level)


def _fail(component: Component, share: float) -> None:
    component.error_share = 1.0 - (1.0 - component.error_share) * (1.0 - min(1.0, share))


def _stop(run: Run, fault: Setting) -> None:
    lines.stopped(run, fault.component)
    run.stop(fault.component)


def _start(run: Run, fault: Setting) -> None:
    run.start(fault.component)


def _flush(run: Run, fault: Setting) -> None:
    cache = fault.component.cache
    if cache is not None:
        before = len(cache.entries)
        cache.flush(fault.level, run.seed)
        lines.flushed(run, fault.component, before - len(cache.entries))


def _stampede(run: Run, fault: Setting) -> None:
    Task(_expire_together(run, fault)).wake()


def _expire_together(run: Run, fault: Setting) -> Steps:
    cache = fault.component.cache
    if cache is None:
        return
    ends = run.env.now + fault.duration
    period = max(2.0, cache.described.ttl / 20.0) / fault.level
    while run.env.now < ends:
        cache.entries.clear()
        yield Timeout(run.env, period)


def _low_hit_ratio(_run: Run, fault: Setting) -> None:
    cache = fault.component.cache
    if cache is not None:
        level = min(1.0, fault.level)
        cache.limit = max(1, round(cache.limit * (1.0 - level)))
        cache.exponent *= 1.0 - 0.5 * level


def _deletion(_run: Run, fault: Setting) -> None:
    fault.component.lost_rows = max(fault.component.lost_rows, min(1.0, fault.level))


def _bulk_delete(run: Run, fault: Setting) -> None:
    lines.deleted(run, fault.component)


def _overload(run: Run, fault: Setting) -> None:
    component = fault.component
    component.foreign += fault.level
    if not component.foreign_runs:
        component.foreign_runs = True
        Task(foreign(run, component)).wake()


def _contention(run: Run, fault: Setting) -> None:
    rate = _rate(run, fault.component)
    fault.component.lock_hold = max(fault.component.lock_hold, fault.level / rate)


def _rate(run: Run, component: Component) -> float:
    """Calls per second of a component at the mean load; above 0 even if nobody calls it."""
    rates = call_rates(run.system.described)
    return max(1e-3, sum(rate for node, rate in rates.items() if node[0] == component.name))


def _slow_query(run: Run, fault: Setting) -> None:
    _chosen_operation(run, fault).slow *= 1.0 + fault.level


def _chosen_operation(run: Run, fault: Setting) -> Operation:
    component = fault.component
    rates = call_rates(run.system.described)
    busiest = max(component.operations, key=lambda each: rates.get((component.name, each), 0.0))
    return component.operations[fault.operation or busiest]


def _leak_connections(_run: Run, fault: Setting) -> None:
    for peer, pool in fault.component.pools.items():
        if fault.peer in (None, peer):
            pool.limit = max(0, pool.limit - round(pool.described.size * fault.level))


def _stall_workers(_run: Run, fault: Setting) -> None:
    component = fault.component
    stalled = max(1, round(component.described.workers * fault.level))
    component.workers = max(0, component.workers - stalled)


def _steal_cores(_run: Run, fault: Setting) -> None:
    host = fault.component.host
    host.stolen = 1.0 - (1.0 - host.stolen) * (1.0 - min(0.98, fault.level))


def _leak(run: Run, fault: Setting) -> None:
    component = fault.component
    if component.heap is not None:
        room = component.heap.limit - component.heap.used
        component.leak += fault.level * room / (_rate(run, component) * fault.duration)


def _storm(run: Run, fault: Setting) -> None:
    _fail(fault.component, STORM_TRIGGER)
    for caller in run.system.components.values():
        for plan in caller.plans:
            if plan.callee is fault.component:
                plan.retries = max(plan.retries, math.ceil(fault.level))
                plan.backoff = 0.0
                plan.breaker_off = True


def _spike(run: Run, fault: Setting) -> None:
    run.traffic *= 1.0 + fault.level


def _roll_out(run: Run, fault: Setting) -> None:
    fault.component.version += 1
    run.restart(fault.component, REDEPLOY)


def _roll_back(run: Run, fault: Setting) -> None:
    fault.component.version -= 1
    run.restart(fault.component, REDEPLOY)


def _worse(_run: Run, fault: Setting) -> None:
    fault.component.slow *= 1.0 + fault.level
    _fail(fault.component, 0.1 * fault.level)


def _skew(_run: Run, fault: Setting) -> None:
    fault.component.skew += fault.level


def _lose_packets(_run: Run, fault: Setting) -> None:
    component = fault.component
    component.loss = 1.0 - (1.0 - component.loss) * (1.0 - min(1.0, fault.level))


def _cut_off(run: Run, fault: Setting) -> None:
    component = fault.component
    others = {fault.peer} if fault.peer else {*run.system.components} - {component.name}
    component.cut = (component.cut or frozenset()) | others


def _expire_certificate(_run: Run, fault: Setting) -> None:
    fault.component.certificate_expired = True


def _without_cache(component: Described) -> str:
    return "" if component.cache else "it has no cache"


def _without_pool(component: Described) -> str:
    return "" if component.pools else "it has no connection pool"


def _without_heap(component: Described) -> str:
    return "" if component.heap else "it has no heap"


EFFECTS: dict[Kind, Effect] = {
    Kind.LATENCY: Effect(20.0, _latency),
    Kind.ERRORS: Effect(0.3, _errors),
    Kind.CRASH: Effect(1.0, begin=_stop, end=_start),
    Kind.CACHE_FLUSH: Effect(1.0, begin=_flush, lacking=_without_cache),
    Kind.CACHE_STAMPEDE: Effect(1.0, begin=_stampede, lacking=_without_cache),
    Kind.LOW_HIT_RATIO: Effect(0.95, _low_hit_ratio, lacking=_without_cache),
    Kind.DATA_DELETION: Effect(0.5, _deletion, begin=_bulk_delete),
    Kind.DATABASE_OVERLOAD: Effect(1.0, _overload),
    Kind.LOCK_CONTENTION: Effect(1.2, _contention),
    Kind.SLOW_QUERY: Effect(20.0, _slow_query),
    Kind.POOL_EXHAUSTION: Effect(0.95, _leak_connections, lacking=_without_pool),
    Kind.QUEUE_BACKLOG: Effect(0.95, _stall_workers),
    Kind.CPU_SATURATION: Effect(0.9, _steal_cores),
    Kind.MEMORY_LEAK: Effect(2.0, _leak, lacking=_without_heap),
    Kind.RETRY_STORM: Effect(5.0, _storm),
    Kind.TRAFFIC_SPIKE: Effect(2.0, _spike),
    Kind.BAD_DEPLOY: Effect(2.0, _worse, begin=_roll_out, end=_roll_back),
    Kind.CLOCK_SKEW: Effect(30.0, _skew),
    Kind.PACKET_LOSS: Effect(0.2, _lose_packets),
    Kind.PARTITION: Effect(1.0, _cut_off),
    Kind.EXPIRED_CERTIFICATE: Effect(1.0, _expire_certificate),
}
