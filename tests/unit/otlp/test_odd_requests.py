"""Requests as they really come: the good items are kept, the others named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from labo.adapters.otlp.cutting import MARK, MAX_BYTES
from labo.adapters.otlp.intake import OtlpIntake, Rolled
from labo.adapters.otlp.parts import MAX_ITEMS, TooMuch
from labo.adapters.otlp.requests import check
from labo.adapters.otlp.shapes import Signal
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.telemetry.spans.bodies import hops_of
from labo.errors import InvalidInput

AT = 1_795_995_000
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def nanos(seconds: float) -> str:
    return str(int(seconds * 1e9))


def a_span(start: float = AT, end: float = AT + 1, **changed: object) -> dict[str, object]:
    times = {"startTimeUnixNano": nanos(start), "endTimeUnixNano": nanos(end)}
    return {"traceId": TRACE, "spanId": SPAN, "name": "GET /", "kind": 2} | times | changed


def a_sum(*points: dict[str, object], **changed: object) -> dict[str, object]:
    data: dict[str, object] = {"aggregationTemporality": 2, "isMonotonic": True}
    return {"name": "req", "sum": data | {"dataPoints": list(points)} | changed}


def a_histogram(**changed: object) -> dict[str, object]:
    point: dict[str, object] = {
        "count": "4", "sum": 10.0, "bucketCounts": ["1", "2", "1"], "explicitBounds": [1.0, 5.0],
        "startTimeUnixNano": nanos(AT - 60), "timeUnixNano": nanos(AT),
    }  # fmt: skip
    data = {"aggregationTemporality": 1, "dataPoints": [point | changed]}
    return {"name": "wait", "histogram": data}


def request(signal: Signal, *items: Any) -> dict[str, Any]:
    names = {
        Signal.TRACES: ("resourceSpans", "scopeSpans", "spans"),
        Signal.METRICS: ("resourceMetrics", "scopeMetrics", "metrics"),
        Signal.LOGS: ("resourceLogs", "scopeLogs", "logRecords"),
    }[signal]
    return {names[0]: [{names[1]: [{names[2]: list(items)}]}]}


def rolled(signal: Signal, body: bytes, at: float = AT + 60) -> Rolled:
    """What a stored request comes to."""
    intake = OtlpIntake("default")
    found = intake.roll([intake.read(OtlpEntry("default", signal.value, "", at, "d", body))])
    intake.commit(found, at)
    return found


CRASHING = {
    "explicitBounds": [1.7e308],
    "bucketCounts": ["3", "3"],
    "count": "6",
    "sum": 1.0,
    "min": -1.7e308,
}
TIMES = {"timeUnixNano": nanos(AT), "startTimeUnixNano": nanos(AT - 60)}
POINT = {"asInt": "1", **TIMES}


@pytest.mark.parametrize(
    ("signal", "items", "expected", "reason"),
    [
        (Signal.METRICS, [a_histogram(**CRASHING)], (1, 1), "out of range"),
        (Signal.METRICS, [a_histogram(explicitBounds=[5.0, 1.0])], (1, 1), "do not rise"),
        (Signal.METRICS, [a_histogram(explicitBounds=[1.0, "Infinity"])], (1, 1), "not finite"),
        (Signal.METRICS, [a_histogram(explicitBounds=[1.0])], (1, 1), "do not fit"),
        (Signal.METRICS, [a_histogram(sum="NaN")], (1, 0), ""),
        (Signal.METRICS, [a_histogram(sum=1e300)], (1, 1), "out of range"),
        (Signal.METRICS, [a_histogram(min=-1.7e308, max=1.7e308)], (1, 0), ""),
        (Signal.METRICS, [a_sum({**TIMES, "asDouble": "NaN"}, POINT)], (2, 1), "not finite"),
        (Signal.METRICS, [a_sum({**POINT, "asInt": "9" * 30}, POINT)], (2, 1), "not valid"),
        (Signal.METRICS, [a_sum({**TIMES, "asDouble": 1e200}, POINT)], (2, 1), "out of range"),
        (Signal.METRICS, [a_sum(POINT, aggregationTemporality=0)], (1, 1), "temporality"),
        (Signal.METRICS, [a_sum(POINT), {"name": "g", "gauge": {"dataPoints": [None, POINT]}}],
         (2, 0), ""),
        (Signal.TRACES, [None, a_span()], (1, 0), ""),
        (Signal.TRACES, [a_span(name="\ud800"), a_span()], (2, 1), "not valid"),
        (Signal.TRACES, [a_span(startTimeUnixNano="-1"), a_span()], (2, 1), "not valid"),
        (Signal.TRACES, [a_span(kind=None, attributes=None), a_span()], (2, 0), ""),
        (Signal.TRACES, [a_span(attributes=[None, {"key": "a", "value": None}])], (1, 0), ""),
        (Signal.TRACES, [a_span(start=0)], (1, 0), "times are not possible"),
        (Signal.TRACES, [a_span(end=AT - 1)], (1, 0), "times are not possible"),
        (Signal.TRACES, [a_span(start=1)], (1, 0), "times are not possible"),
        (Signal.TRACES, [a_span(startTimeUnixNano=None)], (1, 0), "times are not possible"),
        (Signal.LOGS, [{"severityNumber": 17, "attributes": [
            {"key": "exception.type", "value": {"stringValue": "ValueError"}}]}], (1, 0), ""),
        (Signal.LOGS, [{"body": {"stringValue": ""}}, {"body": None}], (2, 2), "neither"),
    ],
)  # fmt: skip
def test_good_items_are_kept_and_bad_ones_named(
    signal: Signal, items: list[object], expected: tuple[int, int], reason: str
) -> None:
    """One bad item never costs the batch; what is kept can be rolled up."""
    checked = check(signal, json.dumps(request(signal, *items)).encode(), is_json=True)

    assert (checked.items, checked.rejected) == expected
    assert reason in checked.reason
    assert bool(reason) == bool(checked.reason)
    rolled(signal, b"".join(checked.parts))


@pytest.mark.parametrize(
    ("signal", "body"),
    [
        (Signal.LOGS, b'{"message": "hello", "level": "info"}'),
        (Signal.LOGS, b'[{"message": "hello"}]'),
        (Signal.LOGS, json.dumps(request(Signal.TRACES, a_span())).encode()),
        (Signal.TRACES, b'{"resourceLogs": []}'),
        (Signal.METRICS, b'"metrics"'),
        (Signal.TRACES, b'{"resourceSpans": {}}'),
    ],
)
def test_what_is_no_otlp_is_refused(signal: Signal, body: bytes) -> None:
    """Other JSON, and the request of another signal, are no empty success."""
    with pytest.raises(InvalidInput):
        check(signal, body, is_json=True)


def test_a_request_of_empty_resources_is_told_so() -> None:
    """Accepted, since nothing in it is wrong, but not silently."""
    checked = check(Signal.LOGS, b'{"resourceLogs": [{"message": "hello"}]}', is_json=True)

    assert (checked.items, checked.rejected) == (0, 0)
    assert "no logs in it" in checked.reason


def test_a_text_that_is_no_utf8_costs_its_span_only() -> None:
    """Some languages' exporters send bytes as text, which protobuf refuses."""
    given = ExportTraceServiceRequest()
    scope = given.resource_spans.add().scope_spans.add()
    for number, name in enumerate(("bad", "good")):
        span = scope.spans.add(trace_id=b"t" * 16, span_id=bytes([number + 1]) * 8, name=name)
        span.start_time_unix_nano, span.end_time_unix_nano = AT * 10**9, (AT + 1) * 10**9
    body = given.SerializeToString().replace(b"bad", b"\xffad")

    checked = check(Signal.TRACES, body, is_json=False)

    assert (checked.items, checked.rejected) == (2, 1)
    (left,) = (
        ExportTraceServiceRequest.FromString(b"".join(checked.parts))
        .resource_spans[0]
        .scope_spans[0]
        .spans
    )
    assert left.name == "good"


@pytest.mark.parametrize("start", [0, 1, AT + 2, AT - 90 * 86_400])
def test_a_span_of_impossible_times_has_no_duration(start: float) -> None:
    """It counts as a call, and neither its roll-up nor its trace shows 56 years."""
    checked = check(
        Signal.TRACES,
        json.dumps(request(Signal.TRACES, a_span(start=start, status={"code": 2}))).encode(),
        is_json=True,
    )
    found = rolled(Signal.TRACES, b"".join(checked.parts))

    counts = {name.metric: one.count for (name, _), one in found.rollups.items()}
    assert counts == {"server.request.rate": 1, "server.request.error_ratio": 1}
    (trace,) = found.traces
    assert [hop.duration_ms for hop in hops_of(trace.body)] == [0.0]


def test_what_is_too_much_for_one_request_is_refused() -> None:
    """By its items, and by what could hold some: nothing of it is decoded first."""
    spans = ExportTraceServiceRequest()
    scope = spans.resource_spans.add().scope_spans.add()
    for _ in range(MAX_ITEMS + 1):
        scope.spans.add()
    items = b"{}," * MAX_ITEMS + b"{}"
    for body, is_json in (
        (spans.SerializeToString(), False),
        (b"\x0a\x00" * 2_000_000, False),
        (b"\x98\x06\x01" * 1_500_000, False),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [' + items + b"]}]}]}", True),
        (b'{"resourceSpans": [' + b"{}," * 100_000 + b"{}]}", True),
        (b'{"resourceSpans": [], "other": [' + b"[]," * 100_000 + b"[]]}", True),
    ):
        with pytest.raises(TooMuch):
            check(Signal.TRACES, body, is_json=is_json)


def test_a_long_span_is_cut_with_a_mark() -> None:
    """Attributes, names, events and messages: what is stored of a span is bounded, and says so."""
    long = "x" * 20_000
    attributes = [{"key": f"a{n}", "value": {"stringValue": long}} for n in range(60)]
    given = a_span(
        name=long, attributes=attributes, status={"code": 2, "message": long},
        events=[{"name": long, "attributes": attributes[:1]}] * 9,
        links=[{"traceId": TRACE, "spanId": SPAN}] * 200,
    )  # fmt: skip
    checked = check(Signal.TRACES, json.dumps(request(Signal.TRACES, given)).encode(), is_json=True)

    (trace,) = rolled(Signal.TRACES, b"".join(checked.parts)).traces

    assert len(trace.body) < 2 * MAX_BYTES
    (hop,) = hops_of(trace.body)
    assert hop.name.endswith(MARK)
    assert all(value.endswith(MARK) for value in hop.attributes.values())
    (span,) = json.loads(trace.body)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert span["droppedAttributesCount"] + len(hop.attributes) == 60
    assert span["droppedLinksCount"] == 200


@pytest.mark.parametrize("is_json", [True, False])
@pytest.mark.parametrize(
    "attributes",
    [
        [{"key": "a", "value": {"stringValue": "x" * 2_100_000}}],
        [{"key": "a", "value": {"arrayValue": {"values": [{}] * 200_000}}}],
        [{}] * 200_000,
    ],
)
def test_an_item_of_absurd_size_costs_itself_alone(attributes: list[object], is_json: bool) -> None:
    """It is measured before it is decoded, left out and named; its neighbours are kept."""
    body = request(Signal.TRACES, a_span(), a_span(attributes=attributes), a_span())
    text = json.dumps(body).encode()
    if not is_json:
        given = ParseDict(body, ExportTraceServiceRequest())
        for span in given.resource_spans[0].scope_spans[0].spans:
            span.trace_id, span.span_id = bytes.fromhex(TRACE), bytes.fromhex(SPAN)
        text = given.SerializeToString()

    checked = check(Signal.TRACES, text, is_json=is_json)

    assert (checked.items, checked.rejected) == (3, 1)
    assert "more than 2000000 bytes or 20000 values" in checked.reason


@pytest.mark.parametrize("is_json", [True, False])
def test_a_large_request_goes_on_in_parts(is_json: bool) -> None:
    """Each is a request of its own, with its items' resource, scope and metric, whatever came
    first; together they are the request."""
    points = [{"asInt": str(number), "timeUnixNano": nanos(AT)} for number in range(1_000)]
    metric = {"sum": {"dataPoints": points, "aggregationTemporality": 2}, "name": "req"}
    body = request(Signal.METRICS, metric, metric)
    body["resourceMetrics"][0]["scopeMetrics"][0]["scope"] = {"name": "é"}
    body["resourceMetrics"][0]["resource"] = {"attributes": [{"key": "a"}]}
    whole = ParseDict(body, ExportMetricsServiceRequest())
    text = json.dumps(body, ensure_ascii=False).encode() if is_json else whole.SerializeToString()

    checked = check(Signal.METRICS, text, is_json=is_json)

    assert (checked.items, checked.rejected, checked.reason) == (2_000, 0, "")
    read = [ExportMetricsServiceRequest.FromString(part) for part in checked.parts]
    assert len(read) >= 10
    values = []
    for part in read:
        (resource,) = part.resource_metrics
        (scope,) = resource.scope_metrics
        assert (resource.resource.attributes[0].key, scope.scope.name) == ("a", "é")
        for one in scope.metrics:
            assert (one.name, one.sum.aggregation_temporality) == ("req", 2)
            values += [point.as_int for point in one.sum.data_points]
    assert values == [*range(1_000)] * 2


@pytest.mark.parametrize(
    ("attributes", "role"),
    [
        ({"service.name": "rewards"}, "service"),
        ({"service.name": "dashboards"}, "service"),
        ({"service.name": "rewards", "db.system": "redis"}, "cache"),
        ({"service.name": "kafka-exporter", "messaging.system": "kafka"}, "queue"),
        ({"service.name": "redis-cart", "faas.name": "cart"}, "function"),
    ],
)
def test_attributes_say_the_role_before_the_name(attributes: dict[str, str], role: str) -> None:
    """A name suggests one by whole words, where the resource says nothing."""
    body = request(Signal.TRACES, a_span())
    pairs = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    body["resourceSpans"][0]["resource"] = {"attributes": pairs}

    checked = check(Signal.TRACES, json.dumps(body).encode(), is_json=True)
    found = rolled(Signal.TRACES, b"".join(checked.parts))

    assert [service.role for service in found.seen.services.values()] == [role]
