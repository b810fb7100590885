"""Roll-ups: the summary of a series in one step, mergeable in any order and grouping.

Quantiles come from a sketch of logarithmic buckets (DDSketch, Masson et al., VLDB 2019): a positive
value is known to within 2.5 %, whatever its unit, and merging two sketches adds their counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

STEPS = (10, 60, 600)
"""Seconds of a step at each level, the finest first; each divides the next."""

QUANTILES = (("p50", 0.50), ("p95", 0.95), ("p99", 0.99))
MAX_SPREAD = 60
"""Steps over which an increase since long ago is spread at most; it bounds the roll-ups of one
point. By judgement: ten minutes."""

_GAMMA = 1.05
"""Ratio of a bucket's bounds: a relative error of (γ - 1) / (γ + 1), 2.4 %."""
_PER_LOG = 1.0 / math.log(_GAMMA)
_MIDDLE = 2.0 / (_GAMMA + 1.0)
_FARTHEST = 2_000
"""Bucket numbers are clipped to ±this, which covers 1e-42 to 1e42."""
_ZERO = -10_000
"""The bucket of zero and everything below, whose value is min(0, lowest)."""


class SeriesKind(StrEnum):
    """GAUGE: mean of the values. RATE: amount per second. DISTRIBUTION: mean and quantiles."""

    GAUGE = "gauge"
    RATE = "rate"
    DISTRIBUTION = "distribution"


class SeriesOrigin(StrEnum):
    """Where a series comes from. Where both measured, readers get the one from spans."""

    METRIC = "metric"
    SPAN = "span"


class SeriesName(NamedTuple):
    system: str
    component: str
    metric: str
    kind: SeriesKind
    origin: SeriesOrigin


def bucket_of(value: float) -> int:
    """The sketch's bucket of a value that is not NaN."""
    if value <= 0.0:
        return _ZERO
    return math.ceil(max(-_FARTHEST, min(_FARTHEST, math.log(value) * _PER_LOG)))


@dataclass(slots=True)
class Rollup:
    """`count` values within [low, high] that sum to `total`; `sketch` counts per bucket."""

    count: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    sketch: dict[int, float] = field(default_factory=dict)

    def add(self, value: float, count: float = 1.0) -> None:
        """For gauges and rates: `value`, `count` times, without the sketch."""
        self.count += count
        self.total += value * count
        self.low = min(self.low, value)
        self.high = max(self.high, value)

    def observe(self, value: float, count: float = 1.0) -> None:
        """For distributions: including the sketch."""
        self.add(value, count)
        bucket = bucket_of(value)
        self.sketch[bucket] = self.sketch.get(bucket, 0.0) + count

    def merge(self, other: Rollup) -> None:
        self.count += other.count
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        for bucket, count in other.sketch.items():
            self.sketch[bucket] = self.sketch.get(bucket, 0.0) + count

    def quantiles(self) -> tuple[float, ...]:
        """One value per `QUANTILES`, within 2.5 % where positive, else at least the lowest one; NaN
        for an empty sketch."""
        total = sum(self.sketch.values())
        if not total:
            return (math.nan,) * len(QUANTILES)
        found: list[float] = []
        wanted = [share * total for _, share in QUANTILES]
        seen = 0.0
        for bucket in sorted(self.sketch):
            seen += self.sketch[bucket]
            while len(found) < len(wanted) and seen >= wanted[len(found)] - 1e-9:
                found.append(self._value(bucket))
        return tuple(found + [self.high] * (len(wanted) - len(found)))

    def _value(self, bucket: int) -> float:
        if bucket == _ZERO:
            return min(0.0, self.low)
        return min(self.high, max(self.low, _GAMMA**bucket * _MIDDLE))


Rollups = dict[tuple[SeriesName, int], Rollup]
"""By series and start of a step of `STEPS[0]` seconds, epoch seconds."""


def start_of(timestamp: float, step: int = STEPS[0]) -> int:
    """The start of the step that contains a moment."""
    return int(timestamp // step) * step


def at(rollups: Rollups, name: SeriesName, timestamp: float) -> Rollup:
    """The roll-up of a series at a moment, created when it is missing."""
    key = name, start_of(timestamp)
    found = rollups.get(key)
    if found is None:
        found = rollups[key] = Rollup()
    return found


def spread(rollups: Rollups, name: SeriesName, since: float, until: float, amount: float) -> None:
    """Spread an increase between two moments evenly over the steps between them.

    So a counter that is sent once a minute gives a steady rate, not a peak every sixth step. Beyond
    `MAX_SPREAD` steps only the newest get a share. `since` >= `until` means all of it at `until`.
    """
    step = STEPS[0]
    since = max(since, until - MAX_SPREAD * step)
    if since >= until:
        at(rollups, name, until).add(amount)
        return
    start = start_of(since)
    while start < until:
        share = (min(until, start + step) - max(since, start)) / (until - since)
        if share > 0:
            at(rollups, name, float(start)).add(amount * share)
        start += step


def merge_into(target: Rollups, rollups: Mapping[tuple[SeriesName, int], Rollup]) -> None:
    """Add all of `rollups` to `target`; the order of such calls does not matter."""
    for key, one in rollups.items():
        found = target.get(key)
        if found is None:
            found = target[key] = Rollup()
        found.merge(one)


def at_step(rollups: Rollups, step: int) -> Rollups:
    """The same at a coarser step, by merging."""
    if step == STEPS[0]:
        return rollups
    coarse: Rollups = {}
    for (name, start), one in rollups.items():
        key = name, start // step * step
        found = coarse.get(key)
        if found is None:
            found = coarse[key] = Rollup()
        found.merge(one)
    return coarse


def values_of(
    metric: str, kind: SeriesKind, step: float, rollup: tuple[float, float, Sequence[float | None]]
) -> Iterator[tuple[str, float]]:
    """The (metric, value) pairs of a roll-up with `(count, total, quantiles)`.

    A gauge and a rate have one; a distribution has `.mean` and the known quantiles. For a count of
    0 a rate is 0 and the others have none.
    """
    count, total, quantiles = rollup
    if kind is SeriesKind.RATE:
        yield metric, total / step
    elif count > 0:
        mean = total / count
        if kind is SeriesKind.GAUGE:
            yield metric, mean
            return
        yield f"{metric}.mean", mean
        for (suffix, _), value in zip(QUANTILES, quantiles, strict=True):
            if value is not None and math.isfinite(value):
                yield f"{metric}.{suffix}", value


_CALLS = (
    "http.server.request.",
    "rpc.server.",
    "db.client.operation.",
    "messaging.client.operation.",
    "messaging.process.",
)


def call_statistic(metric: str) -> str | None:
    """The statistic of the calls to its component that a roll-up is, whatever their protocol; None
    for any other metric.

    >>> call_statistic("db.client.operation.duration.p95"), call_statistic("queue.length")
    ('duration.p95', None)
    """
    return next((metric.removeprefix(c) for c in _CALLS if metric.startswith(c)), None)


_BY_CALLERS = ("db.client.operation.", "messaging.client.operation.")


def is_client_side(metric: str) -> bool:
    """Whether a statistic of calls to a component is measured by those who call it."""
    return metric.startswith(_BY_CALLERS)


_OWN_CALLS = ("http.client.request.", "rpc.client.")


def statistic_of_calls(metric: str) -> str | None:
    """As `call_statistic`, also of the calls that its component makes.

    >>> statistic_of_calls("http.client.request.error_ratio"), call_statistic("rpc.client.duration")
    ('error_ratio', None)
    """
    own = next((metric.removeprefix(c) for c in _OWN_CALLS if metric.startswith(c)), None)
    return call_statistic(metric) or own


_AMOUNT_OF = ("duration", "latency", "time")


def rate_name(metric: str) -> str:
    """The name of the rate at which a distribution is observed: `http.server.request.rate` for
    `http.server.request.duration`, since many requests are not a long duration.

    >>> rate_name("http.server.request.duration"), rate_name("queue.size")
    ('http.server.request.rate', 'queue.size.rate')
    """
    head, _, last = metric.rpartition(".")
    return f"{head if head and last in _AMOUNT_OF else metric}.rate"


def exposed(names: Iterable[SeriesName]) -> set[tuple[str, str, str]]:
    """(system, component, metric) of every series that these roll-ups provide to readers."""
    return {
        (name.system, name.component, metric)
        for name in names
        for metric, _ in values_of(name.metric, name.kind, 1.0, (1.0, 1.0, (1.0,) * 3))
    }


def is_rate(metric: str) -> bool:
    """Whether a metric is a rate that was counted here: by `rate_name`, or of log lines."""
    return metric.endswith(".rate")
