"""OTLP requests that are small on the wire and large in memory, unpacked, by kind."""

from __future__ import annotations

import json
from collections.abc import Callable

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from labo.adapters.otlp.shapes import Signal

BODY_BYTES = 5_000_000
AT = 1_795_995_000
_NANOS = 10**9

Request = tuple[Signal, bytes, bool]
"""The signal, the body, and whether it is JSON."""
Kind = Callable[[int], Request]
"""The request of a number, which makes it unlike the others of its kind."""


def _traces(
    spans: int, number: int, *, kind: int = 2, is_error: bool = False
) -> tuple[ExportTraceServiceRequest, list[tuple[Resource, Span]]]:
    """A request of so many spans, and each with its resource."""
    request = ExportTraceServiceRequest()
    made = []
    for index in range(spans):
        scope = request.resource_spans.add()
        scope.resource.attributes.add(key="service.name").value.string_value = "web"
        span = scope.scope_spans.add().spans.add(
            trace_id=(number * 100_000 + index + 1).to_bytes(16, "big"),
            span_id=(index + 1).to_bytes(8, "big"),
            kind=kind,
            start_time_unix_nano=AT * _NANOS,
            end_time_unix_nano=(AT + 1) * _NANOS,
        )
        span.status.code = 2 if is_error else 0  # type: ignore[assignment]
        made.append((scope.resource, span))
    return request, made


def _with(
    number: int, spans: int, attributes: int, length: int, *, is_error: bool = False
) -> Request:
    request, made = _traces(spans, number, is_error=is_error)
    for index, (_, span) in enumerate(made):
        for name in range(attributes):
            text = f"{number}-{index}-" + "x" * length
            span.attributes.add(key=f"a{name}").value.string_value = text
    return Signal.TRACES, request.SerializeToString(), False


def usual(number: int) -> Request:
    """Spans as an SDK sends them."""
    return _with(number, 50, 8, 20)


def many_attributes(number: int) -> Request:
    """One span of hundred thousands of attributes."""
    return _with(number, 1, 150_000, 1)


def long_values(number: int) -> Request:
    """Failed spans of attributes of 100 kB."""
    return _with(number, 40, 1, 100_000, is_error=True)


def small_spans(number: int) -> Request:
    """As many spans as a request may have, with nothing but ids."""
    return _with(number, 20_000, 0, 0)


def calls(number: int) -> Request:
    """Calls of ever other peers by long addresses."""
    request, made = _traces(4_000, number, kind=3)
    for index, (_, span) in enumerate(made):
        for key in ("server.address", "url.full", "db.namespace", "http.route"):
            span.attributes.add(key=key).value.string_value = f"{number}-{index}-" + "x" * 250
    return Signal.TRACES, request.SerializeToString(), False


def resources(number: int) -> Request:
    """Ever other services, each with long labels."""
    request, made = _traces(3_000, number)
    for index, (emitter, _) in enumerate(made):
        emitter.attributes[0].value.string_value = f"{number}-{index}-" + "x" * 300
        for key in ("k8s.deployment.name", "host.name", "service.version", "other"):
            emitter.attributes.add(key=key).value.string_value = "y" * 250
    return Signal.TRACES, request.SerializeToString(), False


def counters(number: int) -> Request:
    """Ever other histograms of many buckets."""
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    for index in range(150):
        metric = scope.metrics.add(name=f"{number}-{index}-" + "m" * 180)
        metric.histogram.aggregation_temporality = 2  # type: ignore[assignment]
        point = metric.histogram.data_points.add(count=2_000, sum=1.0)
        point.bucket_counts.extend([1] * 1_900)
        point.explicit_bounds.extend(float(bound) for bound in range(1_899))
        point.start_time_unix_nano, point.time_unix_nano = (AT - 60) * _NANOS, AT * _NANOS
    return Signal.METRICS, request.SerializeToString(), False


def gauges(number: int) -> Request:
    """Ever other metrics with kept attributes."""
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    for index in range(10_000):
        metric = scope.metrics.add(name=f"{number}-{index}-" + "m" * 180)
        point = metric.gauge.data_points.add(as_int=1, time_unix_nano=AT * _NANOS)
        point.attributes.add(key="state").value.string_value = "s" * 200
    return Signal.METRICS, request.SerializeToString(), False


def increases(number: int) -> Request:
    """Ever other counters, each increase spread over ten minutes."""
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    for index in range(2_000):
        metric = scope.metrics.add(name=f"{number}-{index}")
        metric.sum.aggregation_temporality, metric.sum.is_monotonic = 1, True  # type: ignore[assignment]
        point = metric.sum.data_points.add(as_int=1, time_unix_nano=AT * _NANOS)
        point.start_time_unix_nano = (AT - 600) * _NANOS
    return Signal.METRICS, request.SerializeToString(), False


def records(number: int) -> Request:
    """Failures, each of another service and unlike the others."""
    request = ExportLogsServiceRequest()
    for index in range(2_000):
        emitter = request.resource_logs.add()
        name = f"{number}-{index}"
        emitter.resource.attributes.add(key="service.name").value.string_value = name
        record = emitter.scope_logs.add().log_records.add(severity_number=17)
        words = " ".join(f"w{chr(97 + index % 26)}{word}{chr(97 + number)}" for word in range(40))
        record.body.string_value = (
            f"ERROR failed {words}\n" + "  at some.place (code.java:1)\n" * 60
        )
        record.time_unix_nano = AT * _NANOS
    return Signal.LOGS, request.SerializeToString(), False


def long_records(number: int) -> Request:
    """Records of 400 kB."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for index in range(12):
        record = scope.log_records.add(severity_number=17)
        record.body.string_value = f"{number} {index} failed " + "some words " * 36_000
    return Signal.LOGS, request.SerializeToString(), False


def json_spans(number: int) -> Request:
    """Spans in JSON, with a letter outside ASCII."""
    request, made = _traces(1_300, number)
    for _, span in made:
        span.name = "é"
        for name in range(36):
            span.attributes.add(key=f"a{name}").value.int_value = number
    value = MessageToDict(request, use_integers_for_enums=True)
    return Signal.TRACES, json.dumps(value, ensure_ascii=False).encode(), True


def empty_messages(number: int) -> Request:
    """Millions of empty messages in protobuf."""
    del number
    return Signal.TRACES, b"\x0a\x00" * (BODY_BYTES // 2), False


def json_lists(number: int) -> Request:
    """JSON of many small values."""
    del number
    text = json.dumps({"resourceSpans": [[{}]] * 60_000}).encode()
    return Signal.TRACES, text, True


KINDS: dict[str, Kind] = {
    one.__name__: one
    for one in (
        usual, many_attributes, long_values, small_spans, calls, resources, counters, gauges,
        increases, records, long_records, json_spans, empty_messages, json_lists,
    )
}  # fmt: skip
