"""Exemplar traces out of the spans that came lately: chosen traces with all their known spans."""

from __future__ import annotations

import base64
import json
from collections import OrderedDict
from collections.abc import Iterable

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

from labo.domain.entities.masking import redact_value
from labo.domain.telemetry.batches import ExemplarTrace
from labo.domain.telemetry.spans.bodies import MAX_SPANS
from labo.domain.telemetry.spans.exemplars import Choice, ExemplarChooser
from labo.domain.telemetry.spans.span import Service, Span, ended_at

RECENT_SPANS = 20_000
_WANTED = 2_000
_MAX_VALUE = 2_000
_IDS = ("traceId", "spanId", "parentSpanId")

Read = tuple[Span, ProtoSpan, Resource]
HopRow = tuple[str, str, str, float]


class RecentTraces:
    """Buffers the last spans in two generations, and remembers which traces are wanted.

    So a chosen trace also gets the spans that came just before and those that come after.
    """

    def __init__(self, size: int = RECENT_SPANS) -> None:
        self._size = size
        self._count = 0
        self._new: dict[bytes, list[Read]] = {}
        self._old: dict[bytes, list[Read]] = {}
        self._wanted: OrderedDict[bytes, Choice] = OrderedDict()
        self._chooser = ExemplarChooser()

    def ingest(
        self, read: list[Read], fresh: list[Span], received_at: float
    ) -> tuple[tuple[ExemplarTrace, ...], tuple[HopRow, ...]]:
        """Traces to store because of these spans, and their hops."""
        touched: dict[bytes, list[Read]] = {}
        wanted, new = self._wanted, self._new
        for one in read:
            trace = one[0].trace
            held = new.get(trace)
            if held is None:
                new[trace] = [one]
            elif len(held) < MAX_SPANS:
                held.append(one)
            if trace in wanted:
                touched.setdefault(trace, []).append(one)
        for choice in self._chooser.choose(fresh, received_at):
            if choice.trace not in wanted:
                self._remember(choice)
            touched[choice.trace] = [*self._old.get(choice.trace, ()), *new[choice.trace]]
        self._count += len(read)
        if self._count >= self._size:
            self._old, self._new, self._count = new, {}, 0
        traces = [
            (self._wanted[trace], spans) for trace, spans in touched.items() if trace in wanted
        ]
        return (
            tuple(_exemplar(choice, spans) for choice, spans in traces),
            tuple(sorted({hop for choice, spans in traces for hop in _hops(spans, received_at)})),
        )

    def _remember(self, choice: Choice) -> None:
        self._wanted[choice.trace] = choice
        if len(self._wanted) > _WANTED:
            self._wanted.popitem(last=False)


def _exemplar(choice: Choice, spans: Iterable[Read]) -> ExemplarTrace:
    by_service: dict[int, tuple[Resource, list[dict[str, object]]]] = {}
    is_error = choice.is_error
    for span, proto, resource in spans:
        is_error = is_error or span.failed
        _, held = by_service.setdefault(id(span.service), (resource, []))
        held.append(_as_json(span, proto))
    body = {
        "resourceSpans": [
            {"resource": redact_value(MessageToDict(resource)), "scopeSpans": [{"spans": held}]}
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


def _hops(spans: Iterable[Read], received_at: float) -> Iterable[HopRow]:
    """Each component of the trace once, at its first end."""
    ends: dict[Service, float] = {}
    for span, _, _ in spans:
        end = ended_at(span, received_at)
        ends[span.service] = min(end, ends.get(span.service, end))
    trace = next(iter(spans))[0].trace.hex()
    return [(trace, service.system, service.component, end) for service, end in ends.items()]


def _as_json(span: Span, proto: ProtoSpan) -> dict[str, object]:
    """OTLP/JSON: hexadecimal ids, enums as integers."""
    found: dict[str, object] = MessageToDict(proto, use_integers_for_enums=True)
    ids = (span.trace, span.id, span.parent)
    found |= {name: value.hex() for name, value in zip(_IDS, ids, strict=True) if value}
    links = found.get("links")
    for link in links if isinstance(links, list) else ():
        for name in _IDS[:2]:
            link[name] = base64.b64decode(link.get(name, "")).hex()
    return {name: redact_value(value) for name, value in found.items()}
