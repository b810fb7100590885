"""The average outcome of one call: its time-out, connections, circuit breaker and retries."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.description.model import Breaker, Call
from engine.simulation.system import UNANSWERED


@dataclass(slots=True)
class Made:
    """The outcome of a call: `reach` is the share of its operation's hops that make it, `fails` the
    probability that all `attempts` fail, `mean` their seconds in total, and `in_vain` those until
    the last one has failed. For one attempt: `attempt_fails`, after `failing` seconds, and `sent`
    is the probability that it leaves its caller, which waits for `wait` first.
    """

    reach: float = 0.0
    attempts: float = 1.0
    sent: float = 1.0
    attempt_fails: float = 0.0
    fails: float = 0.0
    wait: float = 0.0
    mean: float = 0.0
    failing: float = 0.0
    in_vain: float = 0.0


@dataclass(slots=True)
class Served:
    """One operation: mean seconds from a worker's start to the answer, the share that fails, and
    after how many seconds."""

    mean: float = 0.0
    fails: float = 0.0
    failing: float = 0.0


@dataclass(frozen=True, slots=True)
class Connections:
    """Their number, and the seconds that a call waits for one before it fails."""

    size: float = math.inf
    wait: float = 0.0


def made(
    call: Call,
    callee: Served,
    *,
    way: float,
    lost: float,
    calls: float,
    connections: Connections,
) -> Made:
    """A synchronous call made `calls` times per second.

    `way` are the seconds on the network and until a worker takes it, `lost` is the share that is
    rejected.
    """
    limit = call.timeout or UNANSWERED
    mean, failing = way + callee.mean, (1.0 - lost) * (way + callee.failing)
    fails = 1.0 - (1.0 - callee.fails) * (1.0 - lost)
    if mean > limit:
        fails, mean, failing = 1.0, limit, limit
    sent, wait = 1.0, 0.0
    used = calls * mean
    if used > connections.size:
        sent, wait = connections.size / used, connections.wait
        mean, failing = wait + mean, wait + failing * sent * fails
        fails = 1.0 - (1.0 - fails) * sent
    if call.breaker is not None and _opens(call.breaker, fails):
        tried = min(1.0, 1.0 / (call.breaker.open_for * calls)) if calls else 1.0
        return Made(sent=tried, attempt_fails=1.0, fails=1.0)
    return _repeated(call, Made(0.0, 1.0, sent, fails, fails, wait, mean, failing))


def _opens(breaker: Breaker, fails: float) -> bool:
    """Whether a circuit breaker opens repeatedly: now and then the share of failures in its window
    is two standard deviations above their probability."""
    spread = math.sqrt(fails * (1.0 - fails) / breaker.window)
    return fails > 0.0 and fails + 2.0 * spread >= breaker.ratio


def _repeated(call: Call, one: Made) -> Made:
    """A call whose attempts each have the outcome `one`."""
    chances = [one.attempt_fails ** (k + 1) for k in range(call.retries + 1)]
    pauses = [call.backoff * 2.0**k for k in range(call.retries)]
    one.attempts = 1.0 + math.fsum(chances[:-1])
    one.fails = chances[-1]
    one.in_vain = (call.retries + 1) * one.failing + math.fsum(pauses)
    waited = math.fsum(p * chance for p, chance in zip(pauses, chances, strict=False))
    one.mean = one.mean * (1.0 - one.fails) + one.failing * math.fsum(chances) + waited
    return one
