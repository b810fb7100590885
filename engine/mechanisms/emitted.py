"""What a component's telemetry would show of its requests in a steady-state flow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from engine.description.model import Call, Distribution, Role, Service
from engine.description.rates import Node, mean_service
from engine.mechanisms.flow import HORIZON, Flow
from engine.simulation.system import UNANSWERED

TAIL = 0.05
"""A 95th percentile is what one hop in twenty exceeds."""
REPORTED_BY_CALLERS = frozenset({Role.DATABASE, Role.CACHE, Role.QUEUE})
SOONER = 0.04
"""Share of failures that are reported although such hops fail, on average, after their callers gave
up."""
_DEEPEST = 64
"""Depth of calls beyond which the rest of a cycle is neglected."""
_MOST_AT_ONCE = 200
"""Largest quantile of a Poisson variable that is searched for; it bounds the time."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """95th percentile in seconds, share of failures, requests per second."""

    slow: float
    failing: float
    rate: float


def emitted(flow: Flow, name: str) -> Emitted:
    """Databases, caches and queues are measured by their callers, all others at the server."""
    component = flow.system.components[name]
    if component.role in REPORTED_BY_CALLERS:
        return _by_callers(flow, name)
    nodes = [(name, each) for each in component.operations if flow.rate.get((name, each))]
    arriving = math.fsum(flow.rate[node] for node in nodes)
    if not arriving:
        return Emitted(0.0, 0.0, 0.0)
    slow = max(seconds(flow, node, TAIL * arriving / flow.rate[node]) for node in nodes)
    failed = math.fsum(flow.rate[node] * _seen_failing(flow, node) for node in nodes)
    well = (1.0 - failed / arriving) * (1.0 - flow.rejected[name])
    if any(entry.component == name for entry in flow.system.load.entries):
        return _at_edge(flow, name, Emitted(slow, 1.0 - well, arriving))
    return Emitted(slow, 1.0 - well, arriving * flow.kept[name])


def _at_edge(flow: Flow, name: str, served: Emitted) -> Emitted:
    """At an entry, requests are measured from sending to answer, whether or not a worker took them:
    one rejected by an overload is an error there, not a missing request. An answer after the
    horizon is missing, though."""
    limit = flow.system.load.timeout
    nodes = [(name, each) for each in flow.system.components[name].operations]
    arriving = {node: flow.rate[node] for node in nodes if flow.rate.get(node)}
    lasts = {node: flow.wait[name] + flow.served[node].mean for node in arriving}
    given_up = math.fsum(rate for node, rate in arriving.items() if lasts[node] > limit)
    missing = math.fsum(
        rate * min(lasts[node], limit, HORIZON) / HORIZON for node, rate in arriving.items()
    )
    slow = min(served.slow + flow.wait[name], limit)
    failing = max(served.failing, given_up / served.rate)
    return Emitted(slow, failing, served.rate - missing)


def _seen_failing(flow: Flow, node: Node) -> float:
    """Share of failures that the server reports: not those after its callers' time-outs."""
    fails = flow.served[node].fails
    limits = [
        call.timeout or UNANSWERED
        for _, _, call in flow.calls()
        if (call.component, call.operation) == node and not call.asynchronous
    ]
    lasts = flow.served[node].failing + flow.wait[node[0]]
    return min(fails, SOONER) if limits and lasts > max(limits) else fails


def _by_callers(flow: Flow, name: str) -> Emitted:
    tries = {}
    for node, index, call in flow.calls():
        if call.component == name:
            made = flow.made[node, index]
            tries[node, index] = flow.rate[node] * flow.kept[node[0]] * made.reach * made.attempts
    rate = math.fsum(tries.values())
    if not rate:
        return Emitted(0.0, 0.0, 0.0)
    failed = math.fsum(each * flow.made[group].attempt_fails for group, each in tries.items())
    slow = 0.0
    for (node, index), each in tries.items():
        if each:
            call = flow.system.components[node[0]].operations[node[1]].calls[index]
            slow = max(slow, _attempt(flow, node, index, call, TAIL * rate / each, 0))
    return Emitted(slow, failed / rate, rate)


def seconds(flow: Flow, node: Node, tail: float, depth: int = 0) -> float:
    """The duration, from a worker's start to the answer, that a share `tail` of an operation's hops
    exceeds.

    Each part is taken at the corresponding tail: a call that one hop in ten makes counts with its
    median for a tail of one in twenty, and not at all when hardly any hop makes it.
    """
    if tail >= 1.0 or depth > _DEEPEST:
        return 0.0
    name = node[0]
    component = flow.system.components[name]
    operation = component.operations[node[1]]
    total = _service(operation.service, tail) * _slowdown(flow, component.host, tail)
    total += flow.done.pause.get(name, 0.0)
    groups: dict[object, float] = {}
    for index, call in enumerate(operation.calls):
        made = flow.made[node, index]
        if call.asynchronous or made.reach <= 0.0 or tail >= made.reach:
            continue
        rest = tail / made.reach
        needed = [k for k in range(1, call.retries + 1) if made.attempt_fails**k >= rest]
        took = math.fsum(made.failing + call.backoff * 2.0 ** (k - 1) for k in needed)
        took += _attempt(flow, node, index, call, rest, depth)
        group = index if call.group is None else ("group", call.group)
        groups[group] = max(groups.get(group, 0.0), took)
    return total + math.fsum(groups.values())


def _attempt(flow: Flow, node: Node, index: int, call: Call, tail: float, depth: int) -> float:
    """One attempt of a call, as observed by its caller."""
    made = flow.made[node, index]
    if tail >= 1.0 or made.attempt_fails >= 1.0:
        return made.failing
    took = seconds(flow, (call.component, call.operation), tail, depth + 1)
    took += 2 * flow.system.network + flow.wait[call.component]
    return made.wait + min(took, call.timeout or UNANSWERED)


def _slowdown(flow: Flow, host: str, tail: float) -> float:
    """Factor on computing time that a share `tail` of the hops exceeds: the number computing at
    once is Poisson (Little's law, M/G/infinity), except on an overloaded host."""
    at_once = 1 + _exceeded(flow.work(host), tail)
    return max(flow.slowdown[host], min(at_once, _MOST_AT_ONCE) / flow.cores(host))


def _exceeded(mean: float, tail: float) -> int:
    """What a Poisson variable exceeds with a probability of at most `tail`."""
    chance = below = math.exp(-mean)
    count = 0
    while 1.0 - below > tail and count < _MOST_AT_ONCE:
        count += 1
        chance *= mean / count
        below += chance
    return count


def _service(service: Service, tail: float) -> float:
    """Seconds of computation that a share `tail` of the hops exceeds."""
    if service.kind is Distribution.LOGNORMAL:
        return service.median * math.exp(service.spread * NormalDist().inv_cdf(1.0 - tail))
    if service.kind is Distribution.EXPONENTIAL:
        return -mean_service(service) * math.log(tail)
    return service.median
