"""Spans of a trace request as `labo.domain.telemetry.batches.spans` values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

from labo.adapters.otlp.cutting import cut_span, cut_text
from labo.adapters.otlp.refusals import usable_span
from labo.adapters.otlp.resources import Services, plain
from labo.domain.telemetry.spans.span import SPAN_KEYS, Span, SpanKind, Value

_ERROR = 2
_KNOWS_REMOTE, _IS_REMOTE = 0x100, 0x200
_MAX_LINKS = 16
_ID_BYTES = 8
_LINK_BYTES = 24
_NONE: dict[str, Value] = {}


class Read(NamedTuple):
    """A span, and in protobuf the span and its resource, both cut."""

    span: Span
    content: bytes
    resource: bytes


def read_spans(
    request: ExportTraceServiceRequest, services: Services, header: str
) -> Iterator[Read]:
    """Every usable span, with what it was read from, cut."""
    for resource_spans in request.resource_spans:
        service, _, resource = services.emitter(resource_spans.resource, header)
        for scope in resource_spans.scope_spans:
            for span in scope.spans:
                trace_id, span_id = span.trace_id, span.span_id
                if not usable_span(trace_id, span_id):
                    continue
                kind = int(span.kind)
                flags = span.flags
                read = Span(
                    trace_id,
                    span_id,
                    parent if len(parent := span.parent_span_id) == _ID_BYTES else b"",
                    service,
                    kind if kind <= SpanKind.CONSUMER else SpanKind.INTERNAL,
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    span.status.code == _ERROR,
                    bool(flags & _KNOWS_REMOTE and flags & _IS_REMOTE),
                    _wanted(span) if kind > SpanKind.INTERNAL else _NONE,
                    _links(span) if kind == SpanKind.CONSUMER else (),
                )
                yield Read(read, cut_span(span), resource)


def _wanted(span: ProtoSpan) -> dict[str, Value]:
    wanted: dict[str, Value] = {}
    for pair in span.attributes:
        if (key := pair.key) in SPAN_KEYS:
            # Nearly all values are texts, and asking for one is cheaper than for what there is.
            text = pair.value.string_value
            wanted[key] = cut_text(text) if text else plain(pair.value)
    return wanted


def _links(span: ProtoSpan) -> tuple[bytes, ...]:
    links: Iterable[ProtoSpan.Link] = span.links[:_MAX_LINKS]
    ids = (link.trace_id + link.span_id for link in links)
    return tuple(one for one in ids if len(one) == _LINK_BYTES)
