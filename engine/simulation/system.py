"""The running system: the state of its components, hosts, pools and breakers.

`Component` has two kinds of attributes: state, and knobs. Faults turn knobs only; the symptoms
emerge from the mechanism (queues, waits, time-outs).
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from engine.description import model as description
from engine.draws import label
from engine.records import SEPARATOR
from engine.simulation.cache import Cache
from engine.simulation.pools import Pool

if TYPE_CHECKING:
    from engine.simulation.work import Work

UNANSWERED = 60.0
"""Seconds after which a connection gives up where the description names no timeout."""
SLOW = 10.0
"""A database logs queries that take longer than this many medians."""


class Host:
    """Cores that the components of a host share; `added` are those of added instances, which an
    unrelated process on the host can't steal."""

    __slots__ = ("added", "cores", "running", "stolen")

    def __init__(self, described: description.Host) -> None:
        self.cores = described.cores
        self.added = 0.0
        self.running = 0
        self.stolen = 0.0

    def slowdown(self) -> float:
        """Factor on computing time at the present number of computations: processor sharing."""
        return max(1.0, self.running / (self.cores * (1.0 - self.stolen) + self.added))


class Breaker:
    """Circuit breaker of one component towards one operation of a callee."""

    __slots__ = ("failed", "open_for", "opened", "probing", "ratio", "results", "window")

    def __init__(self, described: description.Breaker) -> None:
        self.ratio = described.ratio
        self.window = described.window
        self.open_for = described.open_for
        self.results: deque[bool] = deque()
        self.opened: float | None = None
        self.clear()

    def clear(self) -> None:
        """Reset, as in a new process."""
        self.results.clear()
        self.failed = 0
        self.opened = None
        self.probing = False

    def admits(self, now: float) -> bool:
        """Whether an attempt may be sent; after `open_for`, one at a time."""
        if self.opened is None:
            return True
        if self.probing or now < self.opened + self.open_for:
            return False
        self.probing = True
        return True

    def note(self, now: float, failed: bool) -> bool:
        """Record an attempt's result; True when it opens the breaker."""
        if self.opened is not None:
            return self._note_open(now, failed)
        self.results.append(failed)
        self.failed += failed
        if len(self.results) > self.window:
            self.failed -= self.results.popleft()
        if len(self.results) < self.window or self.failed < self.ratio * self.window:
            return False
        self.opened = now
        return True

    def _note_open(self, now: float, failed: bool) -> bool:
        if not self.probing:
            return False  # sent before it opened
        self.probing = False
        if failed:
            self.opened = now
            return True
        self.clear()
        return False


class Operation:
    """One operation, with its calls in groups that run at once."""

    __slots__ = ("groups", "kind", "median", "name", "slow", "slow_after", "spread")

    def __init__(self, name: str, described: description.Operation, logs_slow: bool) -> None:
        self.name = name
        self.kind = described.service.kind
        self.median = described.service.median
        self.spread = described.service.spread
        self.slow_after = SLOW * self.median if logs_slow else math.inf
        self.groups: tuple[tuple[Plan, ...], ...] = ()
        self.slow = 1.0


class Plan:
    """One call from its caller's point of view: callee, time-out, retries."""

    __slots__ = (
        "asynchronous", "backoff", "breaker", "breaker_off", "callee", "caller", "described",
        "on_miss", "operation", "pool", "probability", "required", "retries", "stacks", "step",
        "timeout",
    )  # fmt: skip

    def __init__(self, system: System, caller: Component, call: description.Call, nth: int) -> None:
        self.described = call
        self.caller = caller
        self.callee = system.components[call.component]
        self.operation = self.callee.operations[call.operation]
        self.timeout = call.timeout or UNANSWERED
        self.step = label(f"{call.component}/{call.operation}#{nth}")
        self.pool = caller.pools.get(call.component)
        self.breaker = Breaker(call.breaker) if call.breaker else None
        self.probability = call.probability
        self.required = call.required
        self.on_miss = call.on_miss
        self.asynchronous = call.asynchronous
        self.stacks: dict[str, str] = {}
        self.reset()

    def stack_below(self, above: str) -> str:
        """The callee's context stack for a caller's: a cached text, joined and hashed once."""
        stack = self.stacks.get(above)
        if stack is None:
            stack = self.stacks[above] = f"{above}{SEPARATOR}{self.callee.name}"
        return stack

    def reset(self) -> None:
        """Turn the knobs back to the description."""
        self.retries = self.described.retries
        self.backoff = self.described.backoff
        self.breaker_off = False


class Component:
    """State and knobs of one component."""

    __slots__ = (
        "active", "busy", "cache", "certificate_expired", "computed", "cut", "delay", "described",
        "down", "error_share", "foreign", "foreign_runs", "heap", "host", "instances", "leak",
        "leaked", "lock_held", "lock_hold", "lock_waiting", "loss", "lost_rows", "name",
        "operations", "plans", "pools", "queue", "queue_limit", "served", "skew", "slow",
        "version", "workers",
    )  # fmt: skip

    def __init__(self, name: str, described: description.Component, host: Host) -> None:
        self.name = name
        self.described = described
        self.host = host
        self.instances = 1
        self.queue_limit = described.queue
        self.heap = described.heap
        self.cache = Cache(described.cache) if described.cache else None
        self.pools = {callee: Pool(pool) for callee, pool in described.pools.items()}
        self.operations = {
            each: Operation(each, operation, described.role is description.Role.DATABASE)
            for each, operation in described.operations.items()
        }
        self.plans: list[Plan] = []
        self.queue: deque[Work] = deque()
        self.active: dict[Work, None] = {}
        self.busy = 0
        self.computed = 0.0
        self.served = 0
        self.leaked = 0.0
        self.lock_held = False
        self.lock_waiting: deque[Work] = deque()
        self.down = 0
        self.version = 1
        self.foreign_runs = False
        self.reset()

    def reset(self) -> None:
        """Turn the knobs back to the description."""
        self.slow = 1.0
        self.delay = 0.0
        self.error_share = 0.0
        self.lock_hold = 0.0
        self.lost_rows = 0.0
        self.leak = 0.0
        self.workers = self.described.workers * self.instances
        self.skew = 0.0
        self.foreign = 0.0
        self.loss = 0.0
        self.cut: frozenset[str] | None = None
        self.certificate_expired = False
        for pool in self.pools.values():
            pool.limit = pool.size
        for operation in self.operations.values():
            operation.slow = 1.0
        if self.cache is not None:
            self.cache.reset()

    @property
    def memory(self) -> float:
        """Bytes in use: the base, what leaked, and garbage between collections."""
        heap = self.heap
        if heap is None:
            return 0.0
        garbage = (self.served % 500) / 500 * 0.1 * (heap.limit - heap.used)
        return min(heap.limit, heap.used + self.leaked + garbage)

    @property
    def collecting(self) -> float:
        """Factor on computing time: a heap nearly full spends its time on collecting garbage."""
        heap = self.heap
        if heap is None or not self.leaked:
            return 1.0
        fill = (heap.used + self.leaked) / heap.limit
        return 1.0 if fill < 0.8 else 1.0 + 20.0 * (fill - 0.8)


class System:
    """All components of a description, connected to each other."""

    def __init__(self, described: description.System) -> None:
        self.described = described
        self.network = described.network
        self.hosts = {name: Host(host) for name, host in described.hosts.items()}
        self.components = {
            name: Component(name, component, self.hosts[component.host])
            for name, component in described.components.items()
        }
        for component in self.components.values():
            self._wire(component)

    def _wire(self, component: Component) -> None:
        for name, described in component.described.operations.items():
            groups: list[list[Plan]] = []
            last: int | None = None
            for nth, call in enumerate(described.calls):
                plan = Plan(self, component, call, nth)
                component.plans.append(plan)
                if call.group is not None and call.group == last:
                    groups[-1].append(plan)
                else:
                    groups.append([plan])
                last = call.group
            component.operations[name].groups = tuple(tuple(group) for group in groups)

    def reset(self) -> None:
        """Reset all knobs to the description."""
        for host in self.hosts.values():
            host.stolen = 0.0
        for component in self.components.values():
            component.reset()
            for plan in component.plans:
                plan.reset()
