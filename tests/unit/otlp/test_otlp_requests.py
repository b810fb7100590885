"""Export requests, decoded, counted and answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.json_format import Parse
from google.rpc.status_pb2 import Status
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from labo.adapters.otlp.intake import OtlpIntake
from labo.adapters.otlp.requests import answer, check, failure
from labo.adapters.otlp.shapes import Signal
from labo.adapters.telemetry.stream import OtlpEntry
from labo.errors import InvalidInput

TRACE = "5b8efff798038103d269b633813fc60c"
SPAN = "eee19b7ec3c1b174"


def a_span(**changed: object) -> dict[str, object]:
    times = {"startTimeUnixNano": "1795995000000000000", "endTimeUnixNano": "1795995001000000000"}
    return {"traceId": TRACE, "spanId": SPAN, "name": "GET /", "kind": 2} | times | changed


def traces(*spans: dict[str, object]) -> bytes:
    value = {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}], "new_field": {"a": 1}}
    return json.dumps(value).encode()


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            [
                "resourceSpans", "scopeSpans", "spans", "traceId", "spanId", "kind", "attributes",
                "key", "value", "stringValue", "resourceMetrics", "scopeMetrics", "metrics", "sum",
                "gauge", "histogram", "dataPoints", "asDouble", "asInt", "timeUnixNano", "resource",
                "exponentialHistogram", "positive", "offset", "scale", "bucketCounts", "name",
                "resourceLogs", "scopeLogs", "logRecords", "body", "severityNumber", "count",
                "explicitBounds", "startTimeUnixNano", "endTimeUnixNano", "aggregationTemporality",
                "isMonotonic", "summary", "quantileValues", "links",
            ]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


def read(signal: Signal, body: bytes) -> None:
    """As the stream process does, up to the roll-ups."""
    intake = OtlpIntake("default")
    decoded = intake.read(OtlpEntry("default", signal.value, "", 1_700_000_000.0, "d", body))
    intake.commit(intake.roll([decoded]), 1_700_000_000.0)


@settings(max_examples=150, deadline=None)
@given(signal=st.sampled_from(Signal), body=st.binary(max_size=300), is_json=st.booleans())
def test_arbitrary_bytes_are_refused_or_read(signal: Signal, body: bytes, is_json: bool) -> None:
    """Whatever comes is an export request or InvalidInput; what is taken can be rolled up."""
    try:
        checked = check(signal, body, is_json=is_json)
    except InvalidInput as error:
        status = Status.FromString(failure(str(error), is_json=False))
        assert (status.code, bool(status.message)) == (3, True)
    else:
        read(signal, b"".join(checked.parts))


@settings(max_examples=300, deadline=None)
@given(signal=st.sampled_from(Signal), value=JSON_VALUES)
def test_arbitrary_json_is_refused_or_read(signal: Signal, value: object) -> None:
    """JSON of the right words in the wrong places never crashes either."""
    try:
        checked = check(signal, json.dumps(value).encode(), is_json=True)
    except InvalidInput:
        return
    assert 0 <= checked.rejected <= checked.items
    read(signal, b"".join(checked.parts))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"\xff", b"[" * 100_000, b'{"resourceSpans": 1}', b'{"a":' * 5_000, b"{"],
)
def test_what_is_no_object_is_refused(body: bytes) -> None:
    """Malformed, nested too deeply or of another shape: refused with the reason."""
    with pytest.raises(InvalidInput):
        check(Signal.TRACES, body, is_json=True)


def test_hexadecimal_ids_arrive_as_they_are() -> None:
    """JSON ids are hexadecimal, enums integers, and unknown fields are ignored."""
    links = [{"traceId": TRACE, "spanId": SPAN}]
    checked = check(Signal.TRACES, traces(a_span(links=links, unheard_of=[1])), is_json=True)

    request = ExportTraceServiceRequest.FromString(b"".join(checked.parts))
    span = request.resource_spans[0].scope_spans[0].spans[0]
    assert (span.trace_id.hex(), span.span_id.hex(), span.kind) == (TRACE, SPAN, 2)
    assert span.links[0].trace_id.hex() == TRACE


def test_spans_without_valid_ids_are_counted_and_named() -> None:
    """Partial success says how many spans were refused, and why; the others are kept."""
    spans = [a_span(), a_span(spanId="zz"), a_span(traceId="00" * 16), a_span(traceId="abcd")]
    checked = check(Signal.TRACES, traces(*spans), is_json=True)

    assert (checked.items, checked.rejected) == (4, 3)
    response = Parse(answer(checked, is_json=True), ExportTraceServiceResponse())
    assert response.partial_success.rejected_spans == 3
    assert "id is not valid" in response.partial_success.error_message


def test_full_success_says_nothing() -> None:
    """An answer to a request of which all is kept is empty."""
    checked = check(Signal.TRACES, traces(a_span()), is_json=True)

    assert answer(checked, is_json=False) == b""
    assert json.loads(answer(checked, is_json=True)) == {}


def test_points_that_say_nothing_are_refused() -> None:
    """NaN, infinity, a missing value and buckets that fit no bounds are each counted."""
    request = ExportMetricsServiceRequest()
    metrics = request.resource_metrics.add().scope_metrics.add().metrics
    gauge = metrics.add(name="g").gauge.data_points
    for value in (1.0, float("nan"), float("inf")):
        gauge.add(as_double=value)
    gauge.add()
    gauge.add(flags=1)  # the sender says itself that nothing was recorded
    metrics.add(name="h").histogram.data_points.add(bucket_counts=[1, 2], explicit_bounds=[1, 2])
    metrics.add().gauge.data_points.add(as_int=1)

    checked = check(Signal.METRICS, request.SerializeToString(), is_json=False)

    assert (checked.items, checked.rejected) == (7, 5)
    assert "not finite: 2" in checked.reason


def test_records_without_a_body_are_refused() -> None:
    """A log record needs a body or an event's name."""
    records = [{"body": {"stringValue": "x"}}, {}, {"eventName": "e"}]
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}

    checked = check(Signal.LOGS, json.dumps(body).encode(), is_json=True)

    assert (checked.items, checked.rejected) == (3, 1)
