"""Export requests of the three signals: decoding, counting what is refused, answering.

JSON is the OTLP mapping and not protobuf's own: trace and span ids are hexadecimal, while
`json_format` takes them for base64, so they are brought to base64 before it sees them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.protobuf.json_format import MessageToJson, ParseDict
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

from labo.adapters.otlp.refusals import UNDATED, Request, refused, undated
from labo.adapters.otlp.salvage import FAILURES, SHAPES, Lost, drop_bad_items, without_bad_items
from labo.errors import InvalidInput

MAX_ITEMS = 20_000
"""Spans, data points or log records of one request; senders' batches have some thousands."""
MAX_JSON_VALUES = 250_000
"""Values of one JSON request; each takes a hundred bytes of memory once it is read."""
_INVALID_ARGUMENT = 3
_ID_LENGTHS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}
_SNAKE = {"trace_id": "traceId", "span_id": "spanId", "parent_span_id": "parentSpanId"}


class TooMuch(InvalidInput):
    """More in one request than this server reads."""

    code = "too_large"


class Signal(StrEnum):
    TRACES = "traces"
    METRICS = "metrics"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that can be stored: `body` in protobuf, `items` in all, of which `rejected` are
    left out when it is read. `reason` says why, and what else the sender should know; `undated`
    spans are taken without their duration."""

    signal: Signal
    body: bytes
    items: int
    rejected: int
    reason: str
    undated: int = 0


def check(signal: Signal, body: bytes, *, is_json: bool) -> Checked:
    """Decode and count. Raises InvalidInput for what is not an export request, TooMuch."""
    request, content, lost = _from_json(signal, body) if is_json else _from_bytes(signal, body)
    reasons: dict[str, int] = {f"not valid ({lost.reason})": lost.count} if lost.count else {}
    items = rejected = 0
    for reason in refused(request):
        items += 1
        if items > MAX_ITEMS:
            raise TooMuch(f"more than {MAX_ITEMS} items", where="body", hint="send smaller batches")
        if reason:
            rejected += 1
            reasons[reason] = reasons.get(reason, 0) + 1
    if without_duration := undated(request):
        reasons[UNDATED] = without_duration
    if not items and body and not lost.count and _is_lively(request):
        reasons[f"there are no {signal.value} in it"] = 1
    text = "; ".join(f"{reason}: {count}" for reason, count in sorted(reasons.items()))
    return Checked(
        signal, content, items + lost.count, rejected + lost.count, text, without_duration
    )


def decode(signal: Signal, body: bytes) -> Request:
    """Raises InvalidInput."""
    request = _REQUESTS[signal]()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise InvalidInput(f"no {signal.value} in protobuf: {error}", where="body") from error
    return request


def answer(checked: Checked, *, is_json: bool) -> bytes:
    """The export response; it has a partial success only when there is something to say."""
    response: Message
    match checked.signal:
        case Signal.TRACES:
            response = traces = ExportTraceServiceResponse()
            if checked.reason:
                traces.partial_success.rejected_spans = checked.rejected
                traces.partial_success.error_message = checked.reason
        case Signal.METRICS:
            response = metrics = ExportMetricsServiceResponse()
            if checked.reason:
                metrics.partial_success.rejected_data_points = checked.rejected
                metrics.partial_success.error_message = checked.reason
        case Signal.LOGS:
            response = logs = ExportLogsServiceResponse()
            if checked.reason:
                logs.partial_success.rejected_log_records = checked.rejected
                logs.partial_success.error_message = checked.reason
    return _encoded(response, is_json=is_json)


def failure(message: str, *, code: int = _INVALID_ARGUMENT, is_json: bool) -> bytes:
    """A `google.rpc.Status`."""
    text = message.encode("utf-8", "replace").decode("utf-8")
    return _encoded(Status(code=code, message=text), is_json=is_json)


_REQUESTS: dict[Signal, Callable[[], Request]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
}


def _from_bytes(signal: Signal, body: bytes) -> tuple[Request, bytes, Lost]:
    lost = Lost()
    try:
        request = decode(signal, body)
    except InvalidInput:
        try:
            kept = without_bad_items(SHAPES[signal.value], body)
        except ValueError as error:
            raise InvalidInput(f"no {signal.value} in protobuf: {error}", where="body") from error
        body, lost = bytes(kept.body), kept.lost
        request = decode(signal, body)
    if body and not _is_lively(request):
        raise InvalidInput(f"no {signal.value} in protobuf", where="body")
    return request, body, lost


def _is_lively(request: Request) -> bool:
    """Whether anything of the signal is in it."""
    return bool(request.ListFields())


def _from_json(signal: Signal, body: bytes) -> tuple[Request, bytes, Lost]:
    if sum(map(body.count, (b",", b"{", b"["))) > MAX_JSON_VALUES:
        hint = "send smaller batches, or protobuf"
        raise TooMuch(f"more than {MAX_JSON_VALUES} values", where="body", hint=hint)
    try:
        value = json.loads(body)
        if not isinstance(value, dict):
            raise InvalidInput("an object is expected", where="body")
        if value and not set(SHAPES[signal.value].resources) & value.keys():
            name = SHAPES[signal.value].resources[0]
            raise InvalidInput(f"no {signal.value} in JSON: there is no `{name}`", where="body")
        _prepare(value)
        request, lost = _parsed(signal, value)
        return request, request.SerializeToString(), lost
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise InvalidInput(f"invalid JSON: {error.msg}", where=position) from error
    except RecursionError as error:
        raise InvalidInput("nested too deeply", where="body") from error
    except FAILURES as error:
        text = str(error)[:300]
        raise InvalidInput(f"no {signal.value} in JSON: {text}", where="body") from error


def _parsed(signal: Signal, value: dict[str, Any]) -> tuple[Request, Lost]:
    """What `json_format` raises for other shapes is as various as they are."""
    try:
        return ParseDict(value, _REQUESTS[signal](), ignore_unknown_fields=True), Lost()
    except FAILURES:
        lost = drop_bad_items(SHAPES[signal.value], value)
        return ParseDict(value, _REQUESTS[signal](), ignore_unknown_fields=True), lost


def _prepare(root: object) -> None:
    """Ids to base64, nulls out of lists, bodies that are plain texts, in place. An id that is not
    hexadecimal becomes empty, so its span is refused."""
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            if None in value:
                value[:] = [one for one in value if one is not None]
            waiting.extend(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, dict | list):
                    waiting.append(inner)
                elif key == "body" and isinstance(inner, str):
                    value[key] = {"stringValue": inner}  # as written by hand, and by some scripts
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
