"""What one instrumented process exports, as OpenTelemetry's SDK would: spans, metrics, log lines.

Times are epoch seconds, chosen by the caller.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

Attributes = Mapping[str, str | int]
SERVER, CLIENT = Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT
BOUNDS = (0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000)
"""The SDK's own, which a program gets that names none; seconds all fall into the second bucket."""


@dataclass(frozen=True, slots=True)
class Call:
    """One span: what was called, from `began` to `ended`; `error` is empty where it went well."""

    name: str
    kind: Span.SpanKind.ValueType
    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    began: float
    ended: float
    attributes: Attributes
    error: str = ""


@dataclass(slots=True)
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0


@dataclass(slots=True)
class OtlpProcess:
    """Histograms are cumulative since `started`; spans and lines are exported once."""

    resource: Attributes
    started: float
    gauges: dict[str, float] = field(default_factory=dict)
    _spans: list[Span] = field(default_factory=list)
    _lines: list[LogRecord] = field(default_factory=list)
    _histograms: dict[tuple[str, tuple[tuple[str, str | int], ...]], _Histogram] = field(
        default_factory=dict
    )

    def add_span(self, call: Call) -> None:
        """A failed one has the status and the event that an exception leaves."""
        span = Span(
            name=call.name,
            kind=call.kind,
            trace_id=call.trace_id,
            span_id=call.span_id,
            parent_span_id=call.parent_id,
            start_time_unix_nano=_nanos(call.began),
            end_time_unix_nano=_nanos(call.ended),
            attributes=_pairs(call.attributes),
        )
        if call.error:
            span.status.code = Status.STATUS_CODE_ERROR
            raised = {"exception.type": "RuntimeError", "exception.message": call.error}
            span.events.add(
                name="exception",
                time_unix_nano=_nanos(call.ended),
                attributes=_pairs(raised),
            )
        self._spans.append(span)

    def add_line(self, at: float, text: str, *, is_error: bool) -> None:
        """A line of the program's log."""
        number = SeverityNumber.SEVERITY_NUMBER_INFO
        if is_error:
            number = SeverityNumber.SEVERITY_NUMBER_ERROR
        line = LogRecord(
            time_unix_nano=_nanos(at),
            observed_time_unix_nano=_nanos(at),
            severity_number=number,
            severity_text="ERROR" if is_error else "INFO",
        )
        line.body.string_value = text
        self._lines.append(line)

    def record(self, metric: str, seconds: float, attributes: Attributes) -> None:
        """One duration, into its histogram."""
        key = (metric, tuple(attributes.items()))
        histogram = self._histograms.setdefault(key, _Histogram())
        histogram.counts[bisect_left(BOUNDS, seconds)] += 1
        histogram.total += seconds

    def _take(self) -> tuple[list[Span], list[LogRecord]]:
        spans, lines, self._spans, self._lines = self._spans, self._lines, [], []
        return spans, lines

    def _metrics(self, at: float) -> Iterable[Metric]:
        metrics: dict[str, Metric] = {}
        times = {"start_time_unix_nano": _nanos(self.started), "time_unix_nano": _nanos(at)}
        for (name, attributes), histogram in self._histograms.items():
            metric = metrics.setdefault(name, Metric(name=name, unit="s"))
            metric.histogram.aggregation_temporality = (
                AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
            )
            metric.histogram.data_points.add(
                attributes=_pairs(dict(attributes)),
                count=sum(histogram.counts),
                sum=histogram.total,
                bucket_counts=histogram.counts,
                explicit_bounds=BOUNDS,
                **times,
            )
        for name, value in self.gauges.items():
            metric = metrics.setdefault(name, Metric(name=name))
            metric.gauge.data_points.add(as_double=value, time_unix_nano=_nanos(at))
        return metrics.values()


def exported(processes: Iterable[OtlpProcess], at: float) -> dict[str, bytes]:
    """One request of each signal in protobuf, as a collector would send them for these processes,
    with everything since the last export; without spans or lines there is no such request."""
    traces, metrics = ExportTraceServiceRequest(), ExportMetricsServiceRequest()
    logs = ExportLogsServiceRequest()
    for process in processes:
        resource = Resource(attributes=_pairs(process.resource))
        spans, lines = process._take()
        if spans:
            traces.resource_spans.add(resource=resource).scope_spans.add(spans=spans)
        if lines:
            logs.resource_logs.add(resource=resource).scope_logs.add(log_records=lines)
        metrics.resource_metrics.add(resource=resource).scope_metrics.add(
            metrics=process._metrics(at)
        )
    requests = {"traces": traces, "metrics": metrics, "logs": logs}
    return {signal: one.SerializeToString() for signal, one in requests.items() if one.ByteSize()}


def _pairs(attributes: Attributes) -> list[KeyValue]:
    pairs = []
    for key, value in attributes.items():
        pair = KeyValue(key=key)
        if isinstance(value, int):
            pair.value.int_value = value
        else:
            pair.value.string_value = value
        pairs.append(pair)
    return pairs


def _nanos(seconds: float) -> int:
    return int(seconds * 1e9)
