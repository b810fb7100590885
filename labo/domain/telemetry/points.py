"""Metric points to roll-ups: gauges, sums, histograms and summaries, delta or cumulative.

Cumulative values are converted to the increase since the previous point; a lower value, or a
changed start, is a restart, whose whole value is the increase. A cumulative point that is not newer
than the last one is left out. Series of one metric are merged over their attributes (see
`name_of`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import NamedTuple

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

FRESH_S = 600.0
"""Age, in seconds, up to which a new counter's first value counts as an increase since its start;
of an older one it is unknown when it was added. By judgement."""

_POINTS_OF_BUCKET = 8
"""Values into which a histogram's bucket is spread. By judgement."""

Observe = Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class Point:
    """One data point. `source` identifies the counter: sender, metric and all attributes.

    `since` is when counting began, in epoch seconds, 0 when unknown; if `is_cumulative`, the value
    counts from there, otherwise it is the increase between `since` and `timestamp`.
    """

    source: str
    system: str
    component: str
    metric: str
    timestamp: float
    since: float
    is_cumulative: bool


@dataclass(frozen=True, slots=True)
class Number:
    """A gauge (`is_sum` False: a state, also a sum that may fall) or a counter."""

    point: Point
    value: float
    is_sum: bool


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


class Counted(NamedTuple):
    """The state of a cumulative counter: its start, its newest time and its values then.

    The first of `values` is a count or an amount; `buckets` are (key, count).
    """

    since: float
    timestamp: float
    values: tuple[float, ...]
    buckets: tuple[tuple[int, float], ...] = ()


Memory = MutableMapping[str, Counted]
"""By `Point.source`."""


def name_of(metric: str, attributes: Mapping[str, str], known: dict[str, set[str]]) -> str:
    """The metric's name with the values of `KEPT_ATTRIBUTES`: `system.memory.usage.used`.

    `known` contains the names created so far per metric; beyond `MAX_VALUES` it is the plain name.
    """
    kept = [attributes[key] for key in KEPT_ATTRIBUTES if attributes.get(key)]
    if not kept:
        return metric
    name = ".".join([metric, *kept])[:200]
    names = known.setdefault(metric, set())
    if name not in names and len(names) >= MAX_VALUES:
        return metric
    names.add(name)
    return name


def add_number(rollups: Rollups, number: Number, memory: Memory) -> None:
    """Add a gauge or counter; a non-finite value is left out."""
    point = number.point
    if not math.isfinite(number.value):
        return
    if not number.is_sum:
        at(rollups, _name(point, SeriesKind.GAUGE), point.timestamp).add(number.value)
        return
    since = point.since or point.timestamp
    added: tuple[float, ...] = (number.value,)
    if point.is_cumulative:
        grown = _growth(point, added, memory)
        if grown is None:
            return
        since, added = grown
    name = _name(point, SeriesKind.RATE, rate_name(point.metric))
    spread(rollups, name, since, point.timestamp, max(0.0, added[0]))


def add_histogram(rollups: Rollups, histogram: Histogram, memory: Memory) -> None:
    """Add the distribution, the rate, and for a duration the share of errors."""
    point = histogram.point
    counts = tuple((key, count) for key, _, _, count in histogram.buckets)
    if not all(map(math.isfinite, (histogram.count, histogram.total))):
        return
    since, count, total = point.since or point.timestamp, histogram.count, histogram.total
    added = dict(counts)
    if point.is_cumulative:
        before = memory.get(point.source)
        grown = _growth(point, (count, total), memory, counts)
        if grown is None:
            return
        since, (count, total) = grown
        if before is not None and count < histogram.count:
            past = dict(before.buckets)
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
        if math.isfinite(value) and 0 <= share <= 1:
            metric = f"{point.metric}.p{share * 100:g}".replace("p99.9", "p999")
            at(rollups, _name(point, SeriesKind.GAUGE, metric), point.timestamp).add(value)
    shown = (summary.count, summary.total)
    if not all(math.isfinite(value) for value in shown):
        return
    grown = _growth(point, shown, memory)
    if grown is None:
        return
    since, (count, total) = grown
    spread(
        rollups,
        _name(point, SeriesKind.RATE, rate_name(point.metric)),
        since,
        point.timestamp,
        max(0.0, count),
    )
    if count > 0:
        name = _name(point, SeriesKind.GAUGE, f"{point.metric}.mean")
        at(rollups, name, point.timestamp).add(total / count, count)


def _growth(
    point: Point,
    values: tuple[float, ...],
    memory: Memory,
    buckets: tuple[tuple[int, float], ...] = (),
) -> tuple[float, tuple[float, ...]] | None:
    """Since when, and by how much each value increased; None when that is unknown."""
    before = memory.get(point.source)
    if before is not None and point.timestamp <= before.timestamp:
        return None
    memory[point.source] = Counted(point.since, point.timestamp, values, buckets)
    if before is None:
        if not point.since or point.timestamp - point.since > FRESH_S:
            return None
        return point.since, values
    moved = point.since > before.since and point.since >= before.timestamp
    if values[0] < before.values[0] or moved:
        return max(point.since, before.timestamp), values
    grown = tuple(now - then for now, then in zip(values, before.values, strict=True))
    return before.timestamp, grown


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
