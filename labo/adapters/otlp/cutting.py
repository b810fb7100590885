"""Spans and resources cut to what is stored of them at most, with a mark where text is missing.

Whoever sends them decides how large they are, and they are held until their trace is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from labo.domain.telemetry.spans.span import MAX_NAME

MAX_BYTES = 8_000
"""Of a span or a resource as it is held. By judgement: SDKs send some hundred."""
MAX_TEXT = 1_000
MARK = "…"
_MAX_PARTS = 16
"""Events, links and attributes of an event."""


def cut_span(span: Span) -> bytes:
    """In protobuf. `dropped_attributes_count` and its like count what is missing."""
    content = span.SerializeToString()
    if len(content) <= MAX_BYTES:
        return content
    cut = Span(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id[:8],
        name=cut_text(span.name, MAX_NAME),
        kind=span.kind,
        flags=span.flags,
        start_time_unix_nano=span.start_time_unix_nano,
        end_time_unix_nano=span.end_time_unix_nano,
    )
    cut.status.code = span.status.code
    cut.status.message = cut_text(span.status.message)
    dropped = _copy(span.attributes, cut.attributes, MAX_BYTES // 2)
    cut.dropped_attributes_count = _count(span.dropped_attributes_count + dropped)
    for event in span.events[:_MAX_PARTS]:
        new = cut.events.add(name=cut_text(event.name, MAX_NAME))
        new.time_unix_nano = event.time_unix_nano
        dropped = _copy(event.attributes[:_MAX_PARTS], new.attributes, MAX_BYTES // 4)
        new.dropped_attributes_count = _count(event.dropped_attributes_count + dropped)
        if cut.ByteSize() > MAX_BYTES:
            del cut.events[-1]
            break
    cut.dropped_events_count = _count(
        span.dropped_events_count + len(span.events) - len(cut.events)
    )
    cut.dropped_links_count = _count(span.dropped_links_count + len(span.links))
    return cut.SerializeToString()


def cut_resource(resource: Resource, content: bytes) -> bytes:
    """In protobuf; `content` is the resource as it came."""
    if len(content) <= MAX_BYTES:
        return content
    cut = Resource()
    dropped = _copy(resource.attributes, cut.attributes, MAX_BYTES)
    cut.dropped_attributes_count = _count(resource.dropped_attributes_count + dropped)
    return cut.SerializeToString()


def cut_text(text: str, limit: int = MAX_TEXT) -> str:
    """At most `limit` characters, the last of which says that there were more."""
    return text if len(text) <= limit else text[: limit - 1] + MARK


def _copy(given: Iterable[KeyValue], kept: Any, budget: int) -> int:
    """Copy attributes, each cut, while they fit; how many did not."""
    dropped = 0
    for pair in given:
        if budget <= 0:
            dropped += 1
            continue
        new = KeyValue(key=cut_text(pair.key, MAX_NAME), value=_cut_value(pair.value))
        budget -= new.ByteSize()
        if budget > 0:
            kept.append(new)
        else:
            dropped += 1
    return dropped


def _cut_value(value: AnyValue) -> AnyValue:
    if value.WhichOneof("value") == "string_value":
        return AnyValue(string_value=cut_text(value.string_value))
    return value if value.ByteSize() <= MAX_TEXT else AnyValue(string_value=MARK)


def _count(number: int) -> int:
    return min(number, 2**32 - 1)
