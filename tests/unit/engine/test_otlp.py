"""Hops, samples and lines as OTLP: what a reader of the requests finds."""

from __future__ import annotations

import re
from base64 import b64encode

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from engine.records import Hop, LogLine, Sample, Severity, Status
from engine.telemetry.json import Executions
from engine.telemetry.sink import OtlpSink, Signal
from engine.telemetry.spans import Origin
from tests.builders.engine import EPOCH, ROLES, a_hop, a_request

ORIGIN = Origin("shop", 7, EPOCH, ROLES, {"api": "node-1"})
KINDS = {2: "SERVER", 3: "CLIENT", 4: "PRODUCER", 5: "CONSUMER"}


class Requests:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.bodies: list[tuple[Signal, bytes, int]] = []

    def __call__(self, signal: Signal, body: bytes, items: int) -> None:
        self.bodies.append((signal, body, items))

    def spans(self) -> list[tuple[str, Span]]:
        found = []
        for signal, body, _ in self.bodies:
            if signal is Signal.TRACES:
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    component = values(resource.resource.attributes)["service.name"]
                    for scope in resource.scope_spans:
                        found += [(str(component), span) for span in scope.spans]
        return found


def values(pairs: object) -> dict[str, str | int | float]:
    found: dict[str, str | int | float] = {}
    for pair in pairs:  # type: ignore[attr-defined]  # a repeated field has no public class
        assert isinstance(pair, KeyValue)
        found[pair.key] = getattr(pair.value, str(pair.value.WhichOneof("value")))
    return found


def sent(*hops: Hop, origin: Origin = ORIGIN) -> Requests:
    requests = Requests()
    sink = OtlpSink(origin, requests)
    for hop in hops:
        sink.hop(hop)
    sink.close()
    return requests


def named(requests: Requests) -> dict[tuple[str, int], Span]:
    """By component and kind; the builder's request has one of each but for client spans."""
    return {(name, span.kind): span for name, span in requests.spans()}


def test_a_service_has_two_spans_and_a_silent_store_its_callers_only() -> None:
    """Client and server spans are chained edge -> api -> stores and queue -> worker, the way
    instrumented services, and databases that emit nothing, show it."""
    found = named(sent(*a_request()))
    kinds = {(name, KINDS[kind]) for name, kind in found}
    parents = {
        (name, span.name): next((n for n, s in owners if s.span_id == span.parent_span_id), "")
        for owners in [sent(*a_request()).spans()]
        for name, span in owners
    }

    assert kinds == {
        ("edge", "SERVER"), ("edge", "CLIENT"), ("api", "SERVER"), ("api", "CLIENT"),
        ("api", "PRODUCER"), ("mailer", "CONSUMER"),
    }  # fmt: skip
    assert parents == {
        ("edge", "POST /buy"): "",
        ("edge", "GET"): "edge",
        ("api", "GET /home"): "edge",
        ("api", "SELECT db"): "api",
        ("api", "GET redis"): "api",
        ("api", "send events"): "api",
        ("mailer", "process events"): "api",
    }


def test_attributes_follow_the_conventions_of_the_callees_role() -> None:
    """HTTP for services, db.* for databases and caches, messaging.* for queues."""
    spans = {span.name: values(span.attributes) for _, span in sent(*a_request()).spans()}

    assert spans["POST /buy"]["http.request.method"] == "POST"
    assert spans["GET /home"]["http.response.status_code"] == 200
    assert spans["GET"]["peer.service"] == "api"
    assert spans["SELECT db"]["db.system.name"] == "postgresql"
    assert spans["GET redis"]["db.system.name"] == "redis"
    assert spans["GET redis"]["server.address"] == "redis"
    assert spans["send events"]["messaging.destination.name"] == "events"
    assert spans["process events"]["messaging.operation.type"] == "process"


def test_the_token_is_on_the_callees_span_or_on_that_of_who_called_it() -> None:
    """Path, depth, attempt, queue wait, cache and inner values under `causal.`."""
    spans = {span.name: values(span.attributes) for _, span in sent(*a_request()).spans()}
    tokens = {
        name: {key: value for key, value in found.items() if key.startswith("causal.")}
        for name, found in spans.items()
    }

    assert tokens["GET"] == {}
    assert tokens["GET /home"] == {
        "causal.path": "edge/api",
        "causal.depth": 1,
        "causal.attempt": 1,
        "causal.queue_wait": 0.01,
        "causal.value.queue.length": 3.0,
    }
    assert tokens["GET redis"]["causal.cache"] == "miss"
    assert tokens["process events"]["causal.path"] == "edge/api/events/mailer"


def test_times_are_the_servers_inside_and_the_users_at_the_edge() -> None:
    """Simulated seconds after the epoch, in nanoseconds."""
    spans = {span.name: span for _, span in sent(*a_request()).spans()}

    def times(name: str) -> tuple[float, float]:
        span = spans[name]
        starts = (span.start_time_unix_nano - EPOCH, span.end_time_unix_nano - EPOCH)
        return round(starts[0] / 1e9, 6), round(starts[1] / 1e9, 6)

    assert times("POST /buy") == (1.0, 1.1)
    assert times("GET") == (1.0, 1.1)
    assert times("GET /home") == (1.02, 1.09)


def test_failures_are_where_they_were_seen() -> None:
    """A refused call is its caller's alone; a server error is both sides'; at the edge a time-out
    is an answer."""
    refused = sent(a_hop(1, "edge"), a_hop(2, "api", "edge", parent=1, status=Status.REFUSED))
    failed = sent(
        a_hop(1, "edge"), a_hop(2, "api", "edge", parent=1, status=Status.ERROR, attempt=3)
    )
    late = sent(a_hop(1, "edge", status=Status.TIMEOUT))

    def errors(requests: Requests) -> dict[tuple[str, int], object]:
        return {
            (name, span.kind): values(span.attributes)["error.type"]
            for name, span in requests.spans()
            if span.status.code == 2
        }

    assert errors(refused) == {("edge", 3): "connection_refused"}
    assert errors(failed) == {("edge", 3): "500", ("api", 2): "500"}
    assert values(named(failed)["edge", 3].attributes)["http.request.resend_count"] == 2
    assert errors(late) == {("edge", 2): "timeout"}
    assert values(named(late)["edge", 2].attributes)["http.response.status_code"] == 504


def test_the_same_run_gives_the_same_bytes_and_another_seed_other_ids() -> None:
    """Ids are a function of the run and the record."""
    hops = [hop for trace in range(1, 40) for hop in a_request(trace)]
    again, other = sent(*hops), sent(*hops, origin=Origin("shop", 8, EPOCH, ROLES))
    ids = {(span.trace_id, span.span_id) for _, span in again.spans()}
    others = {(span.trace_id, span.span_id) for _, span in other.spans()}

    assert sent(*hops).bodies == again.bodies
    assert (len(ids), ids & others) == (39 * 7, set())


def test_samples_and_lines_carry_resource_text_and_context() -> None:
    """A gauge per metric; a line with its places filled, tied to its callee's span."""
    requests = Requests()
    sink = OtlpSink(ORIGIN, requests)
    sink.hop(a_hop(1, "edge"))
    sink.sample(Sample(1.0, "api", "system.cpu.utilization", 0.5, "1"))
    sink.sample(Sample(2.0, "api", "system.cpu.utilization", 0.6, "1"))
    line = "user {user} of {place} is {odd}"
    sink.line(LogLine(2.0, "edge", Severity.ERROR, line, {"user": "7", "place": "{user}"}, 1, 1))
    sink.close()
    bodies = {signal: body for signal, body, _ in requests.bodies}

    (resource,) = ExportMetricsServiceRequest.FromString(bodies[Signal.METRICS]).resource_metrics
    (metric,) = resource.scope_metrics[0].metrics
    assert values(resource.resource.attributes) == {
        "service.name": "api", "service.namespace": "shop", "host.name": "node-1",
    }  # fmt: skip
    assert (metric.name, metric.unit) == ("system.cpu.utilization", "1")
    assert [point.as_double for point in metric.gauge.data_points] == [0.5, 0.6]
    logs = ExportLogsServiceRequest.FromString(bodies[Signal.LOGS])
    (record,) = logs.resource_logs[0].scope_logs[0].log_records
    ((_, span),) = requests.spans()
    assert record.body.string_value == "user 7 of {user} is {odd}"
    assert (record.severity_number, record.severity_text) == (17, "ERROR")
    assert (record.trace_id, record.span_id) == (span.trace_id, span.span_id)


def test_requests_are_cut_by_number_and_by_simulated_time() -> None:
    """Neither too large nor, in a quiet system, too late."""
    requests = Requests()
    sink = OtlpSink(ORIGIN, requests, batch=10, flush_s=60.0)
    for trace in range(1, 6):
        for hop in a_request(trace):
            sink.hop(hop)
    many = [items for _, _, items in requests.bodies]
    sink.hop(a_hop(1000, "edge", sent=70.0))
    assert (many, [items for _, _, items in requests.bodies][len(many) :]) == ([10, 10, 10], [6])


def test_an_execution_in_json_says_what_its_request_says() -> None:
    """Span by span the same as protobuf's own JSON, but for ids in hexadecimal."""
    hops = [*a_request(), a_hop(99, "edge", operation='POST /50%"', status=Status.TIMEOUT)]
    read = json_format.Parse(
        _with_base64_ids(Executions(ORIGIN).line(hops)), ExportTraceServiceRequest()
    )
    expected = sent(*hops).spans()
    found = [
        (str(values(resource.resource.attributes)["service.name"]), span)
        for resource in read.resource_spans
        for span in resource.scope_spans[0].spans
    ]

    assert found == expected


def _with_base64_ids(line: str) -> str:
    def coded(found: re.Match[str]) -> str:
        return f'Id":"{b64encode(bytes.fromhex(found[1])).decode()}"'

    return re.sub(r'Id":"([0-9a-f]+)"', coded, line)
