"""The good items of an export request of which some can't be decoded.

One text that is no UTF-8, one number out of range or one null must not cost the batch. Each item is
tried alone, which is slow, and so only once the whole request could not be decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

FAILURES = (
    *(ParseError, ValueError, TypeError, AttributeError, KeyError, OverflowError),
    SystemError,
)
"""What the JSON mapping raises for values of other shapes; the last for a lone surrogate in a name,
which protobuf's C part reports so."""
_LENGTH_DELIMITED = 2
_FIXED = {1: 8, 5: 4}
_LIST = 2
"""The field's number of scopes in a resource, and of items in a scope, of all signals."""

Item = Callable[[], Message]


@dataclass(frozen=True, slots=True)
class Shape:
    """The JSON names of a signal's lists, from the outermost, and the message of an item."""

    resources: tuple[str, str]
    scopes: tuple[str, str]
    items: tuple[str, str]
    item: Item


SHAPES = {
    "traces": Shape(
        ("resourceSpans", "resource_spans"), ("scopeSpans", "scope_spans"), ("spans",) * 2, Span
    ),
    "metrics": Shape(
        ("resourceMetrics", "resource_metrics"),
        ("scopeMetrics", "scope_metrics"),
        ("metrics",) * 2,
        Metric,
    ),
    "logs": Shape(
        ("resourceLogs", "resource_logs"),
        ("scopeLogs", "scope_logs"),
        ("logRecords", "log_records"),
        LogRecord,
    ),
}


@dataclass(slots=True)
class Lost:
    """How many items were left out, and the first one's reason."""

    count: int = 0
    reason: str = ""


def drop_bad_items(shape: Shape, value: dict[str, Any]) -> Lost:
    """Take the items that can't be decoded out of JSON, in place."""
    lost = Lost()
    for resource in _objects(value, shape.resources):
        for scope in _objects(resource, shape.scopes):
            for name in set(shape.items):
                items = scope.get(name)
                if isinstance(items, list):
                    scope[name] = [one for one in items if _is_good(shape.item, one, lost)]
    return lost


def _is_good(item: Item, value: Any, lost: Lost) -> bool:
    try:
        ParseDict(value, item(), ignore_unknown_fields=True)
    except FAILURES as error:
        points = list(_point_lists(value))
        for data in points:
            kept = [one for one in data["dataPoints"] if _is_good_point(item, value, data, one)]
            lost.count += len(data["dataPoints"]) - len(kept)
            data["dataPoints"] = kept
        lost.count += not points
        lost.reason = lost.reason or str(error)[:200]
        return bool(points) and _parses(item, value)
    return True


def _is_good_point(item: Item, metric: dict[str, Any], data: dict[str, Any], point: Any) -> bool:
    alone = {name: value for name, value in metric.items() if value is not data}
    kind = next(name for name, value in metric.items() if value is data)
    return _parses(item, {**alone, kind: {**data, "dataPoints": [point]}})


def _parses(item: Item, value: Any) -> bool:
    try:
        ParseDict(value, item(), ignore_unknown_fields=True)
    except FAILURES:
        return False
    return True


def _point_lists(value: Any) -> Iterator[dict[str, Any]]:
    """The part of a metric that has data points."""
    for data in value.values() if isinstance(value, dict) else ():
        if isinstance(data, dict) and isinstance(data.get("dataPoints"), list):
            yield data


def _objects(holder: dict[str, Any], names: tuple[str, str]) -> Iterator[dict[str, Any]]:
    for name in names:
        items = holder.get(name)
        if isinstance(items, list):
            yield from (one for one in items if isinstance(one, dict))


@dataclass(slots=True)
class Kept:
    """Protobuf without its bad items."""

    body: bytearray = field(default_factory=bytearray)
    lost: Lost = field(default_factory=Lost)


def without_bad_items(shape: Shape, body: bytes, depth: int = 0) -> Kept:
    """The body without items that can't be decoded. Raises ValueError for what is no protobuf."""
    kept = Kept()
    for number, start, content, end in _fields(body):
        if depth == 2 and number == _LIST:  # an item
            try:
                shape.item().ParseFromString(body[content:end])
            except DecodeError as error:
                kept.lost.count += 1
                kept.lost.reason = kept.lost.reason or str(error)[:200]
            else:
                kept.body += body[start:end]
        elif number == (_LIST if depth else 1) and depth < 2:
            inner = without_bad_items(shape, body[content:end], depth + 1)
            kept.body += bytes([(number << 3) | _LENGTH_DELIMITED]) + _varint(len(inner.body))
            kept.body += inner.body
            kept.lost.count += inner.lost.count
            kept.lost.reason = kept.lost.reason or inner.lost.reason
        else:
            kept.body += body[start:end]
    return kept


def _fields(body: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Number, start, start of the content and end of each field."""
    at = 0
    while at < len(body):
        start = at
        tag, at = _read_varint(body, at)
        content = at
        wire_type = tag & 7
        if wire_type == _LENGTH_DELIMITED:
            length, content = _read_varint(body, at)
            at = content + length
        elif wire_type == 0:
            _, at = _read_varint(body, at)
        elif wire_type in _FIXED:
            at += _FIXED[wire_type]
        else:
            raise ValueError("a field of no known type")
        if at > len(body):
            raise ValueError("a field ends too late")
        yield tag >> 3, start, content, at


def _read_varint(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(body):
            break
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number ends too late")


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
