"""One hop in progress: the attempt that the caller waits for, and the work of the callee."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.draws import REPLY_LOSS
from engine.records import OK, TIMEOUT, Hop, Status
from engine.simulation import lines as lines
from engine.simulation.service import admit, start
from engine.simulation.tasks import Steps, Task

if TYPE_CHECKING:
    from engine.simulation.cache import Key
    from engine.simulation.run import Run
    from engine.simulation.system import Component, Operation, Plan


class Work(Task):
    """Created with the attempt. `waiter` is the caller, None once it has its answer."""

    __slots__ = (
        "answered", "arrived", "attempt", "cache", "component", "computing", "depth", "empty",
        "ended", "key", "operation", "outcome", "parent", "path", "plan", "run", "sent", "span",
        "stack", "started", "status", "trace", "values", "waiter",
    )  # fmt: skip

    def __init__(  # one call per hop: what varies is passed, not wrapped
        self,
        run: Run,
        component: Component,
        operation: Operation,
        path: int,
        trace: int,
        parent: Work | None = None,
        plan: Plan | None = None,
        attempt: int = 1,
    ) -> None:
        self.run = run
        self.component = component
        self.operation = operation
        self.path = path
        self.trace = trace
        self.parent = parent
        self.plan = plan
        self.attempt = attempt
        if parent is None or plan is None:
            self.depth = 0
            self.stack = component.name
        else:
            self.depth = parent.depth + 1
            self.stack = plan.stack_below(parent.stack)
        run.spans += 1
        self.span = run.spans
        self.sent = run.env.now
        self.arrived = self.started = self.ended = self.answered = -1.0
        self.status = self.outcome = OK
        self.cache: str | None = None
        self.key: Key | None = None
        self.empty = False
        self.computing = False
        self.waiter: Task | None = None
        self.values: dict[str, float] = {}
        self.alive = True

    def arrive(self) -> None:
        """Reach the callee."""
        component = self.component
        self.arrived = self.run.env.now
        if component.down:
            self.outcome = Status.REFUSED
            self.reply()
        elif component.certificate_expired:
            self.outcome = Status.REFUSED
            lines.certificate_refused(self)
            self.reply()
        else:
            component.active[self] = None
            admit(self)

    def follow(self, steps: Steps) -> None:
        """Continue with these steps, which end the work."""
        self._send = steps.send
        self.wake()

    def finish(self) -> None:
        """Pass the worker to the longest waiter, and answer."""
        component = self.component
        run = self.run
        now = self.ended = run.env.now
        component.served += 1
        component.active.pop(self, None)
        operation = self.operation
        if self.cache == "miss" and operation.groups and self.outcome is OK:
            self.fill()
        if component.queue and component.busy <= component.workers:
            start(component.queue.popleft())
        else:
            component.busy -= 1
        if component.leak:
            run.leak(component)
        if now - self.started > operation.slow_after:
            lines.slow(self)
        self.reply()

    def fill(self) -> None:
        """Store the requested key in the cache that missed it."""
        cache, key = self.component.cache, self.key
        if cache is not None and key is not None and not self.component.down:
            cache.put(key, self.run.env.now)

    def reply(self) -> None:
        """Send `outcome` back; nobody may be waiting any more."""
        if self.waiter is None:
            return
        run = self.run
        caller = self.parent.component if self.parent is not None else None
        delay = run.travel(caller, self.component, self.path, REPLY_LOSS)
        if delay is not None:
            run.env.after(delay, Work.deliver, self)

    def deliver(self) -> None:
        """Pass the outcome to the caller, unless it has given up."""
        if self.waiter is not None:
            self.close(self.outcome)

    def expire(self) -> None:
        """The caller gives up; the callee is not notified and continues."""
        if self.waiter is not None:
            lines.timed_out(self)
            self.close(TIMEOUT)

    def close(self, status: Status) -> None:
        """The caller's side is over: emit the hop, free its connection, and resume the caller."""
        waiter, self.waiter = self.waiter, None
        run = self.run
        self.status = status
        now = self.answered = run.env.now
        if self.trace:
            run.hops += 1
            run.sink.hop(self.hop())
        plan = self.plan
        if plan is not None:
            if plan.pool is not None and not plan.asynchronous:
                plan.pool.give_back()
            breaker = plan.breaker
            if breaker is not None and breaker.note(now, status is not OK):
                lines.breaker_opened(self)
        elif self.trace:
            run.requests += 1
            run.errors += status is not OK
        if waiter is not None:
            waiter.wake()

    def hop(self) -> Hop:
        """The record of this attempt."""
        parent = self.parent
        answered = self.answered
        seen = self.status is not TIMEOUT
        started = self.started if self.started >= 0.0 else answered
        ended = self.ended if seen and self.ended >= 0.0 else answered
        skew = self.component.skew
        client = 0.0 if parent is None else parent.component.skew
        return Hop(
            self.trace,
            self.span,
            None if parent is None else parent.span,
            self.component.name,
            self.operation.name,
            None if parent is None else parent.component.name,
            self.sent + client,
            started + skew,
            ended + skew,
            answered + client,
            started - self.arrived if self.started >= 0.0 else 0.0,
            self.attempt,
            self.depth,
            self.status,
            self.cache,
            # A callee that continues after a timeout must not change what was emitted.
            self.values if seen else dict(self.values),
            self.stack,
        )
