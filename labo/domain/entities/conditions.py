"""Conditions: testable statements such as *latency high on a database*."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from labo.caching import cached_texts
from labo.domain.entities.keys import digest


class Direction(StrEnum):
    """How a metric deviates; `FLAT` comes with imported knowledge alone."""

    HIGH = "high"
    LOW = "low"
    ABSENT = "absent"
    FLAT = "flat"
    CHANGED = "changed"


_DIRECTIONS = frozenset(direction.value for direction in Direction)


@dataclass(frozen=True, slots=True)
class Condition:
    """`metric` (a metric kind) goes `direction` on a component of `role`; names no component."""

    key: str
    metric: str
    direction: Direction
    role: str


@cached_texts(entries=4_096, longest=200)  # 4 MB at most
def condition_key(role: str, metric: str, direction: Direction) -> str:
    """The same predicate on the same role is the same condition in every system."""
    return digest("condition", role, metric, direction.value, length=24)


def state_key(metric: str, direction: str) -> str:
    """The state of a metric on one component: `latency:high`."""
    return f"{metric}:{direction}"


def metric_and_direction(state: str) -> tuple[str, Direction] | None:
    """The parts of a `state_key`; None for any other text, such as `normal`.

    >>> metric_and_direction("job:rate:high"), metric_and_direction("normal")
    (('job:rate', <Direction.HIGH: 'high'>), None)
    """
    metric, _, direction = state.rpartition(":")
    return (metric, Direction(direction)) if metric and direction in _DIRECTIONS else None


def condition(role: str, metric: str, direction: Direction) -> Condition:
    """The condition with its key."""
    return Condition(condition_key(role, metric, direction), metric, direction, role)


_HARMFUL_LOW = frozenset(
    [
        "availability",
        "available",
        "success",
        "successes",
        "uptime",
        "up",
        "healthy",
        "hit",
        "hits",
        "ready",
        "free",
        "idle",
        "apdex",
        "headroom",
        "remaining",
    ]
)
_HARMFUL_HIGH = frozenset(
    [
        "latency",
        "duration",
        "time",
        "delay",
        "wait",
        "waiting",
        "error",
        "errors",
        "fail",
        "failed",
        "failure",
        "failures",
        "fault",
        "faults",
        "exception",
        "exceptions",
        "timeout",
        "timeouts",
        "retry",
        "retries",
        "drop",
        "dropped",
        "drops",
        "loss",
        "lag",
        "queue",
        "backlog",
        "depth",
        "pending",
        "saturation",
        "usage",
        "used",
        "utilization",
        "utilisation",
        "cpu",
        "memory",
        "mem",
        "heap",
        "throttle",
        "throttled",
        "restart",
        "restarts",
        "evicted",
        "evictions",
        "lock",
        "locks",
        "miss",
        "misses",
        "unavailable",
        "unexpected",
        "5xx",
        "4xx",
        "500",
        "502",
        "503",
        "504",
        "p50",
        "p75",
        "p90",
        "p95",
        "p99",
        "p999",
    ]
)
_OBSERVED = frozenset({"latency", "duration", "time", "delay", "wait", "waiting"})
"""What is measured each time something happens: how often that is does no harm by itself."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[a-z]?\d+[a-z]*")


def metric_words(metric: str) -> tuple[str, ...]:
    """A metric name's lower-case words: `http.server.requestDuration` → http, server, ..."""
    return tuple(word.lower() for word in re.findall(r"p\d+|\dxx|" + _WORD.pattern, metric))


@cached_texts(entries=4_096, longest=200)  # 4 MB at most
def harm(metric: str) -> int:
    """The harmful direction of a metric: +1 high, -1 low, 0 if either or unknown.

    >>> harm("latency_p99"), harm("availability_Average"), harm("requests_Sum")
    (1, -1, 0)
    >>> harm("db.client.connection.wait_time.rate"), harm("log.errors.rate")
    (0, 1)
    """
    words = metric_words(metric)
    if any(word in _HARMFUL_LOW for word in words) and "miss" not in words:
        return -1
    harmful = _HARMFUL_HIGH.intersection(words)
    return 0 if not harmful or (words[-1] == "rate" and harmful <= _OBSERVED) else 1
