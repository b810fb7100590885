"""A described system as flows: the steady state under one disturbance.

A fluid model by the rules of the simulation, without simulating: rates propagate down along the
calls, delays and failures back up, alternately until they converge. Seconds, and per second.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.description.model import Call, Component, System
from engine.description.rates import Node, call_rates, hit_ratios, mean_service
from engine.mechanisms.calls import Connections, Made, Served, made
from engine.simulation.system import UNANSWERED

ROUNDS = 60
"""Iterations at most, should the state oscillate."""
SETTLED = 0.005
"""Change of a share between iterations below which the state counts as converged."""
HORIZON = 30.0
"""Seconds of overload that are considered: a queue grows no longer than that."""
_LEVELS = 64
"""Depth of calls beyond which the rest of a cycle is neglected."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """The changes to the system, by component or host; everything else is as described."""

    pause: dict[str, float] = field(default_factory=dict)
    """Seconds that each hop of a component waits, its worker held."""
    failing: dict[str, float] = field(default_factory=dict)
    """Share of a component's hops that fail before they call anyone."""
    arriving: dict[str, float] = field(default_factory=dict)
    """Factor on the rate that reaches a component."""
    workers: dict[str, int] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=dict)
    """Of each pool of a component."""
    hits: dict[str, float] = field(default_factory=dict)
    """Factor on a cache's hit ratio."""
    cores: dict[str, float] = field(default_factory=dict)
    """Remaining cores of a host."""


class Flow:
    """The steady state; `rate` and `emitted` (attempts as callers count them) by operation,
    `kept` (share of what arrives that is served), `wait` and `rejected` by component."""

    def __init__(self, system: System, done: Disturbance | None = None) -> None:
        self.system = system
        self.done = done or Disturbance()
        usual = call_rates(system)
        self.ratios = {
            node: ratio * self.done.hits.get(node[0], 1.0)
            for node, ratio in hit_ratios(system, usual).items()
        }
        self.rate = dict(usual)
        self.emitted = dict(usual)
        self.most = dict.fromkeys(usual, 0.0)
        self.kept = dict.fromkeys(system.components, 1.0)
        self.wait = dict.fromkeys(system.components, 0.0)
        self.rejected = dict.fromkeys(system.components, 0.0)
        self.slowdown = dict.fromkeys(system.hosts, 1.0)
        self.served: dict[Node, Served] = {}
        self.made: dict[tuple[Node, int], Made] = {}
        for number in range(ROUNDS):
            before = self.emitted
            change = self._come_back()
            self._go_down()
            moved = max(
                abs(each - before[node]) / usual[node] for node, each in self.emitted.items()
            )
            if number > 1 and max(change, moved) < SETTLED:
                break

    def calls(self) -> Iterator[tuple[Node, int, Call]]:
        """Each call of each operation that is called at all, with its index in the operation."""
        for node in self.rate:
            for index, call in enumerate(self._operation_calls(node)):
                yield node, index, call

    def _operation_calls(self, node: Node) -> tuple[Call, ...]:
        return self.system.components[node[0]].operations[node[1]].calls

    def _come_back(self) -> float:
        """Update times and failures, callees before callers; return the largest change.

        With damping of one half: an overloaded component calls less, which would relieve its
        callees, and so on in turn.
        """
        self.served = {}
        change = 0.0
        for host, before in self.slowdown.items():
            self.slowdown[host] = math.sqrt(before * self._slowdown(host))
            change = max(change, abs(self.slowdown[host] / before - 1.0))
        for node in self.rate:
            self._serve(node, frozenset())
        for name, component in self.system.components.items():
            kept = self.kept[name]
            self._fill(name, component)
            change = max(change, abs(self.kept[name] - kept))
        return change

    def _serve(self, node: Node, above: frozenset[Node]) -> Served:
        if node in self.served or node in above:
            return self.served.get(node, Served())
        name = node[0]
        component = self.system.components[name]
        service = component.operations[node[1]].service
        factor = self.slowdown[component.host]
        own = mean_service(service) * factor + self.done.pause.get(name, 0.0)
        well = 1.0 - self.done.failing.get(name, 0.0)
        in_vain = own * (1.0 - well)
        missing = 1.0 - self.ratios.get(node, 0.0)
        groups: dict[object, float] = {}
        for index, call in enumerate(self._operation_calls(node)):
            callee = call.component, call.operation
            self._serve(callee, above | {node})
            made = self._make(node, index, call)
            made.reach = well * call.probability * (missing if call.on_miss else 1.0)
            self.made[node, index] = made
            if callee in self.ratios:
                missing = 1.0 - self.ratios[callee] * (1.0 - made.fails)
            if call.required and not call.asynchronous:
                well -= made.reach * made.fails
                in_vain += made.reach * made.fails * (own + sum(groups.values()) + made.in_vain)
            group = index if call.group is None else ("group", call.group)
            groups[group] = max(groups.get(group, 0.0), made.reach * made.mean)
        fails = 1.0 - well
        failing = in_vain / fails if fails > 0.0 else 0.0
        found = Served(own + sum(groups.values()), fails, failing)
        self.served[node] = found
        return found

    def _make(self, node: Node, index: int, call: Call) -> Made:
        """One call, given the present state of its callees."""
        if call.asynchronous:
            return Made()
        name = node[0]
        calls = self.rate[node] * self._reach(node, index)
        pool = self.system.components[name].pools.get(call.component)
        size = math.inf if pool is None else self.done.connections.get(name, pool.size)
        return made(
            call,
            self.served.get((call.component, call.operation), Served()),
            way=2 * self.system.network + self.wait[call.component],
            lost=self.rejected[call.component],
            calls=calls,
            connections=Connections(size, 0.0 if pool is None else pool.wait),
        )

    def _reach(self, node: Node, index: int) -> float:
        made = self.made.get((node, index))
        return made.reach if made else 0.0

    def _slowdown(self, host: str) -> float:
        """Factor on computing time: with more work than cores, more and more hops compute at once,
        for each component up to its number of workers."""
        cores = self.cores(host)
        shares = [*self._work(host)]
        factor = least = max(1.0, 1.0 / cores)
        for _ in range(_LEVELS):
            at_once = math.fsum(min(workers, work * factor) for workers, work in shares)
            before, factor = factor, max(least, at_once / cores)
            if factor - before <= SETTLED * before:
                break
        return factor

    def cores(self, host: str) -> float:
        """The remaining cores of a host."""
        return self.done.cores.get(host, float(self.system.hosts[host].cores))

    def work(self, host: str) -> float:
        """Cores that would be busy with the work that reaches the components of a host."""
        return math.fsum(work for _, work in self._work(host))

    def _work(self, host: str) -> Iterator[tuple[int, float]]:
        """Workers of each component of a host, and the cores that would be busy with its work.

        This includes what an overload delays, as it waits for the next free worker.
        """
        for name, component in self.system.components.items():
            if component.host == host:
                yield (
                    component.workers,
                    math.fsum(
                        self.most.get((name, each), 0.0) * mean_service(operation.service)
                        for each, operation in component.operations.items()
                    ),
                )

    def _fill(self, name: str, component: Component) -> None:
        """Share served, wait and rejections of a component at its present load."""
        workers = self.done.workers.get(name, component.workers)
        nodes = [(name, each) for each in component.operations if (name, each) in self.rate]
        arriving = sum(self.rate[node] for node in nodes)
        busy = sum(self.rate[node] * self.served[node].mean for node in nodes)
        kept = min(1.0, workers / busy) if busy > 0 else 1.0
        wait = rejected = 0.0
        if kept < 1.0:
            slots, left = self._in_flight(name, component, busy / arriving)
            longest = slots * busy / arriving / workers if workers else math.inf
            wait = min(longest, (1.0 / kept - 1.0) * HORIZON / 2 if kept else math.inf)
            if left and arriving * (1.0 - kept) * HORIZON / 2 > component.queue:
                rejected = 1.0 - kept
        if math.isinf(wait):
            self.kept[name], self.wait[name], self.rejected[name] = 0.0, wait, rejected
        else:
            self.kept[name] = (self.kept[name] + kept) / 2
            self.wait[name] = (
                (self.wait[name] + wait) / 2 if math.isfinite(self.wait[name]) else wait
            )
            self.rejected[name] = (self.rejected[name] + rejected) / 2

    def _in_flight(self, name: str, component: Component, seconds: float) -> tuple[float, bool]:
        """How many can wait at once, and whether callers give up while waiting."""
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
        """Update the rates of all operations, from the entries on."""
        load = self.system.load
        weights = sum(entry.weight for entry in load.entries)
        level: dict[Node, float] = {}
        for entry in load.entries:
            node = entry.component, entry.operation
            level[node] = level.get(node, 0.0) + load.rate * entry.weight / weights
        rate = dict.fromkeys(self.rate, 0.0)
        emitted = dict.fromkeys(self.rate, 0.0)
        for node, each in level.items():
            emitted[node] += each
        for _ in range(_LEVELS):
            below: dict[Node, float] = {}
            for node, each in level.items():
                arriving = each * self.done.arriving.get(node[0], 1.0)
                rate[node] += arriving
                for index, call in enumerate(self._operation_calls(node)):
                    callee = call.component, call.operation
                    made = self.made[node, index]
                    tries = arriving * self.kept[node[0]] * made.reach * made.attempts
                    emitted[callee] += tries
                    below[callee] = below.get(callee, 0.0) + tries * made.sent
            level = {node: each for node, each in below.items() if each > 1e-9}
            if not level:
                break
        self.rate, self.emitted = rate, emitted
        self.most = {node: max(each, self.most[node]) for node, each in rate.items()}


def _callers(system: System, name: str) -> dict[str, list[float]]:
    """Who waits for an answer of a component, and how long at most (0: does not wait)."""
    found: dict[str, list[float]] = {}
    for caller, component in system.components.items():
        for operation in component.operations.values():
            for call in operation.calls:
                if call.component == name:
                    limit = 0.0 if call.asynchronous else call.timeout or UNANSWERED
                    found.setdefault(caller, []).append(limit)
    return found
