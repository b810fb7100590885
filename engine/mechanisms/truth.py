"""The true mechanisms of a described system: which symptom brings about which, and where.

For scoring only. Labo has to find these out from telemetry; only `benchmarks/` reads them.

A statement says: were `cause` brought about on its component and nothing else touched, `effect`
would come on a related one, in all the ways that lead there. A cause has the size that the fault
catalogue usually gives it:

* `duration.p95 high`: each hop pauses for 20 medians of the component's slowest operation;
* `error_ratio high`: 0.3 of the hops fail before they call anyone;
* `rate low`: nothing reaches the component · `rate high`: three times as much;
* `queue.length high`: 0.95 of the workers take nothing up (at least one);
* `db.client.connection.pending_requests high`: 0.95 of its pools' connections are gone;
* `system.cpu.utilization high`: 0.9 of its host's cores are gone;
* `cache.entries low`: it holds next to nothing, so all look-ups miss.

Effects are what users of a component see (latency, errors, traffic), measured as its telemetry
does: databases, caches and queues at their callers, everything else at the server. They follow
from `mechanisms_flow` by these rules:

1. A caller waits for a synchronous callee, for a queue before it and for a connection to it, up to
   its time-out, with each retry anew; one that is asynchronous or hardly ever called harms nobody.
2. What lasts beyond the time-out fails. Callee failing: caller failing, unless the call is not
   required, or retries mend it. Retries multiply calls.
3. A circuit breaker that opens makes a slow or failing callee a fast failure, with a call now and
   then to try it.
4. An operation that fails makes no further calls; a cache that does not answer is a miss.
5. More work than workers: a queue, waits, rejections once it is full, and less passed on.
6. A pool that is too small makes its component wait and fail; its callee's clients count that.
7. At the edge of the system everything is counted when it is answered, errors and all.
8. More work than cores: all components of the host compute longer.

It is an effect when the slow time (what one hop in twenty exceeds), the share of failures or the
rate changes by what `FAINT` says, and a clear one by what `CLEAR` says. In between, the noise of
whatever looks at it decides: who finds a faint effect is right, who misses it is not wrong.

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
    """Factor on the slow time, points of failures, factors on a rate that rises or falls."""

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
    """`cause` brings about `effect`; `relation` places the cause, seen from the effect."""

    cause: Symptom
    effect: Symptom
    relation: str
    clear: bool


def mechanisms(system: System) -> list[Mechanism]:
    """All statements that hold in the system, in order."""
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
    """What the names of a component's request metrics begin with."""
    role = system.components[name].role
    if role in _STORES:
        return _STORES[role]
    if role is Role.QUEUE:
        return "messaging.client.operation"
    queues = {each for each, part in system.components.items() if part.role is Role.QUEUE}
    taken = queues & _callers(system)[name]
    return "messaging.process" if taken else "http.server.request"


def _disturbances(system: System) -> Iterator[tuple[Symptom, Disturbance]]:
    """Each cause with what brings it about alone."""
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
    """For a cause on each component: where effects may come, and the relation there."""
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
