"""A described system as flows: what one disturbance comes to once it has settled.

A fluid model by the rules of the simulation, without a simulation: rates go down along the calls,
delays and failures come back up, both some rounds in turn until they settle. Seconds, and per
second; an operation's `slow` is near its 95th percentile: the sum of what one hop in twenty meets.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.description import Call, Component, Distribution, Service, System
from engine.description_rates import Node, call_rates, hit_ratios, mean_service
from engine.system import UNANSWERED

ROUNDS = 6
MET = 0.05
"""What one hop in twenty meets shows in a 95th percentile."""
FILLED_WITHIN = 30.0
"""Seconds of overload after which a queue that is not full yet counts as never full."""
_LEVELS = 64
_NORMAL_95 = 1.645


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What is done to the system, by component or host; what is not named is as described."""

    pause: dict[str, float] = field(default_factory=dict)
    """Seconds that each hop of a component waits, its worker held."""
    failing: dict[str, float] = field(default_factory=dict)
    """Share of a component's hops that fail before they call anyone."""
    arriving: dict[str, float] = field(default_factory=dict)
    """Factor on what reaches a component."""
    workers: dict[str, int] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=dict)
    """Of each pool of a component."""
    hits: dict[str, float] = field(default_factory=dict)
    """Factor on a cache's hit ratio."""
    cores: dict[str, float] = field(default_factory=dict)
    """Cores of a host that are left."""


@dataclass(slots=True)
class Made:
    """How a call goes: `reach` is the share of its operation's hops that make it, `fails` the
    chance that all attempts fail, `sent` the share of the attempts that leave the caller;
    `attempt_fails` and `seconds` are of one attempt."""

    reach: float = 0.0
    attempts: float = 1.0
    sent: float = 1.0
    attempt_fails: float = 0.0
    fails: float = 0.0
    seconds: float = 0.0
    mean: float = 0.0
    slow: float = 0.0


@dataclass(slots=True)
class Served:
    """One operation: mean and slow seconds from a worker's start to the answer, share failed."""

    mean: float = 0.0
    slow: float = 0.0
    fails: float = 0.0


class Flow:
    """The settled state; `rate`, `told` (attempts as callers count them) by operation, `kept`
    (share of what arrives that is served), `wait` and `rejected` by component."""

    def __init__(self, system: System, done: Disturbance | None = None) -> None:
        self.system = system
        self.done = done or Disturbance()
        usual = call_rates(system)
        self.ratios = {
            node: ratio * self.done.hits.get(node[0], 1.0)
            for node, ratio in hit_ratios(system, usual).items()
        }
        self.rate = dict(usual)
        self.told = dict(usual)
        self.kept = dict.fromkeys(system.components, 1.0)
        self.wait = dict.fromkeys(system.components, 0.0)
        self.rejected = dict.fromkeys(system.components, 0.0)
        self.served: dict[Node, Served] = {}
        self.made: dict[tuple[Node, int], Made] = {}
        for _ in range(ROUNDS):
            self._come_back()
            self._go_down()

    def calls(self) -> Iterator[tuple[Node, int, Call]]:
        """Each call of each operation that is called at all, by its place in the operation."""
        for node in self.rate:
            for index, call in enumerate(self._operation_calls(node)):
                yield node, index, call

    def _operation_calls(self, node: Node) -> tuple[Call, ...]:
        return self.system.components[node[0]].operations[node[1]].calls

    def _come_back(self) -> None:
        """Times and failures, callees before callers."""
        self.served = {}
        slowdown = {host: self._slowdown(host) for host in self.system.hosts}
        for node in self.rate:
            self._serve(node, slowdown, frozenset())
        for name, component in self.system.components.items():
            self._fill(name, component)

    def _serve(self, node: Node, slowdown: dict[str, float], above: frozenset[Node]) -> Served:
        if node in self.served or node in above:
            return self.served.get(node, Served())
        name = node[0]
        component = self.system.components[name]
        service = component.operations[node[1]].service
        factor = slowdown[component.host]
        pause = self.done.pause.get(name, 0.0)
        found = Served(mean_service(service) * factor + pause, _slow(service) * factor + pause)
        well = 1.0 - self.done.failing.get(name, 0.0)
        missing = 1.0 - self.ratios.get(node, 0.0)
        groups: dict[object, tuple[float, float]] = {}
        for index, call in enumerate(self._operation_calls(node)):
            callee = call.component, call.operation
            self._serve(callee, slowdown, above | {node})
            made = self._make(node, index, call)
            made.reach = well * call.probability * (missing if call.on_miss else 1.0)
            self.made[node, index] = made
            if callee in self.ratios:
                missing = 1.0 - self.ratios[callee] * (1.0 - made.fails)
            if call.required and not call.asynchronous:
                well *= 1.0 - made.reach / max(well, 1e-9) * made.fails
            place = index if call.group is None else ("group", call.group)
            mean, slow = groups.get(place, (0.0, 0.0))
            met = made.slow if made.reach >= MET else 0.0
            groups[place] = max(mean, made.reach * made.mean), max(slow, met)
        found.mean += sum(mean for mean, _ in groups.values())
        found.slow += sum(slow for _, slow in groups.values())
        found.fails = 1.0 - well
        self.served[node] = found
        return found

    def _make(self, node: Node, index: int, call: Call) -> Made:
        """One call, with its pool, time-out, breaker and retries."""
        if call.asynchronous:
            return Made()
        callee = self.served.get((call.component, call.operation), Served())
        lost = self.rejected[call.component]
        fails = 1.0 - (1.0 - callee.fails) * (1.0 - lost)
        limit = call.timeout or UNANSWERED
        way = 2 * self.system.network + self.wait[call.component]
        mean, slow = way + callee.mean, way + callee.slow
        if mean > limit:
            fails = 1.0
        mean, slow = min(mean, limit), min(slow, limit)
        pool = self.system.components[node[0]].pools.get(call.component)
        sent = 1.0
        if pool is not None:
            size = self.done.connections.get(node[0], pool.size)
            used = self.rate[node] * self._reach(node, index) * mean
            if used > size:
                fails = 1.0 - (1.0 - fails) * size / used
                mean, slow = pool.wait + mean * size / used, pool.wait + slow * size / used
                sent = size / used
        if call.breaker is not None and fails >= call.breaker.ratio:
            return Made(attempts=1.0, sent=0.0, attempt_fails=1.0, fails=1.0)
        return _retried(call, fails, mean, slow, sent=sent)

    def _reach(self, node: Node, index: int) -> float:
        made = self.made.get((node, index))
        return made.reach if made else 0.0

    def _slowdown(self, host: str) -> float:
        """Factor on computing; with more work than cores it grows until all workers compute."""
        cores = self.done.cores.get(host, float(self.system.hosts[host].cores))
        work = 0.0
        places = 0
        for name, component in self.system.components.items():
            if component.host == host:
                places += component.workers
                for each, operation in component.operations.items():
                    work += self.rate.get((name, each), 0.0) * mean_service(operation.service)
        return places / cores if work > cores else max(1.0, 1.0 / cores)

    def _fill(self, name: str, component: Component) -> None:
        """Share served, wait and rejections of a component with this much to do."""
        workers = self.done.workers.get(name, component.workers)
        nodes = [(name, each) for each in component.operations if (name, each) in self.rate]
        arriving = sum(self.rate[node] for node in nodes)
        busy = sum(self.rate[node] * self.served[node].mean for node in nodes)
        self.kept[name] = min(1.0, workers / busy) if busy > 0 else 1.0
        self.wait[name] = self.rejected[name] = 0.0
        if self.kept[name] >= 1.0 or not arriving:
            return
        places, left = self._in_flight(name, component, busy / arriving)
        self.wait[name] = places * busy / arriving / workers if workers else math.inf
        excess = arriving * (1.0 - self.kept[name])
        if left and excess * FILLED_WITHIN > component.queue:
            self.rejected[name] = 1.0 - self.kept[name]

    def _in_flight(self, name: str, component: Component, seconds: float) -> tuple[float, bool]:
        """How many can wait at once, and whether more come as those before are given up."""
        waiting = 0.0
        given_up = any(entry.component == name for entry in self.system.load.entries)
        workers = max(1, self.done.workers.get(name, component.workers))
        for caller, limits in _callers(self.system, name).items():
            above = self.system.components[caller]
            pool = above.pools.get(name)
            most = min(above.workers, pool.size) if pool else above.workers
            waiting += most
            limit = min(limits)
            given_up |= not limit or limit < most / workers * seconds
        return (float(component.queue), True) if given_up else (waiting, False)

    def _go_down(self) -> None:
        """Rates of all operations, from the entries on."""
        load = self.system.load
        weights = sum(entry.weight for entry in load.entries)
        level: dict[Node, float] = {}
        for entry in load.entries:
            node = entry.component, entry.operation
            level[node] = level.get(node, 0.0) + load.rate * entry.weight / weights
        rate = dict.fromkeys(self.rate, 0.0)
        told = dict.fromkeys(self.rate, 0.0)
        for node, each in level.items():
            told[node] += each
        for _ in range(_LEVELS):
            below: dict[Node, float] = {}
            for node, each in level.items():
                arriving = each * self.done.arriving.get(node[0], 1.0)
                rate[node] += arriving
                for index, call in enumerate(self._operation_calls(node)):
                    callee = call.component, call.operation
                    made = self.made[node, index]
                    tries = arriving * self.kept[node[0]] * made.reach * made.attempts
                    told[callee] += tries
                    below[callee] = below.get(callee, 0.0) + tries * made.sent
            level = {node: each for node, each in below.items() if each > 1e-9}
            if not level:
                break
        self.rate, self.told = rate, told


def _callers(system: System, name: str) -> dict[str, list[float]]:
    """Who waits for an answer of a component, and how long at most (0: not at all)."""
    found: dict[str, list[float]] = {}
    for caller, component in system.components.items():
        for operation in component.operations.values():
            for call in operation.calls:
                if call.component == name:
                    limit = 0.0 if call.asynchronous else call.timeout or UNANSWERED
                    found.setdefault(caller, []).append(limit)
    return found


def _retried(call: Call, fails: float, mean: float, slow: float, *, sent: float) -> Made:
    """All attempts of a call together; `slow` counts those that one call in twenty needs."""
    attempts = sum(fails**k for k in range(call.retries + 1))
    pauses = [call.backoff * 2.0**k for k in range(call.retries)]
    needed = [k for k in range(1, call.retries + 1) if fails**k >= MET]
    return Made(
        attempts=attempts,
        sent=sent,
        attempt_fails=fails,
        fails=fails ** (call.retries + 1),
        seconds=mean,
        mean=attempts * mean + sum(p * fails ** (k + 1) for k, p in enumerate(pauses)),
        slow=(1 + len(needed)) * slow + sum(pauses[k - 1] for k in needed),
    )


def _slow(service: Service) -> float:
    """95th percentile of the seconds of computation."""
    if service.kind is Distribution.LOGNORMAL:
        return service.median * math.exp(_NORMAL_95 * service.spread)
    if service.kind is Distribution.EXPONENTIAL:
        return -mean_service(service) * math.log(MET)
    return service.median
