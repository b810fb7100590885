"""Spans of OTLP/JSON export requests with their times, leniently: invalid values are unknown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from labo.domain.entities.series import TimedSpan
from labo.domain.telemetry.spans.peers import Peer, called_address, peer_of
from labo.domain.telemetry.spans.span import (
    LONGEST_S,
    UNKNOWN_SERVICE,
    Service,
    Span,
    SpanKind,
    first,
)

_ERROR = (2, "2", "STATUS_CODE_ERROR")
_NANOS = 1e9
_OPERATIONS = ("db.operation.name", "http.route", "url.path", "rpc.method")
_KINDS = {
    written: kind for kind in SpanKind for written in (str(kind.value), f"SPAN_KIND_{kind.name}")
}
"""OTLP/JSON writes a number; some exporters write the name."""


def timed_spans(request: object) -> Iterator[TimedSpan]:
    """Every span of an `ExportTraceServiceRequest`; one without usable times has NaN in them."""
    for resource in _objects(request, "resourceSpans"):
        attributes = _attributes(resource.get("resource"))
        service = attributes.get("service.name", UNKNOWN_SERVICE)
        for scope in _objects(resource, "scopeSpans"):
            for span in _objects(scope, "spans"):
                yield _timed(span, service)


def _timed(span: Mapping[str, object], service: str) -> TimedSpan:
    start, end = _seconds(span.get("startTimeUnixNano")), _seconds(span.get("endTimeUnixNano"))
    status = span.get("status")
    attributes = _attributes(span)
    kind = _KINDS.get(str(span.get("kind")), SpanKind.UNSPECIFIED)
    peer = _peer(kind, service, attributes)
    return TimedSpan(
        trace=str(span.get("traceId", "")),
        id=str(span.get("spanId", "")),
        parent=str(span.get("parentSpanId", "")),
        component=service,
        start=start,
        duration=end - start if 0 <= end - start <= LONGEST_S else math.nan,
        is_error=isinstance(status, Mapping) and status.get("code") in _ERROR,
        peer=peer.name if peer else "",
        peer_role=peer.role if peer and peer.certain else "",
        operation=first(attributes, *_OPERATIONS).strip("/"),
        address=called_address(attributes) if kind == SpanKind.CLIENT else "",
    )


def _peer(kind: SpanKind, service: str, attributes: Mapping[str, str]) -> Peer | None:
    """The peer that a span of this kind calls, as in live ingestion."""
    if kind <= SpanKind.SERVER:
        return None
    return peer_of(Span(b"", b"", b"", Service("", service), kind, 0, 0, False, False, attributes))


def _seconds(value: object) -> float:
    try:
        return int(value) / _NANOS if isinstance(value, str | int) else math.nan
    except (ValueError, OverflowError):
        return math.nan


def _attributes(holder: object) -> dict[str, str]:
    """The attributes that are texts or whole numbers, as texts: OTLP/JSON writes these as texts."""
    found = {}
    for attribute in _objects(holder, "attributes"):
        value = attribute.get("value")
        written = (
            value.get("stringValue", value.get("intValue")) if isinstance(value, Mapping) else None
        )
        if isinstance(written, str | int):
            found[str(attribute.get("key"))] = str(written)
    return found


def _objects(holder: object, name: str) -> list[Mapping[str, object]]:
    items = holder.get(name) if isinstance(holder, Mapping) else None
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
