"""What a run of the engine emits: hops, log lines and samples, passed to a sink.

Times are simulated seconds since the run's start; a sink that writes telemetry adds the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

SEPARATOR = "/"


class Status(StrEnum):
    """How a hop ended for its caller."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    """The caller gave up. The callee may still be working: `ended` is then `answered`."""
    REJECTED = "rejected"
    """The callee's queue was full."""
    BREAKER_OPEN = "breaker_open"
    """The caller's circuit breaker let nothing through: nothing was sent."""
    REFUSED = "refused"
    """The callee was down, out of reach, or its certificate was not accepted."""


OK, TIMEOUT = Status.OK, Status.TIMEOUT
"""For hot paths: in Python 3.11 accessing an enum's member by name is a call of 0.1 µs."""


class Severity(StrEnum):
    """Severity of a log line, as in OpenTelemetry's severity text."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"
    FATAL = "FATAL"


class Hop(NamedTuple):
    """One attempt of one call, as observed by its caller (sent, answered) and its callee (others).

    A hop that no worker took (rejected, breaker open, refused, lost, timed out in the queue) has
    `started == ended == answered`. A tuple, because there is one per hop: a frozen dataclass takes
    2.5 µs longer to create.
    """

    trace: int
    span: int
    """Unique within the run, from 1."""
    parent: int | None
    """Span of the hop that made this call; None at the edge of the system."""
    component: str
    operation: str
    caller: str | None
    """The calling component; None when the call came from outside of the system."""
    sent: float
    started: float
    ended: float
    answered: float
    queue_wait: float
    """Seconds between arrival at the callee and a worker's start."""
    attempt: int
    """From 1; each retry adds one."""
    depth: int
    """0 at the edge of the system."""
    status: Status
    cache: str | None
    """"hit" or "miss" when the callee looked into a cache for this call."""
    values: Mapping[str, float]
    """Inner values of the callee at `started`, by metric name (queue length, pool in use, …)."""
    path: str
    """Context stack: the components from the edge down to this one, joined by `SEPARATOR`."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One log line, as its template and the values of its {name} placeholders."""

    at: float
    component: str
    severity: Severity
    template: str
    values: Mapping[str, str]
    trace: int | None = None
    span: int | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One inner gauge of a component, under its OpenTelemetry name where there is one."""

    at: float
    component: str
    metric: str
    value: float
    unit: str


class Sink(Protocol):
    """Accepts records in the order in which simulated time completes them."""

    def hop(self, hop: Hop) -> None:
        """Accept a hop, once its caller has its answer."""

    def line(self, line: LogLine) -> None:
        """Accept a log line."""

    def sample(self, sample: Sample) -> None:
        """Accept a sample."""

    def close(self) -> None:
        """End the run: write what is still buffered."""
