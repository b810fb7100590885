"""One run in progress: its clock, its counters, the network between components, and crashes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simpy import Timeout

from engine.draws import LOSS, uniform
from engine.records import Sink, Status
from engine.simulation import lines as lines
from engine.simulation.clock import Clock
from engine.simulation.service import start
from engine.simulation.system import Component, Plan, System
from engine.simulation.tasks import Deadlines, Expiring, Steps, Task
from engine.simulation.work import Work

if TYPE_CHECKING:
    from engine.description.model import System as Described

RESEND = 0.2
"""Seconds until a lost message is sent again; doubles each time (RFC 6298, without its jitter)."""
RESENDS = 6
"""Consecutive losses after which a message is given up."""


class Run:
    """The state of a run, shared by all hops."""

    __slots__ = (
        "_deadlines", "env", "errors", "hops", "nobody", "requests", "seed", "sink", "spans",
        "system", "traffic",
    )  # fmt: skip

    def __init__(self, described: Described, seed: int, sink: Sink) -> None:
        self.env = Clock()
        self.system = System(described)
        self.seed = seed
        self.sink = sink
        self.traffic = 1.0
        self.spans = self.hops = self.requests = self.errors = 0
        self.nobody = Task(_nothing())
        self.nobody.kill()
        self._deadlines: dict[float, Deadlines] = {}

    def watch(self, item: Expiring, seconds: float) -> None:
        """Expire it `seconds` from now, unless it is closed by then."""
        deadlines = self._deadlines.get(seconds)
        if deadlines is None:
            deadlines = self._deadlines[seconds] = Deadlines(self.env, seconds)
        deadlines.watch(item)

    def travel(self, a: Component | None, b: Component, path: int, purpose: int) -> float | None:
        """Seconds that a message between two components takes; None when it never arrives."""
        network = self.system.network
        loss = b.loss
        if a is not None:
            if (b.cut is not None and a.name in b.cut) or (a.cut is not None and b.name in a.cut):
                return None
            loss = loss + a.loss - loss * a.loss
        if not loss:
            return network
        draw = max(uniform(path, purpose), 1e-12)
        lost = RESENDS if loss >= 1.0 else min(RESENDS, int(math.log(draw) / math.log(loss)))
        return None if lost >= RESENDS else network + RESEND * (2.0**lost - 1.0)

    def attempt(self, work: Work, plan: Plan, path: int, attempt: int) -> Work:
        """A new attempt of a call of `work`, not sent yet."""
        return Work(self, plan.callee, plan.operation, path, work.trace, work, plan, attempt)

    def send(self, work: Work, waiter: Task) -> None:
        """Send an attempt; `waiter` is woken once it is answered or timed out."""
        work.waiter = waiter
        work.sent = self.env.now
        plan = work.plan
        parent = work.parent
        caller = None if parent is None else parent.component
        delay = self.travel(caller, work.component, work.path, LOSS)
        if delay is not None:
            self.env.after(delay, Work.arrive, work)
        if plan is not None and not plan.asynchronous:
            self.watch(work, plan.timeout)

    def enter(self, work: Work, timeout: float) -> None:
        """Send a request from outside of the system."""
        self.send(work, self.nobody)
        self.watch(work, timeout)

    def not_sent(self, work: Work, status: Status) -> None:
        """End an attempt that never left its caller."""
        work.status = status
        work.answered = self.env.now
        breaker = work.plan.breaker if work.plan is not None else None
        if breaker is not None and status is Status.TIMEOUT and breaker.note(self.env.now, True):
            lines.breaker_opened(work)
        if work.trace:
            self.hops += 1
            self.sink.hop(work.hop())

    def stop(self, component: Component) -> None:
        """End a component's process: its work in progress and its memory are lost."""
        component.down += 1
        if component.down > 1:
            return
        for work in list(component.active):
            work.kill()
            if work.computing:
                component.host.running -= 1
            work.outcome = Status.REFUSED
            work.reply()
        component.active.clear()
        component.queue.clear()
        component.lock_waiting.clear()
        component.lock_held = False
        component.busy = 0
        component.leaked = 0.0
        if component.cache is not None:
            component.cache.entries.clear()
        for plan in component.plans:
            if plan.breaker is not None:
                plan.breaker.clear()

    def start(self, component: Component) -> None:
        """Start a component's process again."""
        component.down -= 1
        if not component.down:
            lines.started(self, component)

    def restart(self, component: Component, seconds: float) -> None:
        """Stop now, and start again after `seconds`."""
        self.stop(component)
        Task(self._start_later(component, seconds)).wake()

    def _start_later(self, component: Component, seconds: float) -> Steps:
        yield Timeout(self.env, seconds)
        self.start(component)

    def leak(self, component: Component) -> None:
        """Leak a request's share of memory; a full heap ends the process."""
        heap = component.heap
        if heap is None:
            return
        before = heap.used + component.leaked
        component.leaked += component.leak
        if before < heap.limit <= heap.used + component.leaked:
            self.env.after(0.0, self._run_out_of_memory, component)

    def _run_out_of_memory(self, component: Component) -> None:
        heap = component.heap
        if heap is not None and not component.down:
            lines.out_of_memory(self, component)
            self.restart(component, heap.restart)

    def settle(self) -> None:
        """Resume waiters for which a turned knob has made room."""
        for component in self.system.components.values():
            while component.queue and component.busy < component.workers:
                component.busy += 1
                start(component.queue.popleft())
            for pool in component.pools.values():
                pool.hand_out()
            if component.cache is not None:
                component.cache.shrink()


def _nothing() -> Steps:
    yield None
