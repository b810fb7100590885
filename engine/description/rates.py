"""A description at its mean load: calls per second, response times, utilisation.

Queueing, retries and bursts are ignored, so these are the figures of an undisturbed system.
"""

from __future__ import annotations

import math

from engine.description.caching import expected_hit_ratio
from engine.description.model import Call, Distribution, Service, System

Node = tuple[str, str]
Rates = dict[Node, float]
_LONGEST = 64
"""Depth of calls beyond which the rest of a cycle is neglected."""
_PASSES = 4
"""Iterations: rates depend on hit ratios and vice versa; they converge within a few."""


def mean_service(service: Service) -> float:
    """Mean seconds of computation."""
    if service.kind is Distribution.LOGNORMAL:
        return service.median * math.exp(service.spread**2 / 2)
    if service.kind is Distribution.EXPONENTIAL:
        return service.median / math.log(2.0)
    return service.median


def call_rates(system: System) -> Rates:
    """Calls per second of each (component, operation) that is called at all."""
    ratios: Rates = {}
    rates: Rates = {}
    for _ in range(_PASSES):
        rates = _propagate(system, ratios)
        before, ratios = ratios, hit_ratios(system, rates)
        if ratios == before:
            break
    return rates


def hit_ratios(system: System, rates: Rates) -> Rates:
    """Expected hit ratio of each operation of a component with a cache."""
    return {
        (name, operation): expected_hit_ratio(component.cache, rates.get((name, operation), 0.0))
        for name, component in system.components.items()
        if component.cache is not None
        for operation in component.operations
    }


def _propagate(system: System, ratios: Rates) -> Rates:
    weights = sum(entry.weight for entry in system.load.entries)
    level: Rates = {}
    for entry in system.load.entries:
        node = (entry.component, entry.operation)
        level[node] = level.get(node, 0.0) + system.load.rate * entry.weight / weights
    total: Rates = {}
    for _ in range(_LONGEST):
        below: Rates = {}
        for node, rate in level.items():
            total[node] = total.get(node, 0.0) + rate
            for call, share in made_calls(system, node, ratios):
                callee = (call.component, call.operation)
                below[callee] = below.get(callee, 0.0) + rate * share
        level = {node: rate for node, rate in below.items() if rate > 1e-9}
        if not level:
            break
    return total


def made_calls(system: System, node: Node, ratios: Rates) -> list[tuple[Call, float]]:
    """The calls of an operation with the share of its hops that make each."""
    missing = 1.0 - ratios.get(node, 0.0)
    made = []
    for call in system.components[node[0]].operations[node[1]].calls:
        made.append((call, call.probability * (missing if call.on_miss else 1.0)))
        asked = (call.component, call.operation)
        if asked in ratios:
            missing = 1.0 - ratios[asked]
    return made


def response_times(system: System, rates: Rates, *, worst: bool = False) -> Rates:
    """Mean seconds from a worker's start to its answer; `worst`: when all its calls are made."""
    ratios = {} if worst else hit_ratios(system, rates)
    times: Rates = {}

    def visit(node: Node, depth: int) -> float:
        if node in times or depth > _LONGEST:
            return times.get(node, 0.0)
        seconds = mean_service(system.components[node[0]].operations[node[1]].service)
        slowest: dict[int, float] = {}
        for call, share in made_calls(system, node, ratios):
            if call.asynchronous:
                continue
            took = visit((call.component, call.operation), depth + 1) + 2 * system.network
            took = (1.0 if worst else share) * min(took, call.timeout or took)
            if call.group is None:
                seconds += took
            else:
                slowest[call.group] = max(slowest.get(call.group, 0.0), took)
        times[node] = seconds + sum(slowest.values())
        return times[node]

    for node in rates:
        visit(node, 0)
    return times


def worker_load(system: System) -> dict[str, float]:
    """Mean number of busy workers of each component."""
    rates = call_rates(system)
    times = response_times(system, rates)
    busy = dict.fromkeys(system.components, 0.0)
    for node, rate in rates.items():
        busy[node[0]] += rate * times[node]
    return busy


def host_load(system: System) -> dict[str, float]:
    """Mean number of busy cores of each host."""
    busy = dict.fromkeys(system.hosts, 0.0)
    for (name, operation), rate in call_rates(system).items():
        component = system.components[name]
        busy[component.host] += rate * mean_service(component.operations[operation].service)
    return busy


def utilisation(system: System) -> dict[str, float]:
    """Share of the workers (components) and of the cores (hosts) busy at the mean load."""
    workers = worker_load(system)
    return {
        **{name: busy / system.components[name].workers for name, busy in workers.items()},
        **{name: busy / system.hosts[name].cores for name, busy in host_load(system).items()},
    }
