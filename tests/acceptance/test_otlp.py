"""OpenTelemetry's own SDK and exporters against the running stack."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer, set_span_in_context

from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.domain.entities.series import SeriesQuery, Window
from labo.domain.telemetry.spans.bodies import hops_of, path_of
from tests.acceptance.conftest import WholeStack, wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

SYSTEM = "otlp-shop"
HTTP = {"http.request.method": "GET", "http.route": "/"}


def resource(service: str) -> Resource:
    return Resource.create({"service.name": service, "service.namespace": SYSTEM})


@contextmanager
def a_tracer(stack: WholeStack, service: str) -> Iterator[Tracer]:
    """A service's own tracer; leaving it exports what it recorded, as one batch of its own."""
    exporter = OTLPSpanExporter(f"{stack.url}/v1/traces", headers=stack.headers)
    provider = TracerProvider(resource=resource(service), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    yield provider.get_tracer("tests")
    provider.shutdown()


def an_order(checkout: Tracer, payment: Tracer, *, fails: bool) -> None:
    """One trace over two services, a database, a cache and a queue."""
    with checkout.start_as_current_span("GET /", kind=SpanKind.SERVER, attributes=HTTP) as root:
        for system, host in (("postgresql", "orders-db"), ("redis", "sessions")):
            attributes = {"db.system": system, "server.address": host}
            with checkout.start_as_current_span("q", kind=SpanKind.CLIENT, attributes=attributes):
                time.sleep(0.001)
        with checkout.start_as_current_span("POST", kind=SpanKind.CLIENT) as call:
            context = set_span_in_context(call)
            with payment.start_as_current_span(
                "POST /pay", context, SpanKind.SERVER, attributes=HTTP
            ):
                pass
        queue = {"messaging.system": "kafka", "messaging.destination.name": "orders"}
        with checkout.start_as_current_span("send", kind=SpanKind.PRODUCER, attributes=queue):
            pass
        if fails:
            root.set_status(Status(StatusCode.ERROR))


def store_of(stack: WholeStack) -> SqlTelemetryStore:
    return SqlTelemetryStore.open(f"sqlite:///{stack.data / 'telemetry.db'}")


async def test_an_instrumented_system_plugs_in(whole_stack: WholeStack) -> None:
    """Traces, metrics and logs of the SDK become components with roles, dependencies, series,
    exemplar traces and log lines."""
    started = datetime.now(UTC)
    with a_tracer(whole_stack, "checkout") as checkout, a_tracer(whole_stack, "payment") as pay:
        for number in range(20):
            an_order(checkout, pay, fails=number == 7)
    numbers_and_a_line(whole_stack)

    found = wait_for(
        lambda: components(whole_stack), seconds=30, reason="the topology is in the graph"
    )
    assert found == TOPOLOGY
    store = store_of(whole_stack)
    window = Window(started - timedelta(minutes=1), datetime.now(UTC) + timedelta(minutes=2))
    series = await store.series(SeriesQuery("default", SYSTEM, window))
    names = {(key.component, key.metric) for key in series}
    assert names >= SERIES
    lines = await store.log_lines("default", SYSTEM, window)
    traces = await store.traces("default", SYSTEM, window, limit=100)
    store.close()
    assert [(one.component, one.severity, one.body) for one in lines] == [
        ("checkout", "ERROR", "card 42 declined")
    ]
    assert any(one.is_error for one in traces)
    assert any(path_of(hops_of(one.body)) == ("checkout", "payment") for one in traces)


TOPOLOGY = {
    "checkout": ("service", {"orders-db", "sessions", "payment", "orders"}),
    "payment": ("service", set()),
    "orders-db": ("database", set()),
    "sessions": ("cache", set()),
    "orders": ("queue", set()),
}
SERIES = {
    ("checkout", "http.server.request.duration.p95"),
    ("checkout", "http.server.request.error_ratio"),
    ("payment", "http.server.request.rate"),
    ("orders-db", "db.client.operation.duration.p50"),
    ("orders", "messaging.client.operation.rate"),
    ("checkout", "orders.placed.rate"),
    ("checkout", "cart.size.p50"),
}


def numbers_and_a_line(whole_stack: WholeStack) -> None:
    """A counter, a histogram and one log line of the checkout service."""
    metrics = OTLPMetricExporter(f"{whole_stack.url}/v1/metrics", headers=whole_stack.headers)
    meters = MeterProvider(
        [PeriodicExportingMetricReader(metrics)], resource("checkout"), shutdown_on_exit=False
    )
    meters.get_meter("tests").create_counter("orders.placed").add(30)
    meters.get_meter("tests").create_histogram("cart.size").record(3.0)
    meters.shutdown()
    logs = OTLPLogExporter(f"{whole_stack.url}/v1/logs", headers=whole_stack.headers)
    loggers = LoggerProvider(resource("checkout"), shutdown_on_exit=False)
    loggers.add_log_record_processor(BatchLogRecordProcessor(logs))
    record = logging.LogRecord("pay", logging.ERROR, "", 0, "card %s declined", (42,), None)
    LoggingHandler(logger_provider=loggers).emit(record)
    loggers.shutdown()


def components(stack: WholeStack) -> dict[str, tuple[str, set[str]]] | None:
    """Role and callees by name, once every dependency is there."""
    data = stack.graphql(QUERY, system=SYSTEM)
    found = {
        edge["node"]["name"]: (
            edge["node"]["role"].lower(),
            {one["name"] for one in edge["node"]["dependencies"]},
        )
        for edge in data["components"]["edges"]
    }
    return found if len(found) == 5 and len(found["checkout"][1]) == 4 else None


QUERY = """
query ($system: String!) {
  components(system: $system) { edges { node { name role dependencies { name } } } }
}
"""
