"""A run's records as a stream of OTLP requests."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from engine.records import Hop, LogLine, Sample
from engine.telemetry.signals import Gauges, Lines
from engine.telemetry.spans import Origin, Spans

BATCH = 2_000
"""Items of a request at most: about one megabyte of spans."""

FLUSH_S = 5.0
"""Simulated seconds that an item waits at most for its batch to fill."""


class Signal(StrEnum):
    """The signals, by their paths in OTLP/HTTP."""

    TRACES = "traces"
    METRICS = "metrics"
    LOGS = "logs"


class Send(Protocol):
    """Accepts requests; may block while they cannot be delivered."""

    def __call__(self, signal: Signal, body: bytes, items: int) -> None: ...


class OtlpSink:
    """Batches by number and by simulated time, so the same run gives the same requests."""

    def __init__(
        self, origin: Origin, send: Send, *, batch: int = BATCH, flush_s: float = FLUSH_S
    ) -> None:
        self._send = send
        self._batch = batch
        self._flush_s = flush_s
        self._due = flush_s
        self._spans = Spans(origin)
        self._gauges = Gauges(origin)
        self._lines = Lines(origin, self._spans.ids)

    def hop(self, hop: Hop) -> None:
        self._spans.add(hop)
        if self._spans.count >= self._batch:
            self._send_spans()
        # A fault may skew clocks, but never the one outside of the system.
        if hop.parent is None and hop.answered >= self._due:
            self._flush(hop.answered)

    def line(self, line: LogLine) -> None:
        self._lines.add(line)
        if self._lines.count >= self._batch:
            self._send_lines()

    def sample(self, sample: Sample) -> None:
        self._gauges.add(sample)
        if self._gauges.count >= self._batch:
            self._send_samples()

    def close(self) -> None:
        """Send what is left."""
        self._flush(self._due)

    def _flush(self, now: float) -> None:
        self._due = now + self._flush_s
        self._send_spans()
        self._send_samples()
        self._send_lines()

    def _send_spans(self) -> None:
        if count := self._spans.count:
            self._send(Signal.TRACES, self._spans.drain(), count)

    def _send_samples(self) -> None:
        if count := self._gauges.count:
            self._send(Signal.METRICS, self._gauges.drain(), count)

    def _send_lines(self) -> None:
        if count := self._lines.count:
            self._send(Signal.LOGS, self._lines.drain(), count)
