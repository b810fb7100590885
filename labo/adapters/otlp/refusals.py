"""Why an item of an export request is refused: per span, data point or log record.

An empty text is for one that is taken as it is. What is refused is left out when the request is
read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    SummaryDataPoint,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from labo.domain.telemetry.points import is_usable
from labo.domain.telemetry.spans.span import is_possible

Request = ExportTraceServiceRequest | ExportMetricsServiceRequest | ExportLogsServiceRequest

NOT_RECORDED = 1
MAX_BUCKETS = 2_000
"""Buckets of one histogram. SDKs have 160 at most, Prometheus' native histograms some hundreds."""
_SCALES = range(-10, 21)
"""Of exponential histograms, as the SDKs' specification bounds them."""
_MAX_EXPONENT = 332.0
"""Of 2, for `MAX_MAGNITUDE`."""
_NO_TRACE, _NO_SPAN = bytes(16), bytes(8)
MESSAGE_KEYS = ("message", "msg", "log.message", "error.message")
"""Attributes in which appenders of structured loggers put a record's text instead of its body."""
_SAYING = frozenset(
    {"exception.type", "exception.message", "exception.stacktrace", "event.name", *MESSAGE_KEYS}
)

_NO_NAME = "a metric has no name"
_NO_TEMPORALITY = "a metric has no aggregation temporality"
_NO_VALUE = "a data point has no value"
_NOT_FINITE = "a value is not finite"
_OUT_OF_RANGE = "a value is out of range"
_BUCKETS = "a histogram's buckets do not fit its bounds"
_BOUNDS = "a histogram's bounds do not rise"
_TOO_MANY_BUCKETS = f"a histogram has more than {MAX_BUCKETS} buckets"
_NO_ID = "a span's trace or span id is not valid"
_NO_BODY = "a log record has neither body nor event name nor message nor exception"
UNDATED = "a span's times are not possible, so its duration is unknown"


def usable_span(trace_id: bytes, span_id: bytes) -> bool:
    """Ids of the right length that are not all zero (W3C Trace Context)."""
    return (
        len(trace_id) == 16 and len(span_id) == 8 and trace_id != _NO_TRACE and span_id != _NO_SPAN
    )


def remarks(request: Request) -> Iterator[str]:
    """Per item why it is refused; `UNDATED` for a span that is taken without its duration."""
    if isinstance(request, ExportTraceServiceRequest):
        yield from map(_span_remark, spans_of(request))
    elif isinstance(request, ExportMetricsServiceRequest):
        for resource in request.resource_metrics:
            for metrics in resource.scope_metrics:
                for metric in metrics.metrics:
                    yield from refused_metric(metric)
    else:
        for logs in request.resource_logs:
            for scope in logs.scope_logs:
                for record in scope.log_records:
                    yield "" if _says_something(record) else _NO_BODY


def spans_of(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            yield from scope.spans


def _span_remark(span: Span) -> str:
    if not usable_span(span.trace_id, span.span_id):
        return _NO_ID
    return "" if is_possible(span.start_time_unix_nano, span.end_time_unix_nano) else UNDATED


def refused_metric(metric: Metric) -> Iterator[str]:
    """Per data point why it is refused. A point that says itself that nothing was recorded is
    taken."""
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    data = getattr(metric, kind)
    general = "" if metric.name else _NO_NAME
    if not general and not getattr(data, "aggregation_temporality", True):
        general = _NO_TEMPORALITY
    for point in data.data_points:
        if general or point.flags & NOT_RECORDED:
            yield general
        elif isinstance(point, NumberDataPoint):
            yield _refused_number(point.WhichOneof("value"), point.as_double)
        elif isinstance(point, HistogramDataPoint):
            yield _refused_sum(point) or _refused_explicit(point)
        elif isinstance(point, ExponentialHistogramDataPoint):
            yield _refused_sum(point) or _refused_exponential(point)
        else:
            yield _refused_summary(point)


def _refused_number(which: str | None, value: float) -> str:
    if which is None:
        return _NO_VALUE
    if which == "as_int" or is_usable(value):
        return ""
    return _OUT_OF_RANGE if math.isfinite(value) else _NOT_FINITE


def _refused_sum(point: HistogramDataPoint | ExponentialHistogramDataPoint) -> str:
    """A sum that is not finite is read as none: it may be NaN where values are negative."""
    return _OUT_OF_RANGE if math.isfinite(point.sum) and not is_usable(point.sum) else ""


def _refused_explicit(point: HistogramDataPoint) -> str:
    counts, bounds = point.bucket_counts, point.explicit_bounds
    if not counts:
        return ""
    if len(counts) > MAX_BUCKETS:
        return _TOO_MANY_BUCKETS
    if len(counts) != len(bounds) + 1:
        return _BUCKETS
    if not all(map(is_usable, bounds)):
        return _OUT_OF_RANGE if all(map(math.isfinite, bounds)) else _NOT_FINITE
    return "" if _rises(bounds) else _BOUNDS


def _rises(bounds: Iterable[float]) -> bool:
    return all(low < high for low, high in pairwise(bounds))


def _refused_exponential(point: ExponentialHistogramDataPoint) -> str:
    if point.scale not in _SCALES:
        return _OUT_OF_RANGE
    for buckets in (point.positive, point.negative):
        counts = buckets.bucket_counts
        if len(counts) > MAX_BUCKETS:
            return _TOO_MANY_BUCKETS
        last = max((number for number, count in enumerate(counts, 1) if count), default=0)
        if last and (buckets.offset + last) * 2.0**-point.scale > _MAX_EXPONENT:
            return _OUT_OF_RANGE
    return ""


def _refused_summary(point: SummaryDataPoint) -> str:
    if not math.isfinite(point.sum):
        return _NOT_FINITE
    return "" if is_usable(point.sum) else _OUT_OF_RANGE


def _says_something(record: LogRecord) -> bool:
    kind = record.body.WhichOneof("value")
    if kind in ("array_value", "kvlist_value"):
        if getattr(record.body, kind).values:
            return True
    elif kind is not None and (kind != "string_value" or record.body.string_value):
        return True
    said = (one.value for one in record.attributes if one.key in _SAYING)
    return bool(record.event_name) or any(
        value.string_value or value.WhichOneof("value") not in (None, "string_value")
        for value in said
    )
