"""Inner gauges of components and hosts, sampled at equal intervals of simulated time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simpy import Timeout

from engine.records import Sample
from engine.simulation.tasks import Steps

if TYPE_CHECKING:
    from engine.simulation.run import Run
    from engine.simulation.system import Component, Host

Gauge = tuple[str, float, str]


def samples(run: Run, interval: float) -> Steps:
    """Sample everything each `interval` seconds; the first time after one interval."""
    components = run.system.components.values()
    while True:
        before = {component.name: component.computed for component in components}
        yield Timeout(run.env, interval)
        now = run.env.now
        used = {each.name: (each.computed - before[each.name]) / interval for each in components}
        load: dict[Host, float] = {}
        for component in components:
            load[component.host] = load.get(component.host, 0.0) + used[component.name]
        for component in components:
            host = component.host
            gauges = [*_gauges(component)]
            cpu = min(1.0, used[component.name] / (host.cores + host.added))
            gauges.append(("process.cpu.utilization", cpu, "1"))
            total = min(1.0, load[host] / (host.cores + host.added) + host.stolen)
            gauges.append(("system.cpu.utilization", total, "1"))
            at = now + component.skew
            for metric, value, unit in gauges:
                run.sink.sample(Sample(at, component.name, metric, value, unit))


def _gauges(component: Component) -> Iterator[Gauge]:
    yield "queue.length", float(len(component.queue)), "{request}"
    yield "workers.busy", float(component.busy), "{worker}"
    if component.heap is not None:
        memory = component.heap.used if component.down else component.memory
        yield "process.memory.usage", memory, "By"
    if component.cache is not None:
        yield "cache.entries", float(len(component.cache.entries)), "{entry}"
    if component.pools:
        pools = component.pools.values()
        taken = sum(pool.used + pool.size - pool.limit for pool in pools)
        yield "db.client.connection.count", float(taken), "{connection}"
        waiting = sum(len(pool.waiting) for pool in pools)
        yield "db.client.connection.pending_requests", float(waiting), "{request}"
