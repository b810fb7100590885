"""The true mechanisms of a described system: which symptom causes which, and where.

For scoring only. Labo has to infer these from telemetry; only `benchmarks/` reads them.

A mechanism means: if `cause` were provoked on its component and nothing else changed, `effect`
would occur on a related one, by whatever path. A cause has the default size of the fault
catalogue:

* `duration.p95 high`: each hop pauses for 20 medians of the component's slowest operation;
* `error_ratio high`: 0.3 of the hops fail before they call anyone;
* `rate low`: nothing reaches the component · `rate high`: three times as much;
* `queue.length high`: 0.95 of the workers are stalled (at least one);
* `db.client.connection.pending_requests high`: 0.95 of its pools' connections are gone;
* `system.cpu.utilization high`: 0.9 of its host's cores are gone;
* `cache.entries low`: it is almost empty, so all look-ups miss.

Effects are what users of a component observe (latency, errors, traffic), measured as in its
telemetry: databases, caches and queues at their callers, everything else at the server. They are
computed by `mechanisms.flow` with these rules:

1. A caller waits for a synchronous callee, for its queue and for a connection to it, up to the
   time-out, again with each retry; an asynchronous or rarely called callee affects nobody.
2. What takes longer than the time-out fails. If the callee fails, so does the caller, unless the
   call is not required or a retry succeeds. Retries multiply calls.
3. An open circuit breaker turns a slow or failing callee into a fast failure, with occasional
   trial calls.
4. An operation that fails makes no further calls; a cache that does not answer is a miss.
5. More work than workers: a queue, waits, rejections once it is full, and fewer calls passed on.
6. A pool that is too small makes its component wait and fail, which the callee's clients count.
7. At the edge of the system everything is counted when it is answered, including errors.
8. More work than cores: all components of the host compute longer.

A change of the tail latency (which one hop in twenty exceeds), of the share of failures or of the
rate is an effect from `FAINT` on, and a clear one from `CLEAR` on. In between it depends on the
observer's noise: reporting a faint effect is right, missing it is not wrong.

Relations are those of the cause seen from the effect: `same`, `callee`, `caller`, and `shared` when
neither calls the other and they share a host, a caller or a callee.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.description.model import Component, Role, System
from engine.faults.effects import EFFECTS, Kind
from engine.mechanisms.emitted import Emitted, emitted
from engine.mechanisms.flow import Disturbance, Flow


@dataclass(frozen=True, slots=True)
class Change:
    """Factor on the tail latency, points of failures, factors on a rate that rises or falls."""

    slower: float
    failing: float
    more: float
    less: float


FAINT = Change(slower=1.25, failing=0.01, more=1.25, less=0.8)
CLEAR = Change(slower=2.0, failing=0.05, more=2.0, less=0.4)

_STORES = {Role.DATABASE: "db.client.operation", Role.CACHE: "db.client.operation"}
PENDING = "db.client.connection.pending_requests"
QUEUE = "queue.length"
PROCESSOR = "system.cpu.utilization"
ENTRIES = "cache.entries"


@dataclass(frozen=True, slots=True, order=True)
class Symptom:
    """`metric` of `component`, which has `role`, goes `direction` (high or low)."""

    component: str
    role: str
    metric: str
    direction: str


@dataclass(frozen=True, slots=True, order=True)
class Mechanism:
    """`cause` brings about `effect`; `relation` is the cause's, seen from the effect."""

    cause: Symptom
    effect: Symptom
    relation: str
    clear: bool


def mechanisms(system: System) -> list[Mechanism]:
    """All mechanisms of the system, in order."""
    usual = _shown(Flow(system))
    near = related(system)
    found = []
    for cause, done in _disturbances(system):
        after = _shown(Flow(system, done))
        for name, relation in near[cause.component].items():
            if cause.metric == QUEUE and relation != "callee":
                continue
            effects = _changes(system, name, usual[name], after[name], FAINT)
            clear = {*_changes(system, name, usual[name], after[name], CLEAR)}
            found += [
                Mechanism(cause, effect, relation, effect in clear)
                for effect in effects
                if effect != cause
            ]
    return sorted(found)


def measured_as(system: System, name: str) -> str:
    """The prefix of the names of a component's request metrics."""
    role = system.components[name].role
    if role in _STORES:
        return _STORES[role]
    if role is Role.QUEUE:
        return "messaging.client.operation"
    queues = {each for each, part in system.components.items() if part.role is Role.QUEUE}
    taken = queues & _callers(system)[name]
    return "messaging.process" if taken else "http.server.request"


def _disturbances(system: System) -> Iterator[tuple[Symptom, Disturbance]]:
    """Each cause with the disturbance that provokes it alone."""
    for name, component in system.components.items():
        what = measured_as(system, name)

        def cause(
            metric: str, direction: str = "high", at: str = name, part: Component = component
        ) -> Symptom:
            return Symptom(at, part.role.value, metric, direction)

        median = max(each.service.median for each in component.operations.values())
        pause = EFFECTS[Kind.LATENCY].usual * median
        surge = 1.0 + EFFECTS[Kind.TRAFFIC_SPIKE].usual
        yield cause(f"{what}.duration.p95"), Disturbance(pause={name: pause})
        errors = {name: EFFECTS[Kind.ERRORS].usual}
        yield cause(f"{what}.error_ratio"), Disturbance(failing=errors)
        yield cause(f"{what}.rate", "low"), Disturbance(arriving={name: 0.0})
        yield cause(f"{what}.rate"), Disturbance(arriving={name: surge})
        stalled = max(1, round(EFFECTS[Kind.QUEUE_BACKLOG].usual * component.workers))
        yield cause(QUEUE), Disturbance(workers={name: component.workers - stalled})
        if component.pools:
            size = min(pool.size for pool in component.pools.values())
            left = size - round(size * EFFECTS[Kind.POOL_EXHAUSTION].usual)
            yield cause(PENDING), Disturbance(connections={name: left})
        cores = system.hosts[component.host].cores * (1.0 - EFFECTS[Kind.CPU_SATURATION].usual)
        yield cause(PROCESSOR), Disturbance(cores={component.host: cores})
        if component.cache is not None:
            yield cause(ENTRIES, "low"), Disturbance(hits={name: 0.0})


def _shown(flow: Flow) -> dict[str, Emitted]:
    return {name: emitted(flow, name) for name in flow.system.components}


def _changes(
    system: System, name: str, usual: Emitted, after: Emitted, least: Change
) -> Iterator[Symptom]:
    role, what = system.components[name].role.value, measured_as(system, name)
    if after.rate > 0.0:
        if after.slow >= least.slower * usual.slow:
            yield Symptom(name, role, f"{what}.duration.p95", "high")
        if after.failing >= usual.failing + least.failing:
            yield Symptom(name, role, f"{what}.error_ratio", "high")
    if after.rate >= least.more * usual.rate > 0.0:
        yield Symptom(name, role, f"{what}.rate", "high")
    if after.rate <= least.less * usual.rate and usual.rate > 0.0:
        yield Symptom(name, role, f"{what}.rate", "low")


def _callers(system: System) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in system.components}
    for name, component in system.components.items():
        for operation in component.operations.values():
            for call in operation.calls:
                found[call.component].add(name)
    return found


def related(system: System) -> dict[str, dict[str, str]]:
    """For a cause on each component: where effects may occur, and the relation there."""
    callers = _callers(system)
    callees: dict[str, set[str]] = {name: set() for name in system.components}
    for name, above in callers.items():
        for caller in above:
            callees[caller].add(name)
    found: dict[str, dict[str, str]] = {}
    for name, component in system.components.items():
        near = {name: "same"}
        near |= dict.fromkeys(sorted(callers[name] - {*near}), "callee")
        near |= dict.fromkeys(sorted(callees[name] - {*near}), "caller")
        shares = {
            other
            for other, part in system.components.items()
            if part.host == component.host
            or callers[other] & callers[name]
            or callees[other] & callees[name]
        }
        found[name] = near | dict.fromkeys(sorted(shares - {*near}), "shared")
    return found
