"""Spans of a trace request as `labo.domain.telemetry.batches.spans` values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

from labo.adapters.otlp.requests import usable_span
from labo.adapters.otlp.resources import Services, plain
from labo.domain.telemetry.spans.span import SPAN_KEYS, Span, SpanKind, Value

_ERROR = 2
_KNOWS_REMOTE, _IS_REMOTE = 0x100, 0x200
_MAX_LINKS = 16
_NONE: dict[str, Value] = {}


def read_spans(
    request: ExportTraceServiceRequest, services: Services, header: str
) -> Iterator[tuple[Span, ProtoSpan, Resource]]:
    """Every usable span, with what it was read from."""
    for resource_spans in request.resource_spans:
        resource = resource_spans.resource
        service, _ = services.of(resource, header)
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
                    span.parent_span_id,
                    service,
                    kind if kind <= SpanKind.CONSUMER else SpanKind.INTERNAL,
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    span.status.code == _ERROR,
                    bool(flags & _KNOWS_REMOTE and flags & _IS_REMOTE),
                    _wanted(span) if kind > SpanKind.INTERNAL else _NONE,
                    _links(span) if kind == SpanKind.CONSUMER else (),
                )
                yield read, span, resource


def _wanted(span: ProtoSpan) -> dict[str, Value]:
    # Nearly all values are texts, and asking for one is cheaper than asking what there is.
    return {
        key: pair.value.string_value or plain(pair.value)
        for pair in span.attributes
        if (key := pair.key) in SPAN_KEYS
    }


def _links(span: ProtoSpan) -> tuple[bytes, ...]:
    links: Iterable[ProtoSpan.Link] = span.links[:_MAX_LINKS]
    return tuple(link.trace_id + link.span_id for link in links)
