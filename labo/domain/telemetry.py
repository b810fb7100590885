"""High-volume telemetry: what stays out of the graph. Times are epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one metric of one component (names, as in `SeriesKey`)."""

    system: str
    component: str
    metric: str
    timestamp: float
    value: float


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A log line under its identity, `digest(file identity, offset)` for a file's line."""

    id: str
    system: str
    component: str
    timestamp: float
    level: str
    body: str
    template_id: str = ""


@dataclass(frozen=True, slots=True)
class ExemplarTrace:
    """A trace kept as an example. `body` is its OTLP/JSON text."""

    trace_id: str
    system: str
    component: str
    timestamp: float
    duration_ms: float
    is_error: bool
    body: str


@dataclass(frozen=True, slots=True)
class TelemetryBatch:
    """What one sender hands over at once. Appending the same batch twice changes nothing."""

    workspace: str = "default"
    samples: tuple[Sample, ...] = ()
    lines: tuple[StoredLine, ...] = ()
    traces: tuple[ExemplarTrace, ...] = ()

    def __len__(self) -> int:
        return len(self.samples) + len(self.lines) + len(self.traces)
