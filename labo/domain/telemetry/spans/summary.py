"""Spans to roll-ups: rate, duration and share of errors per component.

Spans that enter a component (SERVER and CONSUMER spans, and roots that call nobody) are counted
there; a client span is counted at its callee, where that one emits no spans of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from labo.caching import cached_texts
from labo.domain.telemetry.rollups import (
    STEPS,
    Rollup,
    Rollups,
    SeriesKind,
    SeriesName,
    SeriesOrigin,
    bucket_of,
)
from labo.domain.telemetry.spans.calls import Call
from labo.domain.telemetry.spans.span import Span, SpanKind, ended_at, has_failed, seconds

_HTTP = ("http.request.method", "http.method", "http.route", "url.path")
_STEP = STEPS[0]
_Key = tuple[str, str, str, int]
"""System, component, metric and the start of the step."""


def entry_metric(span: Span) -> str | None:
    """The prefix of an entering span's roll-ups; None for a span inside a component."""
    if span.kind == SpanKind.SERVER:
        attributes = span.attributes
        if any(key in attributes for key in _HTTP):
            return "http.server.request"
        if "rpc.system" in attributes or "rpc.system.name" in attributes:
            return "rpc.server"
        return "server.request"
    if span.kind == SpanKind.CONSUMER:
        return "messaging.process"
    return "operation" if not span.parent and span.kind < SpanKind.SERVER else None


class SpanSummary:
    """Adds spans to `rollups`. `received_at` dates spans without a possible time of their own."""

    def __init__(self, rollups: Rollups, received_at: float) -> None:
        self._rollups = rollups
        self._received_at = received_at
        self._held: dict[_Key, tuple[Rollup, Rollup]] = {}
        self._durations: dict[_Key, Rollup] = {}

    def enter(self, spans: Iterable[Span]) -> None:
        """Count the spans that enter their component; others are ignored."""
        for span in spans:
            metric = entry_metric(span)
            if metric is not None:
                self._count(span.service.system, span.service.component, metric, span)

    def call(self, calls: Iterable[Call]) -> None:
        """Count calls at their callees."""
        for call in calls:
            self._count(call.service.system, call.peer.name, call.peer.metric, call.span)

    def _count(self, system: str, component: str, metric: str, span: Span) -> None:
        start = int(ended_at(span, self._received_at) // _STEP) * _STEP
        key = (system, component, metric, start)
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = self._create(*key)
        rate, errors = held
        rate.count += 1.0
        rate.total += 1.0
        errors.count += 1.0
        if has_failed(span):
            errors.total += 1.0
        value = seconds(span)
        if value is not None:
            self._observe(key, value)

    def _observe(self, key: _Key, value: float) -> None:
        """As Rollup.observe does, without its calls: this runs for each span."""
        duration = self._durations.get(key)
        if duration is None:
            name = names_of(*key[:3])[0]
            duration = self._rollups.setdefault((name, key[3]), Rollup())
            self._durations[key] = duration
        duration.count += 1.0
        duration.total += value
        if value > duration.high:
            duration.high = value
        if value < duration.low:
            duration.low = value
        sketch = duration.sketch
        bucket = bucket_of(value)
        sketch[bucket] = sketch.get(bucket, 0.0) + 1.0

    def _create(
        self, system: str, component: str, metric: str, start: int
    ) -> tuple[Rollup, Rollup]:
        _, *names = names_of(system, component, metric)
        rate, errors = (self._rollups.setdefault((name, start), Rollup()) for name in names)
        rate.low = rate.high = 1.0
        errors.low, errors.high = 0.0, 1.0
        return rate, errors


@cached_texts(entries=2_000, longest=160)  # 7 MB at most, with the names
def names_of(system: str, component: str, metric: str) -> tuple[SeriesName, ...]:
    """The series of one kind of entry: duration in seconds, rate per second, share of errors."""
    kinds = (
        ("duration", SeriesKind.DISTRIBUTION),
        ("rate", SeriesKind.RATE),
        ("error_ratio", SeriesKind.GAUGE),
    )
    return tuple(
        SeriesName(system, component, f"{metric}.{what}", kind, SeriesOrigin.SPAN)
        for what, kind in kinds
    )
