"""Exemplar traces out of the spans that came lately: chosen traces with all their known spans."""

from __future__ import annotations

import base64
import json
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

from labo.adapters.otlp.spans import Read
from labo.domain.entities.masking import redact_value
from labo.domain.telemetry.batches import ExemplarTrace
from labo.domain.telemetry.spans.bodies import MAX_BODY, MAX_SPANS
from labo.domain.telemetry.spans.exemplars import Choice, ExemplarChooser
from labo.domain.telemetry.spans.span import Service, Span, ended_at

RECENT_BYTES = 1_500_000
"""Of each of the two generations of recent spans of a workspace: two thousand usual spans."""
_SPAN_BYTES, _RESOURCE_BYTES = 250, 3_000
"""About what a span and its resource take beside their own text."""
_WANTED = 1_000
_IDS = ("traceId", "spanId", "parentSpanId")

HopRow = tuple[str, str, str, float]
"""(trace id, system, component, end in epoch seconds)."""


class Held(NamedTuple):
    """What is held of a recent span: `ended_at` in epoch seconds, the rest in protobuf."""

    service: Service
    failed: bool
    ended_at: float
    content: bytes
    resource: bytes


class RecentTraces:
    """Buffers the last spans in two generations, and remembers which traces are wanted.

    So a chosen trace also gets the spans that came just before and those that come after.
    """

    def __init__(self, max_bytes: int = RECENT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._last_resource = b""
        self._new: dict[bytes, list[Held]] = {}
        self._old: dict[bytes, list[Held]] = {}
        self._wanted: OrderedDict[bytes, Choice] = OrderedDict()
        self._chooser = ExemplarChooser()

    def ingest(
        self, read: list[Read], fresh: list[Span], received_at: float
    ) -> tuple[tuple[ExemplarTrace, ...], tuple[HopRow, ...]]:
        """Traces to store because of these spans, and their hops."""
        touched: dict[bytes, list[Held]] = {}
        wanted = self._wanted
        for one in read:
            trace = one.span.trace
            held = self._hold(one, received_at)
            if trace in wanted:
                touched.setdefault(trace, []).append(held)
        for choice in self._chooser.choose(fresh, received_at):
            if choice.trace not in wanted:
                self._remember(choice)
            known = self._old.get(choice.trace, ()), self._new.get(choice.trace, ())
            touched[choice.trace] = [*known[0], *known[1]] or touched.get(choice.trace, [])
        traces = [
            (self._wanted[trace], spans)
            for trace, spans in touched.items()
            if trace in wanted and spans
        ]
        return (
            tuple(_exemplar(choice, spans) for choice, spans in traces),
            tuple(sorted({hop for choice, spans in traces for hop in _hops(choice, spans)})),
        )

    def _hold(self, read: Read, received_at: float) -> Held:
        span = read.span
        held = Held(
            span.service, span.failed, ended_at(span, received_at), read.content, read.resource
        )
        known = self._new.setdefault(span.trace, [])
        if len(known) < MAX_SPANS:
            known.append(held)
            self._bytes += _SPAN_BYTES + len(read.content)
            if read.resource is not self._last_resource:  # else it is held already
                self._bytes += _RESOURCE_BYTES + len(read.resource)
                self._last_resource = read.resource
        if self._bytes >= self._max_bytes:
            self._old, self._new, self._bytes = self._new, {}, 0
        return held

    def _remember(self, choice: Choice) -> None:
        self._wanted[choice.trace] = choice
        if len(self._wanted) > _WANTED:
            self._wanted.popitem(last=False)


def _exemplar(choice: Choice, spans: Iterable[Held]) -> ExemplarTrace:
    by_service: dict[int, tuple[bytes, list[dict[str, object]]]] = {}
    is_error = choice.is_error
    budget = MAX_BODY
    for span in spans:
        is_error = is_error or span.failed
        budget -= len(span.content)
        if budget > 0:
            _, held = by_service.setdefault(id(span.service), (span.resource, []))
            held.append(_as_json(span.content))
    body = {
        "resourceSpans": [
            {
                "resource": redact_value(MessageToDict(Resource.FromString(resource))),
                "scopeSpans": [{"spans": held}],
            }
            for resource, held in by_service.values()
        ]
    }
    return ExemplarTrace(
        trace_id=choice.trace.hex(),
        system=choice.system,
        component=choice.component,
        timestamp=choice.timestamp,
        duration_ms=choice.duration_ms,
        is_error=is_error,
        body=json.dumps(body, separators=(",", ":")),
    )


def _hops(choice: Choice, spans: Iterable[Held]) -> Iterable[HopRow]:
    """Each component of the trace once, at its first end."""
    ends: dict[Service, float] = {}
    for span in spans:
        ends[span.service] = min(span.ended_at, ends.get(span.service, span.ended_at))
    trace = choice.trace.hex()
    return [(trace, service.system, service.component, end) for service, end in ends.items()]


def _as_json(content: bytes) -> dict[str, object]:
    """OTLP/JSON: hexadecimal ids, enums as integers."""
    proto = ProtoSpan.FromString(content)
    found: dict[str, object] = MessageToDict(proto, use_integers_for_enums=True)
    ids = (proto.trace_id, proto.span_id, proto.parent_span_id)
    found |= {name: value.hex() for name, value in zip(_IDS, ids, strict=True) if value}
    links = found.get("links")
    for link in links if isinstance(links, list) else ():
        for name in _IDS[:2]:
            link[name] = base64.b64decode(link.get(name, "")).hex()
    return {name: redact_value(value) for name, value in found.items()}
