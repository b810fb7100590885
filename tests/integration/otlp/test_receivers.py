"""The receivers' answers, over the real application."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from labo.adapters.telemetry.stream import OTLP_KEY, bytes_key
from labo.domain.entities.tokens import Scope
from tests.graphql.conftest import Caller

pytestmark = pytest.mark.stack

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json; charset=utf-8"}
GOOD = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174"}


def a_request() -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id = b"t" * 16, b"s" * 8
    span.start_time_unix_nano = span.end_time_unix_nano = 1_795_995_000_000_000_000
    return request


def as_json(*spans: dict[str, object]) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}).encode()


async def post(
    caller: Caller, body: bytes, headers: dict[str, str], *, token: str | None = None
) -> httpx.Response:
    secret = token if token is not None else await caller.token(Scope.INGEST)
    credentials = {"authorization": f"Bearer {secret}"} if secret else {}
    return await caller.client.post("/v1/traces", content=body, headers={**headers, **credentials})


async def entries(caller: Caller) -> list[dict[str, Any]]:
    rows = await caller.labo.redis.xrange(OTLP_KEY)
    return [fields for _, fields in rows if fields["workspace"] == caller.workspace]


async def test_what_is_taken_is_in_the_stream(caller: Caller) -> None:
    """Plain, gzip and deflate, protobuf and JSON: 200 in the same type, once in the stream with
    the same digest, and the sender's system."""
    body = a_request().SerializeToString()
    packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body), "": body}
    for encoding, sent in packed.items():
        headers = {**PROTOBUF, "x-labo-system": "shop"}
        headers |= {"content-encoding": encoding} if encoding else {}
        answer = await post(caller, sent, headers)
        assert (answer.status_code, answer.headers["content-type"]) == (
            200,
            PROTOBUF["content-type"],
        )
        assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()
    answer = await post(caller, as_json(GOOD, {**GOOD, "spanId": "no"}), JSON)
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert answer.headers["content-type"] == "application/json"

    kept = await entries(caller)
    assert [one["system"] for one in kept] == ["shop"] * 3 + [""]
    assert len({one["digest"] for one in kept}) == 2
    assert int(await caller.labo.redis.get(bytes_key(OTLP_KEY))) > 0


async def test_nothing_to_keep_is_accepted_and_not_handed_on(caller: Caller) -> None:
    """An empty request, or one of refused spans alone, is answered 200 and costs the stream
    nothing."""
    for body, headers in ((b"", PROTOBUF), (as_json({**GOOD, "traceId": "00"}), JSON)):
        assert (await post(caller, body, headers)).status_code == 200
    assert await entries(caller) == []


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"\xff", PROTOBUF, 400, 3),
        (b"{", JSON, 400, 3),
        (b"x", {**PROTOBUF, "content-encoding": "gzip"}, 400, 3),
        (gzip.compress(b"x" * 100, mtime=0)[:-9], {**PROTOBUF, "content-encoding": "gzip"}, 400, 3),
        (gzip.compress(b"", mtime=0) * 2, {**PROTOBUF, "content-encoding": "gzip"}, 400, 3),
        (b"", {**PROTOBUF, "content-encoding": "br"}, 415, 3),
        (b"", {**PROTOBUF, "x-labo-system": "a/b"}, 400, 3),
        (
            gzip.compress(bytes(6_000_000), mtime=0),
            {**PROTOBUF, "content-encoding": "gzip"},
            413,
            8,
        ),
    ],
)
async def test_a_refusal_is_a_status_in_the_request_s_type(
    caller: Caller, body: bytes, headers: dict[str, str], status: int, code: int
) -> None:
    """Malformed, too large once unpacked, of an unknown encoding: said in the sender's format."""
    answer = await post(caller, body, headers)

    assert answer.status_code == status
    if headers is JSON:
        assert (answer.json()["code"], bool(answer.json()["message"])) == (code, True)
    else:
        found = Status.FromString(answer.content)
        assert (found.code, bool(found.message)) == (code, True)


async def test_who_may_send(caller: Caller) -> None:
    """No token 401, a token without the scope 403, another content type 415."""
    body = a_request().SerializeToString()
    del caller.client.headers["Authorization"]
    nobody = await post(caller, body, PROTOBUF, token="")
    reader = await post(caller, body, PROTOBUF, token=await caller.token(Scope.READ))
    plain = await post(caller, body, {"content-type": "text/plain"})

    assert (nobody.status_code, Status.FromString(nobody.content).code) == (401, 16)
    assert (reader.status_code, Status.FromString(reader.content).code) == (403, 7)
    assert plain.status_code == 415


async def test_a_full_or_absent_stream_sends_back_later(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with Retry-After while too much waits, and while Redis is away."""
    redis = caller.labo.redis
    await redis.incrby(bytes_key(OTLP_KEY), 64_000_000)
    full = await post(caller, a_request().SerializeToString(), PROTOBUF)
    await redis.decrby(bytes_key(OTLP_KEY), 64_000_000)

    async def away(*names: str) -> None:
        raise RedisConnectionError(*names)

    monkeypatch.setattr(redis, "mget", away)
    absent = await post(caller, a_request().SerializeToString(), PROTOBUF)

    for answer in (full, absent):
        assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
        assert Status.FromString(answer.content).code == 14
