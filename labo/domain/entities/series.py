"""Metric series and the windows that a diagnosis compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """`component` is a component's name within the system, `metric` a metric kind's key."""

    component: str
    metric: str


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """`timestamps` are epoch seconds, ascending, shape (n,); `values` shape (n,), NaN = unknown."""

    timestamps: FloatArray
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open interval of event time, `start <= t < end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SeriesQuery:
    """Which telemetry of one system is requested, over a window of event time.

    `step_s` is the length of the steps, aligned to the epoch, to which values are resampled; None
    returns them as stored. `components` are names; None means all, an empty set none.
    """

    workspace: str
    system: str
    window: Window
    step_s: float | None = None
    components: frozenset[str] | None = None

    def includes(self, component: str) -> bool:
        """Whether `component` (name) is requested."""
        return self.components is None or component in self.components


@dataclass(frozen=True, slots=True)
class Topology:
    """`dependencies` are (caller, callee) pairs of component names; cycles are allowed."""

    components: tuple[str, ...]
    dependencies: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of `logs.jsonl`."""

    timestamp: float
    component: str
    severity: str
    body: str


@dataclass(frozen=True, slots=True)
class TimedSpan:
    """One span of a case's traces: `start` in epoch seconds, `duration` in seconds.

    `parent` is empty for a root. `peer` is the callee that a calling span names, `peer_role` the
    callee's role by its attributes; `address` is the network address that it calls, with the port
    if known; `operation` is the query or route. Each is empty if unknown.
    """

    trace: str
    id: str
    parent: str
    component: str
    start: float
    duration: float
    is_error: bool = False
    peer: str = ""
    peer_role: str = ""
    operation: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Everything a diagnosis reads about one incident, from a folder or from the stores.

    `metric` narrows the target's own symptom; `label` is the known answer, for scoring and
    learning only, never read by a diagnosis. `logs_since` is when log collection began (epoch
    seconds): from then on, no line means that nothing was logged. `system` is the incident's
    system, `problem` the key of the problem that the target's alert is an instance of; None where
    not known, as in a folder.
    """

    name: str
    target: str
    symptom: Window
    baseline: Window
    topology: Topology
    series: Mapping[SeriesKey, Series]
    metric: str | None = None
    label: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    logs: tuple[LogLine, ...] = ()
    traces: tuple[TimedSpan, ...] = ()
    logs_since: float | None = None
    system: str | None = None
    problem: str | None = None
