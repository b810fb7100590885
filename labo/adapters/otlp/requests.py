"""Export requests of the three signals: decoding, counting what is refused, answering.

JSON is the OTLP mapping and not protobuf's own: trace and span ids are hexadecimal, while
`json_format` takes them for base64, so they are brought to base64 before it sees them.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from google.protobuf.json_format import MessageToJson, ParseDict, ParseError
from google.protobuf.message import DecodeError, Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from labo.errors import InvalidInput

Request = ExportTraceServiceRequest | ExportMetricsServiceRequest | ExportLogsServiceRequest

_INVALID_ARGUMENT = 3
_ID_LENGTHS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}
_SNAKE = {"trace_id": "traceId", "span_id": "spanId", "parent_span_id": "parentSpanId"}
_NOT_RECORDED = 1
_NO_TRACE, _NO_SPAN = bytes(16), bytes(8)


class Signal(StrEnum):
    TRACES = "traces"
    METRICS = "metrics"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that can be stored: `body` in protobuf, `items` in all, of which `rejected` are
    left out when it is read, for `reason`."""

    signal: Signal
    body: bytes
    items: int
    rejected: int
    reason: str


def check(signal: Signal, body: bytes, *, is_json: bool) -> Checked:
    """Decode and count. Raises InvalidInput for what is not an export request."""
    request = _from_json(signal, body) if is_json else decode(signal, body)
    reasons: dict[str, int] = {}
    items = 0
    for reason in _refused(request):
        items += 1
        if reason:
            reasons[reason] = reasons.get(reason, 0) + 1
    text = "; ".join(f"{reason}: {count}" for reason, count in sorted(reasons.items()))
    content = request.SerializeToString() if is_json else body
    return Checked(signal, content, items, sum(reasons.values()), text)


def decode(signal: Signal, body: bytes) -> Request:
    """Raises InvalidInput."""
    request = _REQUESTS[signal]()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise InvalidInput(f"no {signal.value} in protobuf: {error}", where="body") from error
    return request


def answer(checked: Checked, *, is_json: bool) -> bytes:
    """The export response; it has a partial success only when something was refused."""
    response: Message
    match checked.signal:
        case Signal.TRACES:
            response = traces = ExportTraceServiceResponse()
            if checked.rejected:
                traces.partial_success.rejected_spans = checked.rejected
                traces.partial_success.error_message = checked.reason
        case Signal.METRICS:
            response = metrics = ExportMetricsServiceResponse()
            if checked.rejected:
                metrics.partial_success.rejected_data_points = checked.rejected
                metrics.partial_success.error_message = checked.reason
        case Signal.LOGS:
            response = logs = ExportLogsServiceResponse()
            if checked.rejected:
                logs.partial_success.rejected_log_records = checked.rejected
                logs.partial_success.error_message = checked.reason
    return _encoded(response, is_json=is_json)


def failure(message: str, *, code: int = _INVALID_ARGUMENT, is_json: bool) -> bytes:
    """A `google.rpc.Status`."""
    text = message.encode("utf-8", "replace").decode("utf-8")
    return _encoded(Status(code=code, message=text), is_json=is_json)


def usable_span(trace_id: bytes, span_id: bytes) -> bool:
    """Ids of the right length that are not all zero (W3C Trace Context)."""
    return (
        len(trace_id) == 16 and len(span_id) == 8 and trace_id != _NO_TRACE and span_id != _NO_SPAN
    )


def refused_metric(metric: Metric) -> Iterator[str]:
    """Per data point why it is refused, an empty text for one that is taken."""
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    unnamed = "" if metric.name else "a metric has no name"
    for point in getattr(metric, kind).data_points:
        if unnamed or point.flags & _NOT_RECORDED:
            yield unnamed
        elif kind in ("gauge", "sum"):
            yield _refused_number(point.WhichOneof("value"), point.as_double)
        elif kind == "histogram" and point.bucket_counts:
            whole = len(point.bucket_counts) == len(point.explicit_bounds) + 1
            yield "" if whole else "a histogram's buckets do not fit its bounds"
        else:
            yield ""


def _refused_number(which: str | None, value: float) -> str:
    if which is None:
        return "a data point has no value"
    return "" if which == "as_int" or math.isfinite(value) else "a value is not finite"


def _refused(request: Request) -> Iterator[str]:
    """Per span, data point or log record why it is refused, empty for one that is taken."""
    if isinstance(request, ExportTraceServiceRequest):
        return _refused_spans(request)
    if isinstance(request, ExportMetricsServiceRequest):
        return _refused_points(request)
    return _refused_records(request)


def _refused_spans(request: ExportTraceServiceRequest) -> Iterator[str]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                fine = usable_span(span.trace_id, span.span_id)
                yield "" if fine else "a span's trace or span id is not valid"


def _refused_points(request: ExportMetricsServiceRequest) -> Iterator[str]:
    for resource in request.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                yield from refused_metric(metric)


def _refused_records(request: ExportLogsServiceRequest) -> Iterator[str]:
    for resource in request.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                fine = record.HasField("body") or bool(record.event_name)
                yield "" if fine else "a log record has neither body nor event name"


_REQUESTS: dict[Signal, Callable[[], Request]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
}


def _from_json(signal: Signal, body: bytes) -> Request:
    try:
        value = json.loads(body)
        if not isinstance(value, dict):
            raise InvalidInput("an object is expected", where="body")
        _ids_to_base64(value)
        return ParseDict(value, _REQUESTS[signal](), ignore_unknown_fields=True)
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise InvalidInput(f"invalid JSON: {error.msg}", where=position) from error
    except RecursionError as error:
        raise InvalidInput("nested too deeply", where="body") from error
    except (
        *(ParseError, ValueError, TypeError, AttributeError, KeyError, OverflowError),
        SystemError,  # a lone surrogate in a name, which protobuf's C part reports so
    ) as error:
        text = str(error)[:300]
        raise InvalidInput(f"no {signal.value} in JSON: {text}", where="body") from error


def _ids_to_base64(root: object) -> None:
    """In place. An id that is not hexadecimal becomes empty, so its span is refused."""
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, dict | list):
                    waiting.append(inner)
                elif isinstance(inner, str) and (name := _SNAKE.get(key, key)) in _ID_LENGTHS:
                    value[key] = _base64(inner, _ID_LENGTHS[name])


def _base64(text: str, length: int) -> str:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return ""
    return base64.b64encode(raw).decode() if len(raw) == length else ""


def _encoded(message: Message, *, is_json: bool) -> bytes:
    if is_json:
        return MessageToJson(message, indent=None).encode()
    return message.SerializeToString()
