"""The calls of one hop: in sequence or in parallel, with pools, breakers, time-outs, retries."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from simpy import Event, Timeout

from engine import draws
from engine.draws import mix, uniform
from engine.records import OK, Status
from engine.simulation import lines as lines
from engine.simulation.pools import Ask
from engine.simulation.tasks import Task

if TYPE_CHECKING:
    from engine.simulation.system import Plan
    from engine.simulation.work import Work
FINAL = frozenset({OK, Status.BREAKER_OPEN})
"""Outcomes that are not retried."""


def call_all(work: Work) -> Generator[Event | None, None, None]:
    """Make the calls of a hop's operation, until a required one fails; then answer.

    `missed` is the hop whose cache lacked the requested key: the next call's result fills it.
    """
    missed: Work | None = work if work.cache == "miss" else None
    hit = work.cache == "hit"
    for group in work.operation.groups:
        if len(group) > 1:
            yield from call_at_once(work, group)
        else:
            plan = group[0]
            if plan.on_miss and hit:
                continue
            made = yield from call(work, plan, work)
            if made is not None:
                if made.cache is not None:
                    hit = made.cache == "hit" and made.status is OK
                    missed = None if hit or made.status is not OK else made
                elif plan.on_miss and missed is not None and is_fine(made):
                    missed.fill()
                judge(work, plan, made)
        if work.outcome is not OK:
            break
    work.finish()


def call_at_once(work: Work, group: tuple[Plan, ...]) -> Generator[Event | None, None, None]:
    """Make the calls of a group in parallel, and wait for the last."""
    waiting = [len(group) + 1]
    for plan in group:
        Branch(work, plan, waiting).wake()
    waiting[0] -= 1
    if waiting[0]:
        yield None


class Branch(Task):
    """One call of a group."""

    __slots__ = ()

    def __init__(self, work: Work, plan: Plan, waiting: list[int]) -> None:
        super().__init__(self._steps(work, plan, waiting))

    def _steps(
        self, work: Work, plan: Plan, waiting: list[int]
    ) -> Generator[Event | None, None, None]:
        made = yield from call(work, plan, self)
        if made is not None:
            judge(work, plan, made)
        waiting[0] -= 1
        if not waiting[0]:
            work.wake()


def is_fine(made: Work) -> bool:
    return made.status is OK and not made.empty


def judge(work: Work, plan: Plan, made: Work) -> None:
    """Apply the outcome of a call's last attempt to the hop that made it."""
    if plan.required and not is_fine(made):
        if made.empty and made.status is OK:
            lines.no_rows(made)
        work.outcome = Status.ERROR


def call(work: Work, plan: Plan, waiter: Task) -> Generator[Event | None, None, Work | None]:
    """Make one call with its retries; the last attempt, or None when it was not made at all.

    An asynchronous call is not waited for, and counts as not made.
    """
    first = mix((work.path + plan.step) & draws.MASK)
    if plan.probability < 1.0 and uniform(first, draws.TAKEN) >= plan.probability:
        return None
    run = work.run
    made = run.attempt(work, plan, first, 1)
    if plan.asynchronous:
        run.send(made, run.nobody)
        return None
    while True:
        breaker = plan.breaker
        if breaker is not None and not plan.breaker_off and not breaker.admits(run.env.now):
            run.not_sent(made, Status.BREAKER_OPEN)
        elif plan.pool is None or (yield from connection(made, waiter)):
            run.send(made, waiter)
            yield None
        attempt = made.attempt
        if made.status in FINAL or attempt > plan.retries or not work.alive:
            return made
        jitter = 0.5 + uniform(made.path, draws.BACKOFF)
        if plan.backoff:
            yield Timeout(run.env, plan.backoff * 2.0 ** (attempt - 1) * jitter)
        made = run.attempt(work, plan, mix((first + attempt) & draws.MASK), attempt + 1)


def connection(made: Work, waiter: Task) -> Generator[Event | None, None, bool]:
    """Take a connection from the pool; False when none became free in time."""
    plan = made.plan
    pool = plan.pool if plan is not None else None
    if pool is None:
        return True
    made.values["db.client.connection.count"] = pool.used
    if pool.used < pool.limit:
        pool.used += 1
        return True
    run = made.run
    ask = Ask(waiter, run.env.now)
    pool.waiting.append(ask)
    run.watch(ask, pool.wait)
    yield None
    waited = run.env.now - ask.sent
    made.values["db.client.connection.wait_time"] = waited
    if ask.granted:
        return True
    lines.no_connection(made, waited)
    run.not_sent(made, Status.TIMEOUT)
    return False
