"""Signatures as an engineer would write them down: which metrics go where under each fault.

The control of the exam: the product's own identification with these in place of what it learns.
They name metrics and the rate of errors in logs, as alert rules do, and no single log line.
"""

from __future__ import annotations

from engine.faults.effects import Kind
from labo.domain.entities.conditions import Direction
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.knowledge.knowledge import Knowledge, KnownProblem
from labo.domain.knowledge.signatures import signature

SIZE = 8.0
CALLS = {
    "service": "http.server.request",
    "gateway": "http.server.request",
    "database": "db.client.operation",
    "cache": "db.client.operation",
    "queue": "messaging.client.operation",
}
"""What the calls to a role are measured as; `call.` below stands for it."""

SLOW = "call.duration.p50 call.duration.p95"
WRITTEN = {
    Kind.LATENCY: f"{SLOW} trace.self_time workers.busy",
    Kind.ERRORS: "call.error_ratio log.errors.rate trace.error_rate",
    Kind.CRASH: "-call.rate trace.called.error_rate log.errors.rate -process.cpu.utilization",
    Kind.CACHE_FLUSH: "-cache.entries",
    Kind.CACHE_STAMPEDE: "-cache.entries call.duration.p95",
    Kind.LOW_HIT_RATIO: "-cache.entries call.rate",
    Kind.DATA_DELETION: "-call.duration.p50",
    Kind.DATABASE_OVERLOAD: f"{SLOW} workers.busy queue.length process.cpu.utilization",
    Kind.LOCK_CONTENTION: f"{SLOW} workers.busy queue.length -process.cpu.utilization",
    Kind.SLOW_QUERY: f"{SLOW} workers.busy trace.self_time process.cpu.utilization",
    Kind.POOL_EXHAUSTION: "db.client.connection.pending_requests db.client.connection.count "
    f"{SLOW} log.errors.rate",
    Kind.QUEUE_BACKLOG: "queue.length call.error_ratio -process.cpu.utilization",
    Kind.CPU_SATURATION: f"system.cpu.utilization -process.cpu.utilization {SLOW}",
    Kind.MEMORY_LEAK: "process.memory.usage log.errors.rate",
    Kind.RETRY_STORM: "call.rate call.error_ratio trace.called.error_rate",
    Kind.TRAFFIC_SPIKE: "call.rate process.cpu.utilization system.cpu.utilization workers.busy",
    Kind.BAD_DEPLOY: "call.error_ratio log.errors.rate call.duration.p50 process.cpu.utilization",
    Kind.CLOCK_SKEW: "trace.called.clock_offset",
    Kind.PACKET_LOSS: "call.duration.p95 trace.called.wait_time",
    Kind.PARTITION: "-call.rate trace.called.error_rate trace.called.wait_time",
    Kind.EXPIRED_CERTIFICATE: "-call.rate trace.called.error_rate -process.cpu.utilization",
}
"""Metrics that go high, and with a minus low; all others are unknown, not normal."""


def handwritten() -> Knowledge:
    """One problem per kind and role."""
    return Knowledge(
        tuple(_problem(kind, role) for kind in Kind for role in CALLS), resolved_incidents=1
    )


def _problem(kind: Kind, role: str) -> KnownProblem:
    title = kind.value
    key = problem_key(role, ProblemKind.ALERT, title)
    conditions = []
    for word in WRITTEN[kind].split():
        low = word.startswith("-")
        metric = word.removeprefix("-").replace("call.", f"{CALLS[role]}.", 1)
        size = -SIZE if low else SIZE
        way = Direction.LOW if low else Direction.HIGH
        conditions.append(signature(key, role, metric, way, (1, 0, 0, 0, size, size * size)))
    return KnownProblem(key, title, role, conditions=tuple(conditions), kind=ProblemKind.ALERT)
