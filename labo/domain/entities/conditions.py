"""Conditions: testable statements such as *latency high on a database*, and how far it is so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np

from labo.domain.entities.keys import digest
from labo.domain.entities.series import FloatArray

MAX_DEVIATION = 10.0
RELATIVE_FLOOR = 0.01


class Direction(StrEnum):
    """How a metric deviates; `FLAT` comes with imported knowledge alone."""

    HIGH = "high"
    LOW = "low"
    ABSENT = "absent"
    FLAT = "flat"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Condition:
    """`metric` (a metric kind) goes `direction` on a component of `role`; names no component."""

    key: str
    metric: str
    direction: Direction
    role: str


@lru_cache(maxsize=65_536)
def condition_key(role: str, metric: str, direction: Direction) -> str:
    """The same predicate on the same role is the same condition in every system."""
    return digest("condition", role, metric, direction.value, length=24)


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
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[a-z]?\d+[a-z]*")


def metric_words(metric: str) -> tuple[str, ...]:
    """A metric name's lower-case words: `http.server.requestDuration` → http, server, ..."""
    return tuple(word.lower() for word in re.findall(r"p\d+|\dxx|" + _WORD.pattern, metric))


@lru_cache(maxsize=4096)
def harm(metric: str) -> int:
    """The direction in which a metric hurts: +1 high, -1 low, 0 either (or its name is silent).

    >>> harm("latency_p99"), harm("availability_Average"), harm("requests_Sum")
    (1, -1, 0)
    """
    words = metric_words(metric)
    if any(word in _HARMFUL_LOW for word in words) and "miss" not in words:
        return -1
    return 1 if any(word in _HARMFUL_HIGH for word in words) else 0


def scale_of(before: FloatArray) -> tuple[float, float]:
    """(median, scale) of the finite values; scale = max(IQR, std/4, 1 % of |median|)."""
    known = before[np.isfinite(before)]
    if known.size == 0:
        return float("nan"), 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        low, median, high = np.percentile(known, [25.0, 50.0, 75.0])
        scale = max(high - low, float(known.std()) / 4, RELATIVE_FLOOR * abs(median))
    return float(median), float(scale) if np.isfinite(scale) else float(np.ptp(known / 2))


def deviation(before: FloatArray, during: FloatArray) -> float:
    """Robust deviation of `during` from `before`, in [-10, 10]; NaN when either is unknown.

    (median during - median before) / max(IQR, std/4, 1 % of |median|) over the finite values;
    a scale of 0 gives ±10 when the medians differ, else 0. So constant series work, and the unit
    (bytes or MB) does not matter (design: causality, section 1).

    >>> deviation(np.array([1.0, 1.0, 1.0]), np.array([2.0]))
    10.0
    """
    known = during[np.isfinite(during)]
    median, scale = scale_of(before)
    if known.size == 0 or not np.isfinite(median):
        return float("nan")
    difference = float(np.median(known)) - median
    if difference == 0:
        return 0.0
    ratio = difference / scale if scale > 0 else np.inf * np.sign(difference)
    return float(np.clip(ratio, -MAX_DEVIATION, MAX_DEVIATION))


def is_flat(before: FloatArray, during: FloatArray, *, min_samples: int = 5) -> bool:
    """Whether a series that used to vary stands still: `min_samples` equal values or more."""
    known = during[np.isfinite(during)]
    past = before[np.isfinite(before)]
    if known.size < min_samples or past.size < min_samples or np.ptp(known) > 0:
        return False
    low, high = np.percentile(past, [25.0, 75.0])
    return bool(high > low and np.unique(past).size > past.size / 2)
