"""Capacity for a shape: workers, cores, pools, caches and time-outs sufficient for its load."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from engine.description.model import (
    Cache,
    Call,
    Component,
    Entry,
    Heap,
    Host,
    Load,
    Operation,
    Pool,
    Role,
    Service,
    System,
)
from engine.description.rates import call_rates, host_load, response_times, worker_load
from engine.generator.dice import Dice

LEAST_RATE = 0.3
"""Calls per second of the least called operation: with fewer, nothing shows within minutes."""
HOSTED = 5
"""Approximate number of components per host."""
SERVICES = {
    Role.EDGE: (0.0003, 0.001),
    Role.GATEWAY: (0.0005, 0.002),
    Role.SERVICE: (0.001, 0.012),
    Role.WORKER: (0.002, 0.015),
    Role.DATABASE: (0.006, 0.04),
    Role.CACHE: (0.0002, 0.001),
    Role.QUEUE: (0.0004, 0.002),
}
"""Range of the median service time at time scale 1, in seconds."""

Calls = Mapping[str, Mapping[str, list[Call]]]


@dataclass(frozen=True, slots=True)
class Timing:
    """`scale` multiplies all service times; `hops` is the system's whole rate per second."""

    dice: Dice
    scale: float
    hops: float


def sized(name: str, roles: Mapping[str, Role], calls: Calls, timing: Timing) -> System:
    """The system of a shape: first its times, then its rate, then the capacity for both."""
    dice = timing.dice
    count = max(2, math.ceil(len(roles) / HOSTED))
    hosts = {f"node-{number}": Host(cores=1) for number in range(1, count + 1)}
    components = {
        each: Component(
            role=role,
            host=f"node-{1 + number % count}",
            workers=1,
            operations={
                operation: Operation(service=_service(role, timing), calls=tuple(made))
                for operation, made in calls[each].items()
            },
            cache=_cache(dice, 1.0) if role is Role.CACHE else None,
        )
        for number, (each, role) in enumerate(roles.items())
    }
    edge = next(iter(roles))
    entries = tuple(
        Entry(component=edge, operation=each, weight=round(dice.between(1.0, 5.0), 1))
        for each in calls[edge]
    )
    load = Load(rate=1.0, entries=entries)
    network = round(0.0002 * math.sqrt(timing.scale), 6)
    system = System(name=name, network=network, hosts=hosts, components=components, load=load)
    rates = call_rates(system)
    rate = _digits(max(timing.hops / sum(rates.values()), LEAST_RATE / min(rates.values())))
    system = system.model_copy(update={"load": load.model_copy(update={"rate": rate})})
    return _bearing(_with_caches(system, dice), dice)


def _service(role: Role, timing: Timing) -> Service:
    low, high = (each * timing.scale for each in SERVICES[role])
    median = low * (high / low) ** timing.dice.uniform()
    return Service(median=_digits(median), spread=round(timing.dice.between(0.2, 0.6), 2))


def _cache(dice: Dice, rate: float) -> Cache:
    """A cache in which a popular key stays for several look-ups at `rate` per second."""
    keys = dice.integer(300, 1500)
    ttl = min(3600.0, max(20.0, keys / max(rate, 1e-3) * dice.between(1.0, 4.0)))
    return Cache(
        entries=round(keys * dice.between(0.4, 0.9)),
        ttl=_digits(ttl),
        keys=keys,
        exponent=round(dice.between(0.8, 1.3), 2),
    )


def _with_caches(system: System, dice: Dice) -> System:
    rates = call_rates(system)
    components = dict(system.components)
    for name, component in components.items():
        if component.cache is not None:
            rate = sum(rates.get((name, each), 0.0) for each in component.operations)
            components[name] = component.model_copy(update={"cache": _cache(dice, rate)})
    return system.model_copy(update={"components": components})


def _bearing(system: System, dice: Dice) -> System:
    """Workers and cores for a utilisation of at most 0.6, then time-outs and pools."""
    busy = worker_load(system)
    cores = {
        name: Host(cores=max(1, math.ceil(load / dice.between(0.25, 0.45))))
        for name, load in host_load(system).items()
    }
    rates = call_rates(system)
    times = response_times(system, rates)
    longest: dict[str, float] = {}
    for (name, _), seconds in response_times(system, rates, worst=True).items():
        longest[name] = max(seconds, longest.get(name, 0.0))
    components = {}
    for name, component in system.components.items():
        workers = max(3, math.ceil(busy[name] / dice.between(0.2, 0.45)))
        update = {
            "workers": workers,
            "queue": workers * dice.integer(10, 40),
            "heap": _heap(component.role, dice),
            "operations": {
                each: operation.model_copy(
                    update={"calls": tuple(_timed(call, longest, dice) for call in operation.calls)}
                )
                for each, operation in component.operations.items()
            },
            "pools": _pools(system, name, rates, times),
        }
        components[name] = component.model_copy(update=update)
    slowest = max(longest[entry.component] for entry in system.load.entries)
    load = system.load.model_copy(update={"timeout": _digits(max(2.0, 15.0 * slowest))})
    sizes = {"hosts": cores, "components": components, "load": load}
    # Validated again as a whole, like a parsed description.
    return System.model_validate(system.model_copy(update=sizes).model_dump())


def _heap(role: Role, dice: Dice) -> Heap | None:
    if role not in (Role.SERVICE, Role.GATEWAY, Role.WORKER) or dice.uniform() < 0.3:
        return None
    limit = _digits(2.5e8 * 2.0 ** dice.between(0.0, 4.0))
    return Heap(limit=limit, used=_digits(limit * dice.between(0.2, 0.5)))


def _timed(call: Call, longest: Mapping[str, float], dice: Dice) -> Call:
    """A quick operation may have to wait for its component's slowest one."""
    if call.asynchronous:
        return call
    timeout = max(0.02, longest.get(call.component, 0.0) * dice.between(8.0, 16.0))
    backoff = _digits(timeout / 20.0)
    return call.model_copy(update={"timeout": _digits(timeout), "backoff": backoff})


def _pools(
    system: System,
    name: str,
    rates: Mapping[tuple[str, str], float],
    times: Mapping[tuple[str, str], float],
) -> dict[str, Pool]:
    """Connections to each database called, four times what is in use at the mean load."""
    used: dict[str, float] = {}
    longest: dict[str, float] = {}
    for each, operation in system.components[name].operations.items():
        for call in operation.calls:
            if system.components[call.component].role is not Role.DATABASE:
                continue
            took = times.get((call.component, call.operation), 0.0)
            rate = rates.get((name, each), 0.0) * call.probability
            used[call.component] = used.get(call.component, 0.0) + rate * took
            longest[call.component] = max(longest.get(call.component, 0.0), took)
    return {
        callee: Pool(size=max(4, math.ceil(4.0 * concurrent)), wait=_digits(20.0 * longest[callee]))
        for callee, concurrent in used.items()
    }


def _digits(value: float) -> float:
    """Three significant digits, as in settings written by hand."""
    return float(f"{value:.3g}")
