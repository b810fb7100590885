"""OTLP requests of one workspace to what is stored of them: roll-ups, traces, calls.

`read` and `roll` only compute; their state counts once `commit` confirms that it is stored, and is
undone by `rollback`. So a request of either outcome can be read again.
"""

from __future__ import annotations

from collections import ChainMap, OrderedDict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from labo.adapters.otlp.logs import read_records
from labo.adapters.otlp.points import Names, read_points
from labo.adapters.otlp.requests import decode
from labo.adapters.otlp.resources import Services
from labo.adapters.otlp.shapes import Signal
from labo.adapters.otlp.spans import Read, read_spans
from labo.adapters.otlp.traces import HopRow, RecentTraces
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.telemetry.batches import ExemplarTrace
from labo.domain.telemetry.counters import Counted, Memory
from labo.domain.telemetry.logs.formats import LogFormat
from labo.domain.telemetry.logs.lines import ParsedLine, SourceLine
from labo.domain.telemetry.points import (
    Histogram,
    Number,
    Summary,
    add_histogram,
    add_number,
    add_summary,
)
from labo.domain.telemetry.rollups import Rollups
from labo.domain.telemetry.spans.calls import SERVICE_BYTES, CallWindow, Seen
from labo.domain.telemetry.spans.span import Service, Span
from labo.domain.telemetry.spans.summary import SpanSummary
from labo.errors import InvalidInput

_MAX_COUNTED_BYTES = 4_000_000
_COUNTED_BYTES, _NUMBER_BYTES = 550, 8
"""About what a counter's state takes, and each number of a histogram's buckets."""
_ROLLUP_BYTES, _SKETCH_BYTES = 500, 90
"""About what a roll-up takes until it is stored, and each bucket of its sketch."""
_MAX_SERIES = 20_000
_QUIET_S = 3_600.0
"""A series that was not heard of for so long makes room for another."""

Measured = Number | Histogram | Summary


@dataclass(slots=True)
class Decoded:
    """One request's content; `read` are spans with what they were read from."""

    received_at: float
    read: list[Read] = field(default_factory=list)
    points: list[Measured] = field(default_factory=list)
    records: list[tuple[Service, SourceLine, ParsedLine]] = field(default_factory=list)
    services: set[Service] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.read) + len(self.points) + len(self.records)


@dataclass(slots=True)
class Rolled:
    """What a round of requests comes to. `refused_series` are left out as too many; `mixed` are the
    (system, component, metric) of counters that several senders seem to write; `unusable` data
    points could not be computed with."""

    rollups: Rollups = field(default_factory=dict)
    seen: Seen = field(default_factory=Seen)
    traces: list[ExemplarTrace] = field(default_factory=list)
    hops: list[HopRow] = field(default_factory=list)
    counted: dict[str, Counted] = field(default_factory=dict)
    refused_series: int = 0
    mixed: set[tuple[str, str, str]] = field(default_factory=set)
    unusable: int = 0

    def size(self) -> int:
        """About its bytes in memory."""
        traces = sum(len(trace.body) for trace in self.traces)
        sketches = sum(len(rollup.sketch) for rollup in self.rollups.values())
        states = sum(map(_size, self.counted.values()))
        rollups = _ROLLUP_BYTES * len(self.rollups) + _SKETCH_BYTES * sketches
        return rollups + traces + states + SERVICE_BYTES * len(self.seen.services)


class OtlpIntake:
    """The memory of one workspace, each part of it bounded by bytes. `formats` of log lines are
    the operator's own."""

    def __init__(self, default_system: str, formats: tuple[LogFormat, ...] = ()) -> None:
        self._formats = formats
        self._services = Services(default_system)
        self._calls = CallWindow()
        self._traces = RecentTraces()
        self._names: Names = {}
        self._counted: OrderedDict[str, Counted] = OrderedDict()
        self._counted_bytes = 0
        self._later = Seen()
        self._series: dict[int, float] = {}

    def read(self, entry: OtlpEntry) -> Decoded:
        """Decode one request. Raises InvalidInput."""
        try:
            signal = Signal(entry.signal)
        except ValueError as error:
            raise InvalidInput("no signal of OTLP", where=entry.signal) from error
        found = Decoded(entry.received_at)
        request = decode(signal, entry.body)
        if isinstance(request, ExportTraceServiceRequest):
            found.read = list(read_spans(request, self._services, entry.system))
            found.services = {one.span.service for one in found.read}
        elif isinstance(request, ExportMetricsServiceRequest):
            measured = list(
                read_points(request, self._services, entry.system, entry.received_at, self._names)
            )
            found.points = [point for _, point in measured]
            found.services = {service for service, _ in measured}
        elif isinstance(request, ExportLogsServiceRequest):
            found.records = list(
                read_records(
                    request,
                    self._services,
                    entry.system,
                    entry.received_at,
                    entry.part,
                    self._formats,
                )
            )
            found.services = {service for service, _, _ in found.records}
        return found

    def unknown_counters(
        self, requests: Sequence[Decoded], known: Set[str] = frozenset()
    ) -> list[str]:
        """Counters whose state must be loaded (`remember`) before `roll`; of the `known` ones it
        is there."""
        streams = {
            one.point.stream
            for request in requests
            for one in request.points
            if one.point.is_cumulative or (isinstance(one, Number) and one.is_change)
        }
        return sorted(streams - self._counted.keys() - known)

    def remember(self, counted: Mapping[str, Counted]) -> None:
        """States of counters, as they are stored. Those not heard of for longest are forgotten
        here, and loaded again when they are."""
        for key, state in counted.items():
            if before := self._counted.pop(key, None):
                self._counted_bytes -= _size(before)
            self._counted[key] = state
            self._counted_bytes += _size(state)
        while self._counted_bytes > _MAX_COUNTED_BYTES:
            self._counted_bytes -= _size(self._counted.popitem(last=False)[1])

    def roll(self, requests: Sequence[Decoded], onto: Rolled | None = None) -> Rolled:
        """Roll the requests up, onto what others of the round came to."""
        rolled = self._begun() if onto is None else onto
        memory: Memory = ChainMap(rolled.counted, self._counted)
        for request in requests:
            for service in request.services:
                rolled.seen.services[(service.system, service.component)] = service
            if request.read:
                self._roll_spans(request, rolled)
            for measured in request.points:
                _roll_point(rolled, measured, memory)
        at = max((request.received_at for request in requests), default=0.0)
        rolled.refused_series += self._bound(rolled.rollups, at)
        return rolled

    def _begun(self) -> Rolled:
        """With what became known when the last round was stored."""
        rolled = Rolled()
        later = self._later
        rolled.seen.roles.update(later.roles)
        rolled.seen.links |= later.links
        SpanSummary(rolled.rollups, 0.0).call(later.calls)
        return rolled

    def commit(self, rolled: Rolled, received_at: float) -> None:
        """It is stored. Calls that turned out to leave the instrumented system come with the
        next round."""
        self._later = Seen()
        self._calls.commit(received_at, self._later)
        self.remember(rolled.counted)

    def rollback(self) -> None:
        """It could not be stored."""
        self._calls.rollback()

    def _roll_spans(self, request: Decoded, rolled: Rolled) -> None:
        seen = Seen()
        spans: list[Span] = [one.span for one in request.read]
        self._calls.stage(spans, seen)
        summary = SpanSummary(rolled.rollups, request.received_at)
        summary.enter(seen.fresh)
        summary.call(seen.calls)
        traces, hops = self._traces.ingest(request.read, seen.fresh, request.received_at)
        rolled.traces += traces
        rolled.hops += hops
        rolled.seen.roles.update(seen.roles)
        rolled.seen.links |= seen.links

    def _bound(self, rollups: Rollups, at: float) -> int:
        """Leave out what would be a series too many; how many series that are."""
        if len(self._series) >= _MAX_SERIES:
            self._series = {
                series: heard for series, heard in self._series.items() if heard > at - _QUIET_S
            }
        refused = []
        for key in rollups:
            name = key[0]
            # By hash: the names themselves would take ten times the memory.
            series = hash((name.system, name.component, name.metric))
            if series not in self._series and len(self._series) >= _MAX_SERIES:
                refused.append(key)
            else:
                self._series[series] = at
        for key in refused:
            del rollups[key]
        return len({name for name, _ in refused})


def _roll_point(rolled: Rolled, measured: Measured, memory: Memory) -> None:
    try:
        _add(rolled.rollups, measured, memory)
    except ArithmeticError:  # what the checks at the edge overlooked costs its point alone
        rolled.unusable += 1
    point = measured.point
    state = memory.get(point.stream) if point.is_cumulative else None
    if state is not None and state.is_mixed:
        rolled.mixed.add((point.system, point.component, point.metric))


def _size(state: Counted) -> int:
    return _COUNTED_BYTES + _NUMBER_BYTES * len(state.buckets)


def _add(rollups: Rollups, point: Measured, memory: Memory) -> None:
    if isinstance(point, Number):
        add_number(rollups, point, memory)
    elif isinstance(point, Histogram):
        add_histogram(rollups, point, memory)
    else:
        add_summary(rollups, point, memory)
