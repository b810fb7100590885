"""High-volume telemetry, which is not stored in the graph. Times are epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labo.domain.telemetry.counters import Counted
from labo.domain.telemetry.rollups import Rollups


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
    """A log line with its identity: for a line of a file, the file's digest and the offset (see
    `SourceLine.id`)."""

    id: str
    system: str
    component: str
    timestamp: float
    level: str
    body: str
    template_id: str = ""


@dataclass(frozen=True, slots=True)
class ExemplarTrace:
    """A trace saved as an exemplar. `body` is its OTLP/JSON text."""

    trace_id: str
    system: str
    component: str
    timestamp: float
    duration_ms: float
    is_error: bool
    body: str


@dataclass(frozen=True, slots=True)
class TelemetryBatch:
    """What one sender delivers at once. Appending the same batch twice changes nothing."""

    workspace: str = "default"
    samples: tuple[Sample, ...] = ()
    lines: tuple[StoredLine, ...] = ()
    traces: tuple[ExemplarTrace, ...] = ()

    def __len__(self) -> int:
        return len(self.samples) + len(self.lines) + len(self.traces)


@dataclass(frozen=True, slots=True)
class RolledBatch:
    """The aggregate of some OTLP requests of one workspace, saved atomically.

    `digests` identify the requests: none is saved twice while the store remembers it. `hops` are
    the (trace id, system, component, timestamp) of the exemplar traces' spans; an existing trace
    is extended by the spans that it lacks. `events` are (id, JSON) waiting to be written to the
    graph, `states` texts by name that replace the former ones.
    """

    workspace: str
    digests: tuple[str, ...] = ()
    rollups: Rollups = field(default_factory=dict)
    lines: tuple[StoredLine, ...] = ()
    traces: tuple[ExemplarTrace, ...] = ()
    hops: tuple[tuple[str, str, str, float], ...] = ()
    counted: Mapping[str, Counted] = field(default_factory=dict)
    events: tuple[tuple[str, str], ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)
