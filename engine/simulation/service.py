"""What a callee does for one hop: wait for a worker, look up its cache, compute, call, answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine import draws
from engine.description.model import Distribution
from engine.draws import uniform
from engine.records import Status
from engine.simulation import lines as lines
from engine.simulation.calls import call_all

if TYPE_CHECKING:
    from engine.simulation.system import Component, Operation
    from engine.simulation.work import Work


def admit(work: Work) -> None:
    """Assign an arrived hop to a worker, or queue it if there is room; otherwise reject it."""
    component = work.component
    if component.busy < component.workers:
        component.busy += 1
        start(work)
    elif len(component.queue) >= component.queue_limit:
        lines.queue_full(work)
        component.active.pop(work, None)
        work.outcome = Status.REJECTED
        work.reply()
    else:
        component.queue.append(work)


def start(work: Work) -> None:
    """Start as a worker of the callee."""
    component = work.component
    clock = work.run.env
    now = work.started = clock.now
    note_values(work, component)
    if component.cache is not None:
        look_up(work, component, now)
    if component.lock_hold:
        if component.lock_held:
            component.lock_waiting.append(work)
        else:
            compute_locked(work)
    else:
        work.computing = True
        clock.after(start_computing(work), computed, work)


def computed(work: Work) -> None:
    """The callee's own computation is done."""
    if not work.alive:
        return
    work.computing = False
    component = work.component
    component.host.running -= 1
    if component.delay:
        work.run.env.after(component.delay, go_on, work)
    else:
        go_on(work)


def go_on(work: Work) -> None:
    """What follows computing: fail, return no rows, make the operation's calls, or finish."""
    if not work.alive:
        return
    component = work.component
    if component.error_share and uniform(work.path, draws.ERROR) < component.error_share:
        work.outcome = Status.ERROR
        lines.failed(work)
    elif component.lost_rows and uniform(work.path, draws.ROWS) < component.lost_rows:
        work.empty = True
        work.values["db.response.returned_rows"] = 0.0
    elif work.operation.groups:
        work.follow(call_all(work))
        return
    work.finish()


def note_values(work: Work, component: Component) -> None:
    """Record the component's inner values as it starts on the hop."""
    values = work.values
    values["queue.length"] = len(component.queue)
    values["workers.busy"] = component.busy
    if component.heap is not None:
        values["process.memory.usage"] = component.memory


def look_up(work: Work, component: Component, now: float) -> None:
    """Look up the key of this hop in the component's own cache."""
    cache = component.cache
    if cache is not None:
        key = work.key = cache.key(work.operation.name, uniform(work.path, draws.KEY))
        work.cache = "hit" if cache.has(key, now) else "miss"


def start_computing(work: Work) -> float:
    """Take a share of the host's cores; seconds until the computation is done."""
    component = work.component
    seconds = service_time(work.operation, work.path) * component.slow * work.operation.slow
    if component.leaked:
        seconds *= component.collecting
    component.computed += seconds
    host = component.host
    host.running += 1
    return seconds * host.slowdown()


def service_time(operation: Operation, path: int) -> float:
    """Seconds of computation of an undisturbed hop on an idle host."""
    kind = operation.kind
    if kind is Distribution.LOGNORMAL:
        return operation.median * math.exp(operation.spread * draws.normal(path, draws.SERVICE))
    if kind is Distribution.EXPONENTIAL:
        return operation.median / math.log(2.0) * draws.exponential(path, draws.SERVICE)
    return operation.median


def compute_locked(work: Work) -> None:
    """Compute under the component's one lock, for at least `lock_hold`; a worker waits for it."""
    component = work.component
    clock = work.run.env
    component.lock_held = True
    waited = clock.now - work.started
    work.values["db.lock.wait_time"] = waited
    if waited > 5.0 * work.operation.median:
        lines.lock_waited(work, waited)
    work.computing = True
    clock.after(max(start_computing(work), component.lock_hold), computed_locked, work)


def computed_locked(work: Work) -> None:
    """Pass the lock to the longest waiter, and continue."""
    if not work.alive:
        return
    component = work.component
    work.computing = False
    component.host.running -= 1
    component.lock_held = False
    if component.lock_waiting:
        compute_locked(component.lock_waiting.popleft())
    if component.delay:
        clock = work.run.env
        clock.after(component.delay, go_on, work)
    else:
        go_on(work)
