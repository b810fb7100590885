"""What one workspace's requests may take of memory."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from labo.adapters.otlp import intake
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.telemetry.spans.bodies import hops_of

HOUR = 3_600.0


def gauges(at: float, *names: str) -> OtlpEntry:
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    for name in names:
        point = scope.metrics.add(name=name).gauge.data_points.add(as_double=1.0)
        point.time_unix_nano = int(at * 1e9)
    return OtlpEntry("default", "metrics", "shop", at, f"{at}", request.SerializeToString())


def test_series_beyond_the_bound_are_refused_until_others_fall_quiet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Known ones go on; a system whose parts come and go is not shut out for ever."""
    monkeypatch.setattr(intake, "_MAX_SERIES", 2)
    taking = intake.OtlpIntake("default")

    def taken(entry: OtlpEntry) -> tuple[set[str], int]:
        rolled = taking.roll([taking.read(entry)])
        return {name.metric for name, _ in rolled.rollups}, rolled.refused_series

    assert taken(gauges(HOUR, "a", "b", "c")) == ({"a", "b"}, 1)
    assert taken(gauges(HOUR * 1.5, "a", "c")) == ({"a"}, 1)
    assert taken(gauges(HOUR * 2.2, "c")) == ({"c"}, 0)
    assert taken(gauges(HOUR * 2.2, "a", "b")) == ({"a"}, 1)


def test_an_exemplar_holds_no_secrets() -> None:
    """Neither by an attribute's name nor within a text; what else the span says stays."""
    request = ExportTraceServiceRequest()
    span = (
        request.resource_spans.add()
        .scope_spans.add()
        .spans.add(trace_id=b"t" * 16, span_id=b"s" * 8, kind=2, name="GET /login")
    )
    span.status.code = 2
    span.status.message = "refused: password=hunter2"
    for name, text in {
        "http.request.header.authorization": "Bearer abcdefghijkl",
        "url.full": "https://ada:lovelace@shop.test/?api_key=k3k3k3&page=2",
        "http.route": "/login",
    }.items():
        span.attributes.add(key=name).value.string_value = text
    span.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = 12
    taking = intake.OtlpIntake("default")
    entry = OtlpEntry("default", "traces", "shop", HOUR, "d", request.SerializeToString())

    (trace,) = taking.roll([taking.read(entry)]).traces

    (hop,) = hops_of(trace.body)
    assert dict(hop.attributes) == {
        "http.request.header.authorization": "***",
        "url.full": "https://ada:***@shop.test/?api_key=***&page=2",
        "http.route": "/login",
        "gen_ai.usage.input_tokens": "12",
    }
    assert "hunter2" not in trace.body
