"""The way from an export request of each signal down to its items, as protobuf describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Signal(StrEnum):
    TRACES = "traces"
    METRICS = "metrics"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Shape:
    """`levels` are the fields to follow, from the request's own to the one that holds the items;
    `part_items`, how many items are worked on at a time."""

    request: Descriptor
    levels: tuple[tuple[str, ...], ...]
    part_items: int


_KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")

SHAPES = {
    Signal.TRACES: Shape(
        ExportTraceServiceRequest.DESCRIPTOR,
        (("resource_spans",), ("scope_spans",), ("spans",)),
        1_000,
    ),
    # Fewer: an increase is spread over up to sixty roll-ups.
    Signal.METRICS: Shape(
        ExportMetricsServiceRequest.DESCRIPTOR,
        (("resource_metrics",), ("scope_metrics",), ("metrics",), _KINDS, ("data_points",)),
        200,
    ),
    Signal.LOGS: Shape(
        ExportLogsServiceRequest.DESCRIPTOR,
        (("resource_logs",), ("scope_logs",), ("log_records",)),
        1_000,
    ),
}


@cache
def numbers(message: Descriptor, names: tuple[str, ...]) -> Mapping[int, FieldDescriptor]:
    """The fields of these names that a message has, by number."""
    known = message.fields_by_name
    return {known[name].number: known[name] for name in names if name in known}


@cache
def json_names(message: Descriptor, names: tuple[str, ...]) -> Mapping[str, FieldDescriptor]:
    """The same by their names in JSON; senders use either spelling."""
    found = numbers(message, names).values()
    return {name: field for field in found for name in (field.json_name, field.name)}


def message_of(field: FieldDescriptor) -> Descriptor:
    """The message that a field of these levels is."""
    if field.message_type is None:
        raise TypeError(f"{field.name} is no message")
    return field.message_type


@cache
def class_of(message: Descriptor) -> type[Message]:
    """The class of a message."""
    return GetMessageClass(message)
