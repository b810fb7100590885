"""Hops of a small made-up system."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from engine.records import Hop, Status

EPOCH = 1_700_000_000_000_000_000
ROLES = {
    "edge": "edge",
    "api": "service",
    "db": "database",
    "redis": "cache",
    "events": "queue",
    "mailer": "worker",
}

SMALL = """\
name: small
hosts:
  one: {cores: 4}
components:
  web:
    role: service
    host: one
    workers: 8
    operations:
      home: {service: {median: 0.002}, calls: [{component: db, operation: read}]}
  db:
    role: database
    host: one
    workers: 8
    operations:
      read: {service: {median: 0.002}}
load:
  rate: 5
  entries: [{component: web, operation: home}]
"""
"""A system of one service and one database, as a description; five requests a second."""


def a_hop(
    span: int,
    component: str,
    caller: str | None = None,
    *,
    trace: int = 1,
    parent: int | None = None,
    operation: str = "GET /home",
    sent: float = 1.0,
    took: float = 0.1,
    status: Status = Status.OK,
    attempt: int = 1,
    cache: str | None = None,
    values: Mapping[str, float] | None = None,
    path: str = "",
) -> Hop:
    """Sent at `sent`; 10 ms under way each way, 10 ms in the queue. One that nobody took up
    starts and ends when it is answered."""
    answered = sent + took
    taken = status in (Status.OK, Status.ERROR)
    return Hop(
        trace=trace,
        span=span,
        parent=parent,
        component=component,
        operation=operation,
        caller=caller,
        sent=sent,
        started=sent + 0.02 if taken else answered,
        ended=answered - 0.01 if taken else answered,
        answered=answered,
        queue_wait=0.01 if taken else 0.0,
        attempt=attempt,
        depth=0 if caller is None else 1,
        status=status,
        cache=cache,
        values=values or {},
        path=path or (component if caller is None else f"{caller}/{component}"),
    )


def a_request(trace: int = 1, sent: float = 1.0) -> list[Hop]:
    """edge -> api -> db, redis, and by the queue to mailer; callees first, the message last."""
    first = trace * 10
    api = first + 1
    hop = partial(a_hop, trace=trace, sent=sent)
    return [
        hop(first + 2, "db", "api", parent=api, operation="SELECT", path="edge/api/db"),
        hop(
            first + 3, "redis", "api", parent=api, operation="GET", cache="miss",
            path="edge/api/redis",
        ),
        hop(first + 4, "events", "api", parent=api, operation="publish", path="edge/api/events"),
        hop(api, "api", "edge", parent=first, values={"queue.length": 3.0}),
        hop(first, "edge", operation="POST /buy"),
        hop(
            first + 5, "mailer", "events", parent=first + 4, operation="mail",
            path="edge/api/events/mailer",
        ),
    ]  # fmt: skip
