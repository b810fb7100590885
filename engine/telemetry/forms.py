"""The names and attributes of a hop's spans, independent of their encoding.

Per hop there are the caller's client span and the callee's server span, as far as
`telemetry.conventions` defines them. The callee's span, or the client span of a silent callee, has
the causal token: `causal.path` (components from the edge down), `causal.depth`, `causal.attempt`,
`causal.queue_wait` (seconds), `causal.cache`, and inner values as `causal.value.<name>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from engine.records import Hop
from engine.records import Status as Outcome
from engine.telemetry.conventions import (
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

Value = str | int | float

_SAMPLED, _LOCAL, _REMOTE = 0x001, 0x100, 0x300


@dataclass(frozen=True, slots=True)
class Form:
    """Everything of a span except its ids, its times and the values that vary between hops;
    `values` are the names of these, each a float."""

    name: str
    kind: Span.SpanKind.ValueType
    attributes: Mapping[str, Value]
    values: tuple[str, ...]
    failed: bool
    flags: int
    is_root: bool


def forms(hop: Hop, roles: Mapping[str, str]) -> tuple[Form | None, Form | None]:
    """The client's and the server's span of a hop, None where there is no such span."""
    role = roles.get(hop.component, "service")
    token: dict[str, Value] = {
        "causal.path": hop.path,
        "causal.depth": hop.depth,
        "causal.attempt": hop.attempt,
    }
    if hop.cache is not None:
        token["causal.cache"] = hop.cache
    is_taken = roles.get(hop.caller or "") == QUEUE
    is_root = hop.parent is None or hop.caller is None
    names = ("causal.queue_wait", *(f"causal.value.{name}" for name in hop.values))
    client = server = None
    if is_served(hop) and not is_silent(role):
        server = _server(hop, token, names, is_taken=is_taken, is_root=is_root)
    if not is_root and not is_taken:
        # One span must have the token.
        client = _client(hop, role, token, names) if server is None else _client(hop, role, {}, ())
    return client, server


def _server(
    hop: Hop,
    token: Mapping[str, Value],
    names: tuple[str, ...],
    *,
    is_taken: bool,
    is_root: bool,
) -> Form:
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
    return Form(name, kind, {**values, **token}, names, failed, flags, is_root)


def _client(hop: Hop, role: str, token: Mapping[str, Value], names: tuple[str, ...]) -> Form:
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
            # By its name, not its address, so that a callee that is down is still identified.
            "peer.service": hop.component,
        }
        if hop.status in (Outcome.OK, Outcome.ERROR, Outcome.REJECTED):
            values["http.response.status_code"] = HTTP_STATUS[hop.status]
        if hop.attempt > 1:
            values["http.request.resend_count"] = hop.attempt - 1
    failed = hop.status is not Outcome.OK
    if failed:
        values["error.type"] = ERROR_TYPE[hop.status]
    return Form(name, kind, {**values, **token}, names, failed, _SAMPLED | _LOCAL, is_root=False)


def _messaging(queue: str, doing: str) -> dict[str, Value]:
    return {
        "messaging.system": QUEUE_SYSTEM,
        "messaging.destination.name": queue,
        "messaging.operation.type": doing,
    }
