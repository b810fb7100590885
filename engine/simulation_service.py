"""What a callee does for one hop: wait for a worker, look into its cache, compute, call, answer."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import TYPE_CHECKING

from simpy import Event, Timeout

from engine import draws
from engine import simulation_lines as lines
from engine.description import Distribution
from engine.draws import uniform
from engine.records import Status
from engine.simulation_calls import call_all
from engine.simulation_tasks import Steps

if TYPE_CHECKING:
    from engine.simulation_work import Work
    from engine.system import Component, Operation


def serve(work: Work) -> Steps:
    """The server's side of a hop, from its arrival to its answer."""
    component = work.component
    run = work.run
    if component.busy < component.workers:
        component.busy += 1
    elif len(component.queue) >= component.places:
        lines.queue_full(work)
        component.active.pop(work, None)
        work.outcome = Status.REJECTED
        work.reply()
        return
    else:
        component.queue.append(work)
        yield None
    now = work.started = run.env.now
    note_values(work, component)
    if component.cache is not None:
        look_up(work, component, now)
    if component.lock_hold:
        yield from compute_locked(work)
    else:
        work.computing = True
        yield Timeout(run.env, start_computing(work))
        work.computing = False
        component.host.running -= 1
    if component.delay:
        yield Timeout(run.env, component.delay)
    if component.error_share and uniform(work.path, draws.ERROR) < component.error_share:
        work.outcome = Status.ERROR
        lines.failed(work)
    elif component.lost_rows and uniform(work.path, draws.ROWS) < component.lost_rows:
        work.empty = True
        work.values["db.response.returned_rows"] = 0.0
    elif work.operation.groups:
        yield from call_all(work)
    finish(work)


def note_values(work: Work, component: Component) -> None:
    """What the component holds as it takes the hop up."""
    values = work.values
    values["queue.length"] = len(component.queue)
    values["workers.busy"] = component.busy
    if component.heap is not None:
        values["process.memory.usage"] = component.memory


def look_up(work: Work, component: Component, now: float) -> None:
    """Ask the component's own cache for the key of this hop."""
    cache = component.cache
    if cache is not None:
        key = work.key = cache.key(work.operation.name, uniform(work.path, draws.KEY))
        work.cache = "hit" if cache.has(key, now) else "miss"


def fill(work: Work) -> None:
    """Keep what was asked for of the cache that missed it."""
    if work.component.cache is not None and work.key is not None:
        work.component.cache.put(work.key, work.run.env.now)


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


def compute_locked(work: Work) -> Generator[Event | None, None, None]:
    """Compute under the component's one lock, for `lock_hold` at least; a worker waits for it."""
    component = work.component
    run = work.run
    asked = run.env.now
    if component.lock_held:
        component.lock_waiting.append(work)
        yield None
    component.lock_held = True
    waited = run.env.now - asked
    work.values["db.lock.wait_time"] = waited
    if waited > 5.0 * work.operation.median:
        lines.lock_waited(work, waited)
    work.computing = True
    yield Timeout(run.env, max(start_computing(work), component.lock_hold))
    work.computing = False
    component.host.running -= 1
    component.lock_held = False
    if component.lock_waiting:
        component.lock_held = True
        component.lock_waiting.popleft().wake()


def finish(work: Work) -> None:
    """Give the worker to who waits longest, and answer."""
    component = work.component
    run = work.run
    work.ended = run.env.now
    component.served += 1
    component.active.pop(work, None)
    if work.cache == "miss" and work.operation.groups and work.outcome is Status.OK:
        fill(work)
    release(component)
    if component.leak:
        run.leak(component)
    if work.ended - work.started > work.operation.slow_after:
        lines.slow(work)
    work.reply()


def release(component: Component) -> None:
    """One worker is free."""
    if component.queue and component.busy <= component.workers:
        component.queue.popleft().wake()
    else:
        component.busy -= 1
