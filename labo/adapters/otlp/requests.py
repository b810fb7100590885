"""Export requests of the three signals: decoding, counting what is refused, answering.

A large request is decoded in parts, and goes on as these (see `parts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from google.protobuf.json_format import MessageToJson
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

from labo.adapters.otlp import json_requests
from labo.adapters.otlp.parts import PART_BYTES, Leaf, Lost, Walk, parts
from labo.adapters.otlp.refusals import UNDATED, Request, remarks
from labo.adapters.otlp.shapes import SHAPES, Signal, class_of
from labo.domain.entities.masking import storable
from labo.errors import InvalidInput

_INVALID_ARGUMENT = 3
_ITEM_HOLDERS = 2
"""Resource and scope: what else holds an item is a part of it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that can be stored: `parts` are requests in protobuf that together are it, `items`
    its number of them, of which `rejected` are left out. `reason` says why, and what else the
    sender should know; `undated` spans are taken without their duration."""

    signal: Signal
    parts: tuple[bytes, ...]
    items: int
    rejected: int
    reason: str
    undated: int = 0


@dataclass(slots=True)
class _Count:
    """What the parts of a request come to."""

    signal: Signal
    lost: Lost = field(default_factory=Lost)
    parts: list[bytes] = field(default_factory=list)
    items: int = 0
    rejected: int = 0
    undated: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, part: bytes) -> None:
        """Raises InvalidInput."""
        request, part = self._decoded(part)
        if part and not request.ListFields():
            raise InvalidInput(f"no {self.signal.value} in protobuf", where="body")
        self.parts.append(part)
        for remark in remarks(request):
            self.items += 1
            if remark == UNDATED:
                self.undated += 1
            elif remark:
                self.rejected += 1
                self.reasons[remark] = self.reasons.get(remark, 0) + 1

    def _decoded(self, part: bytes) -> tuple[Request, bytes]:
        try:
            return decode(self.signal, part), part
        except InvalidInput:
            shape = SHAPES[self.signal]
            good = (leaf for leaf in Walk(shape).leaves(part) if _is_good(leaf, self.lost))
            part = b"".join(parts(shape, good))
            return decode(self.signal, part), part

    def checked(self, *, is_empty: bool) -> Checked:
        """`is_empty`: there was nothing in the request at all."""
        reasons, lost, name = self.reasons, self.lost, self.signal.value
        if lost.count:
            reasons[f"not valid ({lost.reason})"] = lost.count
        if self.undated:
            reasons[UNDATED] = self.undated
        if not (self.items or lost.count or is_empty):
            reasons[f"there are no {name} in it"] = 1
        text = "; ".join(f"{reason}: {count}" for reason, count in sorted(reasons.items()))
        items, rejected = self.items + lost.count, self.rejected + lost.count
        return Checked(self.signal, tuple(self.parts), items, rejected, text, self.undated)


def check(signal: Signal, body: bytes, *, is_json: bool) -> Checked:
    """Decode and count, part by part. Raises InvalidInput for what is not an export request,
    TooMuch."""
    if is_json:
        return _in_parts(signal, body, json_requests.leaves)
    try:
        count = _Count(signal)
        if len(body) <= PART_BYTES:
            count.add(body)
            if count.items <= SHAPES[signal].part_items:
                return count.checked(is_empty=not body)
        return _in_parts(signal, body, Walk.leaves)
    except ValueError as error:
        raise InvalidInput(f"no {signal.value} in protobuf: {error}", where="body") from error


def _in_parts(
    signal: Signal, body: bytes, leaves: Callable[[Walk, bytes], Iterator[Leaf]]
) -> Checked:
    count = _Count(signal)
    walk = Walk(SHAPES[signal], count.lost)
    for part in parts(walk.shape, leaves(walk, body)):
        count.add(part)
    return count.checked(is_empty=not walk.held)


def _is_good(leaf: Leaf, lost: Lost) -> bool:
    """Whether an item can be decoded, and the metric that holds it."""
    try:
        for holder in leaf.holders[_ITEM_HOLDERS:]:
            class_of(holder.message).FromString(holder.header)
        class_of(leaf.message).FromString(leaf.content)
    except DecodeError as error:
        lost.add(str(error))
        return False
    return True


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
    return _encoded(Status(code=code, message=storable(message)), is_json=is_json)


_REQUESTS: dict[Signal, Callable[[], Request]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
}


def _encoded(message: Message, *, is_json: bool) -> bytes:
    if is_json:
        return MessageToJson(message, indent=None).encode()
    return message.SerializeToString()
