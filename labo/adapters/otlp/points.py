"""Metric points of a request as `labo.domain.telemetry.points` values."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    SummaryDataPoint,
)

from labo.adapters.otlp.refusals import NOT_RECORDED, refused_metric
from labo.adapters.otlp.resources import Services, attributes_of
from labo.domain.telemetry.counters import Point
from labo.domain.telemetry.points import Histogram, Number, Summary, is_usable, name_of
from labo.domain.telemetry.rollups import bucket_of
from labo.domain.telemetry.spans.span import (
    EARLIEST_S,
    MAX_AHEAD_S,
    MAX_NAME,
    NANOS,
    Service,
    Value,
)

_CUMULATIVE = 2
_MAX_QUANTILES = 100
_FAILED_FROM = 500

DataPoint = NumberDataPoint | HistogramDataPoint | ExponentialHistogramDataPoint | SummaryDataPoint
Names = dict[str, set[str]]
Buckets = tuple[tuple[int, float, float, float], ...]


def read_points(
    request: ExportMetricsServiceRequest,
    services: Services,
    header: str,
    received_at: float,
    names: Names,
) -> Iterator[tuple[Service, Number | Histogram | Summary]]:
    """Every usable point; `names` holds the names that attributes made so far, per metric."""
    for resource_metrics in request.resource_metrics:
        service, instance = services.of(resource_metrics.resource, header)
        for scope in resource_metrics.scope_metrics:
            for metric in scope.metrics:
                source = _Source(service, f"{instance}:{scope.scope.name}", received_at, names)
                for one in _read(metric, source):
                    yield service, one


class _Source:
    """Who sent a metric, and what that makes of its points' names and times."""

    def __init__(self, service: Service, instance: str, received_at: float, names: Names) -> None:
        self._service = service
        self._instance = instance
        self._received_at = received_at
        self._names = names

    def point(
        self, metric: str, kind: str, point: DataPoint, attributes: dict[str, Value], *, total: bool
    ) -> Point:
        texts = {key: str(value) for key, value in attributes.items()}
        framed = "\0".join(f"{key}\0{texts[key]}" for key in sorted(texts))
        identity = f"{self._instance}\0{metric}\0{kind}\0{framed}"
        since = point.start_time_unix_nano / NANOS
        timestamp = point.time_unix_nano / NANOS
        if not EARLIEST_S <= timestamp <= self._received_at + MAX_AHEAD_S:
            timestamp = self._received_at
        return Point(
            source=hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:32],
            system=self._service.system,
            component=self._service.component,
            metric=name_of(metric[:MAX_NAME], texts, self._names),
            timestamp=timestamp,
            since=since if EARLIEST_S <= since <= timestamp else 0.0,
            is_cumulative=total,
        )


def _read(metric: Metric, source: _Source) -> Iterator[Number | Histogram | Summary]:
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    data = getattr(metric, kind)
    total = getattr(data, "aggregation_temporality", _CUMULATIVE) == _CUMULATIVE
    for point, refused in zip(data.data_points, refused_metric(metric), strict=True):
        if refused or point.flags & NOT_RECORDED:
            continue
        attributes = attributes_of(point.attributes)
        named = source.point(metric.name, kind, point, attributes, total=total)
        if isinstance(point, NumberDataPoint):
            value = point.as_double if point.WhichOneof("value") == "as_double" else point.as_int
            is_sum = kind == "sum" and metric.sum.is_monotonic
            is_change = kind == "sum" and not (is_sum or total)
            yield Number(named, float(value), is_sum, is_change)
        elif isinstance(point, SummaryDataPoint):
            quantiles = point.quantile_values[:_MAX_QUANTILES]
            shares = tuple((one.quantile, one.value) for one in quantiles)
            yield Summary(named, float(point.count), point.sum, shares)
        else:
            explicit = isinstance(point, HistogramDataPoint)
            buckets = _explicit(point) if explicit else _exponential(point)
            has_sum = point.HasField("sum") and math.isfinite(point.sum)
            total_sum = point.sum if has_sum else math.fsum(_middles(buckets))
            failed = _failed(attributes)
            yield Histogram(named, float(point.count), total_sum, buckets, failed)


def _failed(attributes: dict[str, Value]) -> bool:
    if attributes.get("error.type"):
        return True
    code = attributes.get("http.response.status_code") or attributes.get("http.status_code")
    return isinstance(code, int) and code >= _FAILED_FROM


def _explicit(point: HistogramDataPoint) -> Buckets:
    """All buckets by their index."""
    bounds = list(point.explicit_bounds)
    if not bounds:
        return ()
    has_min = point.HasField("min") and is_usable(point.min)
    has_max = point.HasField("max") and is_usable(point.max)
    lowest = point.min if has_min else min(0.0, bounds[0])
    highest = point.max if has_max else bounds[-1]
    edges = [min(lowest, bounds[0]), *bounds, max(highest, bounds[-1])]
    return tuple(
        (bucket, edges[bucket], edges[bucket + 1], float(count))
        for bucket, count in enumerate(point.bucket_counts)
    )


def _exponential(point: ExponentialHistogramDataPoint) -> Buckets:
    """(base^i, base^(i+1)] with base 2^(2^-scale), brought to buckets that stay the same when
    the sender changes its scale; zeros and negative values in one."""
    width = 2.0**-point.scale
    found: dict[int, tuple[float, float, float]] = {}
    negative = sum(point.negative.bucket_counts)
    if point.zero_count or negative:
        found[bucket_of(0.0)] = (0.0, 0.0, float(point.zero_count + negative))
    for bucket, count in enumerate(point.positive.bucket_counts):
        if not count:
            continue
        low = _power((point.positive.offset + bucket) * width)
        high = _power((point.positive.offset + bucket + 1) * width)
        key = bucket_of((low + high) / 2)
        before = found.get(key, (low, high, 0.0))
        found[key] = min(low, before[0]), max(high, before[1]), before[2] + count
    return tuple((key, *found[key]) for key in sorted(found))


def _power(exponent: float) -> float:
    """Not so small that it would be 0; an exponent too large was refused."""
    return float(2.0 ** max(-1_000.0, exponent))


def _middles(buckets: Buckets) -> Iterator[float]:
    return ((low + high) / 2 * count for _, low, high, count in buckets)
