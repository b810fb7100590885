"""Hops as OTLP spans.

Per hop the caller's client span and the callee's server span, each where `otlp_conventions` says
that there is one. The callee's span, or the client span of a silent callee, carries the causal
token: `causal.path` (components from the edge down), `causal.depth`, `causal.attempt`,
`causal.queue_wait` (seconds), `causal.cache`, and inner values as `causal.value.<name>`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from engine.otlp_conventions import (
    ERROR_TYPE,
    HTTP_STATUS,
    QUEUE,
    QUEUE_SYSTEM,
    STORES,
    has_failed_at_server,
    is_served,
    is_silent,
    request_of,
)
from engine.otlp_wire import Frame, message
from engine.records import Hop
from engine.records import Status as Outcome

NANOS = 1_000_000_000
SCOPE = "engine"

_SAMPLED, _LOCAL, _REMOTE = 0x001, 0x100, 0x300
_ODD = 0x9E3779B97F4A7C15  # odd, so that multiplying by it modulo 2^64 keeps ids apart
_MASK = (1 << 64) - 1
_MAX_SHAPES = 50_000

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Origin:
    """Which run the telemetry is of. `epoch` is the run's start in nanoseconds since 1970;
    `roles` and `hosts` are by component."""

    system: str
    seed: int
    epoch: int
    roles: Mapping[str, str]
    hosts: Mapping[str, str] = field(default_factory=dict)

    def nanos(self, at: float) -> int:
        """Simulated seconds as nanoseconds since 1970."""
        return self.epoch + int(at * NANOS)

    def resource(self, component: str) -> Resource:
        values: dict[str, Value] = {"service.name": component, "service.namespace": self.system}
        if component in self.hosts:
            values["host.name"] = self.hosts[component]
        return Resource(attributes=attributes_of(values))


class Ids:
    """Trace and span ids: a function of the run (system, seed, epoch) and the record's numbers."""

    def __init__(self, origin: Origin) -> None:
        self._run = f"{origin.system}\0{origin.seed}\0{origin.epoch}".encode()
        self._base = int.from_bytes(hashlib.blake2b(self._run, digest_size=8).digest(), "big")
        self._last = -1, b""

    def trace(self, trace: int) -> bytes:
        if self._last[0] != trace:
            text = b"%s\0%d" % (self._run, trace)
            self._last = trace, hashlib.blake2b(text, digest_size=16).digest()
        return self._last[1]

    def server(self, span: int) -> int:
        """Of the callee's span of a hop."""
        return (self._base + 2 * span) * _ODD & _MASK or 1

    def client(self, span: int) -> int:
        """Of the caller's span of a hop."""
        return (self._base + 2 * span + 1) * _ODD & _MASK or 1


class _Shape(NamedTuple):
    """What all hops of one kind share: None where there is no such span.

    `is_parent_silent`: the caller emits no span, so its own client span is the parent.
    """

    client: Frame | None
    server: Frame | None
    is_parent_silent: bool


class Spans:
    """Collects the spans of hops, and gives them as one export request."""

    def __init__(self, origin: Origin) -> None:
        self.ids = Ids(origin)
        self.count = 0
        self._origin = origin
        self._shapes: dict[tuple[object, ...], _Shape] = {}
        self._held: defaultdict[str, list[bytes]] = defaultdict(list)
        self._heads: dict[str, bytes] = {}

    def add(self, hop: Hop, path: str) -> None:
        """Add the spans of one hop."""
        values = hop.values
        key = path, hop.operation, hop.status, hop.attempt, hop.cache, *values
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= _MAX_SHAPES:
                self._shapes.clear()
            shape = self._shapes[key] = _shape(hop, path, self._origin)
        client, server, is_parent_silent = shape
        ids, epoch, parent, caller = self.ids, self._origin.epoch, hop.parent, hop.caller
        trace = ids.trace(hop.trace)
        token = hop.queue_wait, *values.values()
        if parent is None or caller is None:
            if server is not None:
                start, end = epoch + int(hop.sent * 1e9), epoch + int(hop.answered * 1e9)
                span = server.root(trace, ids.server(hop.span), start, end, token)
                self._held[hop.component].append(span)
                self.count += 1
            return
        above = ids.client(parent) if is_parent_silent else ids.server(parent)
        if client is not None:
            own = ids.client(hop.span)
            start, end = epoch + int(hop.sent * 1e9), epoch + int(hop.answered * 1e9)
            rest = token if server is None else ()
            self._held[caller].append(client.child(trace, own, above, start, end, rest))
            self.count += 1
            above = own
        if server is not None:
            start, end = epoch + int(hop.started * 1e9), epoch + int(hop.ended * 1e9)
            span = server.child(trace, ids.server(hop.span), above, start, end, token)
            self._held[hop.component].append(span)
            self.count += 1

    def take(self) -> bytes:
        """The request (ExportTraceServiceRequest), whose spans are then forgotten."""
        parts = []
        for component, spans in self._held.items():
            scope = _SCOPE + b"".join(spans)
            parts.append(message(1, self._head(component) + message(2, scope)))
        self._held.clear()
        self.count = 0
        return b"".join(parts)

    def _head(self, component: str) -> bytes:
        head = self._heads.get(component)
        if head is None:
            resource = self._origin.resource(component)
            head = self._heads[component] = ResourceSpans(resource=resource).SerializeToString()
        return head


_SCOPE = ScopeSpans(scope=InstrumentationScope(name=SCOPE)).SerializeToString()


def attributes_of(values: Mapping[str, Value]) -> list[KeyValue]:
    """Attributes as OTLP writes them."""
    return [KeyValue(key=key, value=_any(value)) for key, value in values.items()]


def _any(value: Value) -> AnyValue:
    if isinstance(value, str):
        return AnyValue(string_value=value)
    return AnyValue(int_value=value) if isinstance(value, int) else AnyValue(double_value=value)


def _shape(hop: Hop, path: str, origin: Origin) -> _Shape:
    role = origin.roles.get(hop.component, "service")
    caller_role = origin.roles.get(hop.caller or "", "service")
    token: dict[str, Value] = {
        "causal.path": path,
        "causal.depth": hop.depth,
        "causal.attempt": hop.attempt,
    }
    if hop.cache is not None:
        token["causal.cache"] = hop.cache
    is_taken = caller_role == QUEUE
    is_root = hop.parent is None or hop.caller is None
    values = ["causal.queue_wait", *(f"causal.value.{name}" for name in hop.values)]
    client = server = None
    if is_served(hop) and not is_silent(role):
        server = Frame(_server(hop, token, is_taken=is_taken), values, is_root=is_root)
    if not is_root and not is_taken:
        # Somebody must carry the token.
        shared = _client(hop, role, token if server is None else {})
        client = Frame(shared, values if server is None else (), is_root=False)
    return _Shape(client, server, hop.caller is not None and is_silent(caller_role))


def _server(hop: Hop, token: Mapping[str, Value], *, is_taken: bool) -> bytes:
    failed = has_failed_at_server(hop)
    method, route = request_of(hop.operation)
    if is_taken:
        values: dict[str, Value] = _messaging(hop.caller or "", "process")
        name, kind = f"process {hop.caller}", Span.SPAN_KIND_CONSUMER
    else:
        answer = HTTP_STATUS[hop.status if failed else Outcome.OK]
        values = {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": answer,
        }
        name, kind = f"{method} {route}", Span.SPAN_KIND_SERVER
    if failed:
        values["error.type"] = ERROR_TYPE[hop.status]
    flags = _SAMPLED | (_LOCAL if hop.caller is None else _REMOTE)
    return _part(name, kind, {**values, **token}, failed=failed, flags=flags)


def _client(hop: Hop, role: str, token: Mapping[str, Value]) -> bytes:
    kind = Span.SPAN_KIND_CLIENT
    if role in STORES:
        operation = hop.operation
        name = f"{operation} {hop.component}"
        values: dict[str, Value] = {
            "db.system.name": STORES[role],
            "db.operation.name": operation,
            "server.address": hop.component,
        }
    elif role == QUEUE:
        name, kind = f"send {hop.component}", Span.SPAN_KIND_PRODUCER
        values = _messaging(hop.component, "send")
    else:
        method, route = request_of(hop.operation)
        name = method
        values = {
            "http.request.method": method,
            "url.path": route,
            # By its name, not its address: a callee that is down is then still known as itself.
            "peer.service": hop.component,
        }
        if hop.status in (Outcome.OK, Outcome.ERROR, Outcome.REJECTED):
            values["http.response.status_code"] = HTTP_STATUS[hop.status]
        if hop.attempt > 1:
            values["http.request.resend_count"] = hop.attempt - 1
    failed = hop.status is not Outcome.OK
    if failed:
        values["error.type"] = ERROR_TYPE[hop.status]
    return _part(name, kind, {**values, **token}, failed=failed, flags=_SAMPLED | _LOCAL)


def _messaging(queue: str, doing: str) -> dict[str, Value]:
    return {
        "messaging.system": QUEUE_SYSTEM,
        "messaging.destination.name": queue,
        "messaging.operation.type": doing,
    }


def _part(
    name: str,
    kind: Span.SpanKind.ValueType,
    values: Mapping[str, Value],
    *,
    failed: bool,
    flags: int,
) -> bytes:
    """All of a span but its ids, its times and the values that differ from hop to hop."""
    span = Span(name=name, kind=kind, attributes=attributes_of(values), flags=flags)
    if failed:
        span.status.code = Status.STATUS_CODE_ERROR
    return span.SerializeToString()
