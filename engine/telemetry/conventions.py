"""Semantic conventions: how a hop is represented in OpenTelemetry, by the role of the callee.

Like real ones, databases, caches and queues emit no spans of their own: they are measured by their
callers' client spans. All others emit a server span for each hop that a worker took. At the edge of
the system there is no calling component to measure what a user experiences, so the server's span
lasts from sending to answer, and a hop that no worker took is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from engine.records import OK, Hop, Status

STORES = {"database": "postgresql", "cache": "redis"}
"""`db.system.name` by role."""

QUEUE = "queue"
QUEUE_SYSTEM = "kafka"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SERVED = frozenset({Status.OK, Status.ERROR, Status.REJECTED})
_FAILED_AT_SERVER = frozenset({Status.ERROR, Status.REJECTED})

HTTP_STATUS = {
    Status.OK: 200,
    Status.ERROR: 500,
    Status.TIMEOUT: 504,
    Status.REJECTED: 503,
    Status.REFUSED: 503,
    Status.BREAKER_OPEN: 503,
}
"""Status codes of the edge; inside, a caller without an answer has no status code."""

ERROR_TYPE = {
    Status.ERROR: "500",
    Status.TIMEOUT: "timeout",
    Status.REJECTED: "503",
    Status.REFUSED: "connection_refused",
    Status.BREAKER_OPEN: "circuit_breaker_open",
}


class Measured(NamedTuple):
    """One hop as a roll-up counts it: the prefix of the metric's name, seconds, outcome."""

    metric: str
    start: float
    end: float
    failed: bool


def is_silent(role: str) -> bool:
    """Whether components of the role emit no spans."""
    return role in STORES or role == QUEUE


def is_served(hop: Hop) -> bool:
    """Whether the callee answered the hop, or at least worked on it."""
    return hop.caller is None or hop.status in _SERVED or hop.ended > hop.started


def has_failed_at_server(hop: Hop) -> bool:
    """Whether the callee's own span is an error. A callee that continued, unaware that its caller
    had given up, does not report one."""
    if hop.caller is None:
        return hop.status is not OK
    return hop.status in _FAILED_AT_SERVER


def request_of(operation: str) -> tuple[str, str]:
    """HTTP method and route of an operation: `POST /play`, or a bare name."""
    method, _, route = operation.partition(" ")
    if method in _METHODS and route:
        return method, route
    return "GET", operation if operation.startswith("/") else f"/{operation}"


def measured(hop: Hop, roles: Mapping[str, str]) -> Measured | None:
    """What the hop adds to its callee's metrics; None when it never reached the callee."""
    role = roles.get(hop.component, "service")
    if role in STORES:
        return Measured("db.client.operation", hop.sent, hop.answered, hop.status is not OK)
    if role == QUEUE:
        failed = hop.status is not OK
        return Measured("messaging.client.operation", hop.sent, hop.answered, failed)
    if not is_served(hop):
        return None
    if hop.caller is None:
        return Measured("http.server.request", hop.sent, hop.answered, hop.status is not OK)
    taken = roles.get(hop.caller) == QUEUE
    metric = "messaging.process" if taken else "http.server.request"
    return Measured(metric, hop.started, hop.ended, has_failed_at_server(hop))
