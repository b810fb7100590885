"""Which direction of a metric does harm, by the words of its name."""

from __future__ import annotations

from labo.caching import cached_texts
from labo.domain.entities.behaviours import Behaviour, behaviour_of
from labo.domain.entities.conditions import Direction, metric_words

_HARMFUL_LOW = frozenset(
    [
        "apdex",
        "availability",
        "available",
        "free",
        "headroom",
        "healthy",
        "hit",
        "hits",
        "idle",
        "ready",
        "remaining",
        "success",
        "successes",
        "up",
        "uptime",
    ]
)
_HARMFUL_HIGH = frozenset(
    [
        "4xx",
        "500",
        "502",
        "503",
        "504",
        "5xx",
        "backlog",
        "cpu",
        "delay",
        "depth",
        "drop",
        "dropped",
        "drops",
        "duration",
        "error",
        "errors",
        "evicted",
        "evictions",
        "exception",
        "exceptions",
        "fail",
        "failed",
        "failure",
        "failures",
        "fault",
        "faults",
        "heap",
        "lag",
        "latency",
        "lock",
        "locks",
        "loss",
        "mem",
        "memory",
        "miss",
        "misses",
        "p50",
        "p75",
        "p90",
        "p95",
        "p99",
        "p999",
        "pending",
        "queue",
        "restart",
        "restarts",
        "retries",
        "retry",
        "saturation",
        "throttle",
        "throttled",
        "time",
        "timeout",
        "timeouts",
        "unavailable",
        "unexpected",
        "usage",
        "used",
        "utilisation",
        "utilization",
        "wait",
        "waiting",
    ]
)
_OBSERVED = frozenset(["delay", "duration", "latency", "time", "wait", "waiting"])
"""What is measured each time something happens: how often that is does no harm by itself."""
_HARM = frozenset({Behaviour.SLOW, Behaviour.FAILING, Behaviour.UNAVAILABLE, Behaviour.DATA_WRONG})
"""Behaviours that do harm whatever their extent. What is taken of a resource may be normal use, and
is known by the words above."""


@cached_texts(entries=4_096, longest=200)  # 4 MB at most
def harm(metric: str) -> int:
    """The harmful direction of a metric: +1 high, -1 low, 0 if either or unknown.

    >>> harm("latency_p99"), harm("availability_Average"), harm("requests_Sum")
    (1, -1, 0)
    >>> harm("db.client.connection.wait_time.rate"), harm("log.errors.rate")
    (0, 1)
    >>> harm("job_processing_seconds"), harm("probe_success")
    (1, -1)
    """
    words = metric_words(metric)
    if any(word in _HARMFUL_LOW for word in words) and "miss" not in words:
        return -1
    harmful, is_rate = _HARMFUL_HIGH.intersection(words), words[-1:] == ("rate",)
    if harmful:
        return 0 if is_rate and harmful <= _OBSERVED else 1
    if is_rate:
        return 0
    if behaviour_of(metric, Direction.HIGH).behaviour in _HARM:
        return 1
    return -1 if behaviour_of(metric, Direction.LOW).behaviour in _HARM else 0
