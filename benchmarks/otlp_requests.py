"""OTLP trace requests, serialised: traces of eight spans over three services and two stores."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans

MARK = b"\xa5\x5a\xc3\x3c\x0f\xf0\x69\x96"
TRACES_AT_ONCE = 64
SPANS_OF_TRACE = 8
SPANS_AT_ONCE = TRACES_AT_ONCE * SPANS_OF_TRACE
ENTRIES_OF_TRACE = 3
TEMPLATES = 12

HTTP: dict[str, str | int] = {
    "http.request.method": "POST",
    "http.route": "/api/orders",
    "http.response.status_code": 200,
    "url.path": "/api/orders",
    "url.scheme": "http",
    "network.protocol.version": "1.1",
    "user_agent.original": "python-requests/2.32",
}
# service, parent's place, kind, name, attributes
SHAPE: tuple[tuple[str, int | None, int, str, dict[str, str | int]], ...] = (
    ("frontend", None, 2, "POST /", {**HTTP, "server.address": "shop"}),
    ("frontend", 0, 3, "POST", {**HTTP, "server.address": "checkout"}),
    ("checkout", 1, 2, "POST /orders", {**HTTP, "server.address": "checkout"}),
    ("checkout", 2, 1, "validate", {}),
    ("checkout", 3, 3, "SELECT", {"db.system": "postgresql", "server.address": "orders-db"}),
    ("checkout", 3, 3, "GET", {"db.system": "redis", "server.address": "sessions"}),
    ("checkout", 3, 3, "POST", {**HTTP, "server.address": "payment"}),
    ("payment", 6, 2, "POST /pay", {**HTTP, "server.address": "payment"}),
)


@dataclass(frozen=True)
class Case:
    """`requests` posts of `SPANS_AT_ONCE` spans."""

    name: str
    content_type: str
    requests: int


def a_request(seed: int, now: int) -> ExportTraceServiceRequest:
    """Traces of eight spans over three services, a database and a cache."""
    rng = random.Random(seed)
    request = ExportTraceServiceRequest()
    scopes: dict[str, ScopeSpans] = {}
    for service, *_ in SHAPE:
        if service not in scopes:
            resource = request.resource_spans.add()
            for key, text in (("service.name", service), ("service.namespace", "bench")):
                resource.resource.attributes.add(key=key).value.string_value = text
            scopes[service] = resource.scope_spans.add()
    for _ in range(TRACES_AT_ONCE):
        trace = MARK + rng.randbytes(8)
        ids = [rng.randbytes(8) for _ in SHAPE]
        for index, (service, parent, kind, name, attributes) in enumerate(SHAPE):
            took = int(rng.lognormvariate(17, 0.5))
            span = scopes[service].spans.add(
                trace_id=trace,
                span_id=ids[index],
                parent_span_id=b"" if parent is None else ids[parent],
                kind=kind,
                name=name,
                start_time_unix_nano=now - took,
                end_time_unix_nano=now,
            )
            for key, value in attributes.items():
                pair = span.attributes.add(key=key)
                if isinstance(value, int):
                    pair.value.int_value = value
                else:
                    pair.value.string_value = value
    return request


def bodies(case: Case) -> list[bytes]:
    """Serialised requests, each with trace ids of its own."""
    now = time.time_ns()
    made = [a_request(seed, now - seed * 5_000_000_000) for seed in range(TEMPLATES)]
    is_json = case.content_type.endswith("json")
    templates = [_as_json(one) if is_json else one.SerializeToString() for one in made]
    mark = MARK.hex().encode() if is_json else MARK
    found = []
    for number in range(case.requests):
        own = random.Random(f"{case.name} {number}").randbytes(len(MARK))
        found.append(
            templates[number % TEMPLATES].replace(mark, own.hex().encode() if is_json else own)
        )
    return found


def _as_json(request: ExportTraceServiceRequest) -> bytes:
    value = MessageToDict(request, use_integers_for_enums=True)
    for resource, read in zip(value["resourceSpans"], request.resource_spans, strict=True):
        for scope, spans in zip(resource["scopeSpans"], read.scope_spans, strict=True):
            for span, one in zip(scope["spans"], spans.spans, strict=True):
                span["traceId"], span["spanId"] = one.trace_id.hex(), one.span_id.hex()
                if one.parent_span_id:
                    span["parentSpanId"] = one.parent_span_id.hex()
    return json.dumps(value).encode()
