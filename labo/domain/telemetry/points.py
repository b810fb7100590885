"""Metric points to roll-ups: gauges, sums, histograms and summaries, delta or cumulative.

Cumulative values are converted to increases (see `counters`); a cumulative point that is not newer
than the last one of its stream is left out. Series of one metric are merged over their attributes
(see `name_of`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from labo.domain.telemetry.counters import Memory, Point, growth, level, packed
from labo.domain.telemetry.rollups import (
    Rollups,
    SeriesKind,
    SeriesName,
    SeriesOrigin,
    at,
    rate_name,
    spread,
)

KEPT_ATTRIBUTES = (
    "cpu.mode",
    "cpu.state",
    "db.client.connection.state",
    "direction",
    "disk.io.direction",
    "jvm.memory.type",
    "network.io.direction",
    "state",
    "system.cpu.state",
    "system.filesystem.state",
    "system.memory.state",
    "type",
)
"""Attributes whose values become part of the metric's name; all others are merged."""

MAX_VALUES = 20
"""Names per metric that such attributes may create; further values use the metric's own name. It
bounds the number of series. By judgement."""

MAX_METRICS = 500
"""Metrics that may have such names. It bounds memory. By judgement."""

MAX_MAGNITUDE = 1e100
"""Of any number from outside: what is squared or summed of such numbers stays finite."""

_POINTS_OF_BUCKET = 8
"""Values into which a histogram's bucket is spread. By judgement."""

Observe = Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class Number:
    """A counter (`is_sum`), or a state: a gauge, or a sum that may fall. `is_change`: the value is
    by how much such a sum changed."""

    point: Point
    value: float
    is_sum: bool
    is_change: bool = False


@dataclass(frozen=True, slots=True)
class Histogram:
    """`buckets` are (key, low, high, count), not cumulative over each other; the key identifies the
    same bucket of two points. `failed`: by its attributes, the measured operations failed."""

    point: Point
    count: float
    total: float
    buckets: tuple[tuple[int, float, float, float], ...]
    failed: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Count and sum are cumulative; `quantiles` are (share, value) of the recent past."""

    point: Point
    count: float
    total: float
    quantiles: tuple[tuple[float, float], ...]


def name_of(metric: str, attributes: Mapping[str, str], known: dict[str, set[str]]) -> str:
    """The metric's name with the values of `KEPT_ATTRIBUTES`: `system.memory.usage.used`.

    `known` contains the names created so far per metric; beyond `MAX_VALUES`, and of metrics beyond
    `MAX_METRICS`, it is the plain name.
    """
    kept = [attributes[key] for key in KEPT_ATTRIBUTES if attributes.get(key)]
    if not kept:
        return metric
    name = ".".join([metric, *kept])[:200]
    if metric not in known and len(known) >= MAX_METRICS:
        return metric
    names = known.setdefault(metric, set())
    if name not in names and len(names) >= MAX_VALUES:
        return metric
    names.add(name)
    return name


def add_number(rollups: Rollups, number: Number, memory: Memory) -> None:
    """Add a gauge or counter; a value that is no number or out of range is left out."""
    point = number.point
    if not is_usable(number.value):
        return
    if not number.is_sum:
        value = level(point, number.value, memory) if number.is_change else number.value
        at(rollups, _name(point, SeriesKind.GAUGE), point.timestamp).add(value)
        return
    since, added = point.since or point.timestamp, number.value
    if point.is_cumulative:
        grown = growth(point, (number.value,), memory)
        if grown is None:
            return
        since, (added,) = grown.since, grown.values
    name = _name(point, SeriesKind.RATE, rate_name(point.metric))
    spread(rollups, name, since, point.timestamp, max(0.0, added))


def is_usable(value: float) -> bool:
    """Whether it can be computed with: neither NaN nor beyond `MAX_MAGNITUDE`."""
    return -MAX_MAGNITUDE <= value <= MAX_MAGNITUDE


def add_histogram(rollups: Rollups, histogram: Histogram, memory: Memory) -> None:
    """Add the distribution, the rate, and for a duration the share of errors."""
    point = histogram.point
    counts = tuple((key, count) for key, _, _, count in histogram.buckets)
    since, count, total = point.since or point.timestamp, histogram.count, histogram.total
    if not all(map(is_usable, (count, total))):
        return
    added = dict(counts)
    if point.is_cumulative:
        grown = growth(point, (count, total), memory, packed(counts))
        if grown is None:
            return
        since, (count, total), past = grown
        added = {key: max(0.0, now - past.get(key, 0.0)) for key, now in counts}
    rate = _name(point, SeriesKind.RATE, rate_name(point.metric))
    spread(rollups, rate, since, point.timestamp, max(0.0, count))
    if count > 0:
        _observe(rollups, histogram, added, count, total)


def _observe(
    rollups: Rollups, histogram: Histogram, added: Mapping[int, float], count: float, total: float
) -> None:
    point = histogram.point
    rollup = at(rollups, _name(point, SeriesKind.DISTRIBUTION), point.timestamp)
    known = sum(added.values())
    if known > 0:
        before = rollup.count, rollup.total
        for key, low, high, _ in histogram.buckets:
            _fill(rollup.observe, low, high, added[key] * count / known)
        # The sender's count and sum are more precise than its buckets.
        rollup.count, rollup.total = before[0] + count, before[1] + total
    else:
        rollup.observe(total / count, count)
    head, _, last = point.metric.rpartition(".")
    if last == "duration":
        name = _name(point, SeriesKind.GAUGE, f"{head}.error_ratio")
        at(rollups, name, point.timestamp).add(1.0 if histogram.failed else 0.0, count)


def add_summary(rollups: Rollups, summary: Summary, memory: Memory) -> None:
    """Add the rate, the mean, and the quantiles as separate gauges, since they cannot be merged."""
    point = summary.point
    for share, value in summary.quantiles:
        if is_usable(value) and 0 <= share <= 1:
            metric = f"{point.metric}.p{share * 100:g}".replace("p99.9", "p999")
            at(rollups, _name(point, SeriesKind.GAUGE, metric), point.timestamp).add(value)
    if not (is_usable(summary.count) and is_usable(summary.total)):
        return
    grown = growth(point, (summary.count, summary.total), memory)
    if grown is None:
        return
    count, total = grown.values
    rate = _name(point, SeriesKind.RATE, rate_name(point.metric))
    spread(rollups, rate, grown.since, point.timestamp, max(0.0, count))
    if count > 0:
        name = _name(point, SeriesKind.GAUGE, f"{point.metric}.mean")
        at(rollups, name, point.timestamp).add(total / count, count)


def _fill(observe: Observe, low: float, high: float, count: float) -> None:
    """Observe a bucket's values, assumed to be evenly spread over it."""
    if count <= 0:
        return
    parts = int(min(_POINTS_OF_BUCKET, math.ceil(count))) if high > low else 1
    for part in range(parts):
        observe(low + (high - low) * (part + 0.5) / parts, count / parts)


def _name(point: Point, kind: SeriesKind, metric: str | None = None) -> SeriesName:
    return SeriesName(
        point.system, point.component, metric or point.metric, kind, SeriesOrigin.METRIC
    )
