"""The part of a span that is used, and the service that emitted it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

UNKNOWN_SERVICE = "unknown_service"
NANOS = 1_000_000_000
MAX_AHEAD_S = 600.0
"""Seconds by which a span may be ahead of its receipt, as clocks differ; one further ahead is dated
by its receipt. By judgement."""
MAX_NAME = 200

EARLIEST_S = 946_684_800.0
"""2000-01-01: what is dated earlier comes from a clock that was never set."""
LONGEST_S = 30 * 86_400.0
"""A span that took longer has an impossible time; telemetry is kept for no longer by default."""
_LONGEST = int(LONGEST_S) * NANOS

Value = str | int | float | bool


class SpanKind(IntEnum):
    """As in OTLP; any other value is treated as INTERNAL."""

    UNSPECIFIED = 0
    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """The emitter: one object per resource of a workspace, so that identity distinguishes two."""

    system: str
    component: str
    environment: str = "default"
    role: str = "service"
    labels: Mapping[str, str] = field(default_factory=dict)


class Span(NamedTuple):
    """Ids are raw bytes, `parent` empty for a root; times in nanoseconds since the epoch.

    `is_remote`: by the sender, the parent is in another process. `attributes` contains those of
    `SPAN_KEYS` only; `links` are trace id and span id concatenated.
    """

    trace: bytes
    id: bytes
    parent: bytes
    service: Service
    kind: int
    start: int
    end: int
    failed: bool
    is_remote: bool
    attributes: Mapping[str, Value]
    links: tuple[bytes, ...] = ()


SPAN_KEYS = frozenset(
    {
        "aws.dynamodb.table_names",
        "aws.s3.bucket",
        "db.name",
        "db.namespace",
        "db.system",
        "db.system.name",
        "faas.invoked_name",
        "faas.trigger",
        "http.method",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "http.status_code",
        "http.url",
        "messaging.destination",
        "messaging.destination.name",
        "messaging.operation",
        "messaging.operation.type",
        "messaging.system",
        "net.peer.name",
        "peer.service",
        "rpc.service",
        "rpc.system",
        "rpc.system.name",
        "server.address",
        "url.full",
        "url.path",
    }
)
"""The attributes that describe a span's operation, under their present and former names."""


def first(attributes: Mapping[str, Value], *keys: str) -> str:
    """The text of the first key that is present and not empty, else an empty text."""
    for key in keys:
        found = attributes.get(key)
        if found not in (None, ""):
            return str(found)[:MAX_NAME]
    return ""


def ended_at(span: Span, received_at: float) -> float:
    """Event time of the span in epoch seconds: its end, or its receipt if the end is impossible."""
    end = span.end / NANOS
    return end if EARLIEST_S <= end <= received_at + MAX_AHEAD_S else received_at


def is_possible(start: int, end: int) -> bool:
    """Whether a span may have lasted from `start` to `end`, in nanoseconds since the epoch."""
    return start > 0 and 0 <= end - start <= _LONGEST


def seconds(span: Span) -> float | None:
    """Duration; None when the times are impossible, as with a start at 0 or after the end."""
    start, end = span.start, span.end
    return (end - start) / NANOS if is_possible(start, end) else None


def has_failed(span: Span) -> bool:
    """By its status, or by a 5xx answer."""
    if span.failed:
        return True
    attributes = span.attributes
    code = attributes.get("http.response.status_code") or attributes.get("http.status_code")
    return isinstance(code, int) and code >= 500
