"""OTLP over gRPC: the SDK's own exporter, and what a sender is told."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult

from api.auth import Authenticator
from api.rpc.otlp import GrpcAddress, start_server
from labo.adapters.telemetry.stream import OTLP_KEY, StreamReader, bytes_key
from labo.domain.entities.tokens import Scope
from tests.graphql.conftest import Caller

pytestmark = pytest.mark.stack

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"


@pytest.fixture
async def port(caller: Caller) -> AsyncIterator[int]:
    authenticator = Authenticator(caller.labo.workspace().tokens.verify)
    server, port = await start_server(
        GrpcAddress("127.0.0.1", 0), caller.labo, authenticator, caller.app.state.disk
    )
    yield port
    await server.stop(0)


async def entries(caller: Caller) -> list[dict[str, Any]]:
    rows = await caller.labo.redis.xrange(OTLP_KEY)
    return [fields for _, fields in rows if fields["workspace"] == caller.workspace]


def spans(count: int = 1, name: str = "x") -> bytes:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for number in range(count):
        span = scope.spans.add(trace_id=b"t" * 16, span_id=(number + 1).to_bytes(8, "big"))
        span.name = name
        span.start_time_unix_nano = span.end_time_unix_nano = 1_795_995_000_000_000_000
    return request.SerializeToString()


async def call(
    port: int, body: bytes, token: str = "", method: str = TRACES, **options: Any
) -> tuple[grpc.StatusCode, bytes, dict[str, Any]]:
    """Code, answer and trailing metadata."""
    async with grpc.aio.insecure_channel(
        f"127.0.0.1:{port}", options=[("grpc.max_send_message_length", -1)]
    ) as channel:
        metadata = [("authorization", f"Bearer {token}")] if token else []
        try:
            answer = await channel.unary_unary(method)(body, metadata=metadata, **options)
        except grpc.aio.AioRpcError as error:
            return error.code(), (error.details() or "").encode(), dict(error.trailing_metadata())
        return grpc.StatusCode.OK, answer, {}


@pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip])
async def test_the_sdk_s_exporter_is_understood(
    caller: Caller, port: int, compression: grpc.Compression | None
) -> None:
    """Its spans are in the stream, plain and packed, under the system of its metadata."""
    token = await caller.token(Scope.INGEST)
    exporter = OTLPSpanExporter(
        endpoint=f"http://127.0.0.1:{port}",
        insecure=True,
        headers=(("authorization", f"Bearer {token}"), ("x-labo-system", "shop")),
        compression=compression,
    )
    provider = TracerProvider(resource=Resource.create({"service.name": "web"}))
    finished: list[Any] = []
    provider.add_span_processor(SimpleSpanProcessor(_Collecting(finished.append)))
    provider.get_tracer("tests").start_span("GET /").end()

    assert await asyncio.to_thread(exporter.export, finished) is SpanExportResult.SUCCESS

    (kept,) = await entries(caller)
    assert (kept["signal"], kept["system"]) == ("traces", "shop")
    exporter.shutdown()


class _Collecting:
    def __init__(self, take: Callable[[Any], None]) -> None:
        self._take = take

    def export(self, spans: Any) -> SpanExportResult:
        for span in spans:
            self._take(span)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing is held."""

    def force_flush(self, timeout_millis: int = 0) -> bool:
        del timeout_millis
        return True


async def test_refused_items_are_a_partial_success(caller: Caller, port: int) -> None:
    """As over HTTP."""
    request = ExportMetricsServiceRequest()
    points = (
        request.resource_metrics.add().scope_metrics.add().metrics.add(name="g").gauge.data_points
    )
    for value in (1.0, float("nan")):
        points.add(as_double=value)

    code, answer, _ = await call(
        port, request.SerializeToString(), await caller.token(Scope.INGEST), METRICS
    )

    partial = ExportMetricsServiceResponse.FromString(answer).partial_success
    assert (code, partial.rejected_data_points) == (grpc.StatusCode.OK, 1)
    assert "not finite" in partial.error_message
    assert len(await entries(caller)) == 1


async def test_what_is_refused_says_why(caller: Caller, port: int) -> None:
    """The token, the form, the size after decompression, another service: nothing is stored."""
    token = await caller.token(Scope.INGEST)
    big = spans(name="x" * 6_000_000)
    told = [
        await call(port, spans()),
        await call(port, spans(), "labo_nobody"),
        await call(port, spans(), await caller.token(Scope.READ)),
        await call(port, b"\xff", token),
        await call(port, big, token, compression=grpc.Compression.Gzip),
        await call(port, spans(), token, "/opentelemetry.proto.Other/Export"),
    ]

    assert [code.name for code, _, _ in told] == [
        "UNAUTHENTICATED", "UNAUTHENTICATED", "PERMISSION_DENIED", "INVALID_ARGUMENT",
        "RESOURCE_EXHAUSTED", "UNIMPLEMENTED",
    ]  # fmt: skip
    assert await entries(caller) == []


async def test_a_full_stream_says_when_to_come_back(caller: Caller, port: int) -> None:
    """UNAVAILABLE with RetryInfo, which exporters obey."""
    redis = caller.labo.redis
    token = await caller.token(Scope.INGEST)
    await redis.incrby(bytes_key(OTLP_KEY), 64_000_000)
    try:
        code, _, trailing = await call(port, spans(), token)
    finally:
        await redis.decrby(bytes_key(OTLP_KEY), 64_000_000)

    assert (code, seconds_until(trailing)) == (grpc.StatusCode.UNAVAILABLE, 5)


async def test_a_nearly_full_disk_says_when_to_come_back(
    caller: Caller, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As over HTTP: nothing is taken that may find no room."""
    monkeypatch.setattr(caller.app.state.disk, "reserve_bytes", 1 << 62)

    code, reason, trailing = await call(port, spans(), await caller.token(Scope.INGEST))

    assert (code, seconds_until(trailing)) == (grpc.StatusCode.UNAVAILABLE, 30)
    assert b"the disk is nearly full" in reason
    assert await entries(caller) == []


async def test_a_large_request_is_in_the_stream_whole(caller: Caller, port: int) -> None:
    """In several entries, each with a digest of its own; sent again it has the same."""
    token, body = await caller.token(Scope.INGEST), spans(2_500)
    for _ in range(2):
        code, answer, _ = await call(port, body, token)
        assert (code, answer) == (grpc.StatusCode.OK, b"")

    kept = await entries(caller)

    read = [ExportTraceServiceRequest.FromString(b64decode(one["body"])) for one in kept]
    sizes = [len(one.resource_spans[0].scope_spans[0].spans) for one in read]
    digests = [one["digest"] for one in kept]
    assert sizes == [1_000, 1_000, 500] * 2
    assert (digests[:3], len(set(digests))) == (digests[3:], 3)
    assert [one["part"] for one in kept] == ["0", "1", "2"] * 2


async def test_what_a_full_workspace_leaves_out_is_said(caller: Caller, port: int) -> None:
    """New series are known to be too many only behind the answer, so the next one says so."""
    reader = StreamReader(caller.labo.redis, "one", OTLP_KEY)
    await reader.announce_full(caller.workspace)
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="g")
    metric.gauge.data_points.add(as_double=1.0)

    code, answer, _ = await call(
        port, request.SerializeToString(), await caller.token(Scope.INGEST), METRICS
    )

    partial = ExportMetricsServiceResponse.FromString(answer).partial_success
    assert (code, partial.rejected_data_points) == (grpc.StatusCode.OK, 0)
    assert "new ones are left out" in partial.error_message


def seconds_until(trailing: dict[str, Any]) -> int:
    """What RetryInfo says."""
    (detail,) = Status.FromString(trailing["grpc-status-details-bin"]).details
    retry = RetryInfo()
    assert detail.Unpack(retry)
    return retry.retry_delay.seconds
