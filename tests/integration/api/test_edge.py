"""What the HTTP edge promises for every address."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from labo.domain.entities.tokens import Scope
from labo.errors import Unavailable
from labo.settings import ApiSettings, RedisSettings, Settings
from tests.graphql.conftest import Caller


async def test_alive_and_ready_without_a_token(caller: Caller) -> None:
    """Probes carry no token; readiness names each part."""
    del caller.client.headers["Authorization"]

    alive = await caller.client.get("/healthz")
    ready = await caller.client.get("/readyz")

    assert alive.json() == {"status": "ok"}
    assert ready.status_code == 200
    assert [(part["name"], part["ok"]) for part in ready.json()["parts"]] == [
        ("neo4j", True),
        ("redis", True),
        ("stream", True),
    ]


async def test_not_ready_says_which_part(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dependency that is away makes 503 and is named; the others are still told."""

    async def away() -> None:
        raise Unavailable("gone")

    monkeypatch.setattr(caller.labo.graph, "check", away)
    answer = await caller.client.get("/readyz")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert [(part["name"], part["ok"]) for part in answer.json()["parts"]] == [
        ("neo4j", False),
        ("redis", True),
        ("stream", True),
    ]


async def test_not_ready_without_redis(settings: Settings) -> None:
    """A Redis that nobody listens at is reported, not waited for."""
    lonely = settings.model_copy(
        update={"redis": RedisSettings(url=SecretStr("redis://127.0.0.1:1/0"))}
    )
    app = create_app(lonely)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://labo.test"
        ) as client,
    ):
        answer = await client.get("/readyz")

    assert answer.status_code == 503
    assert {part["name"]: part["ok"] for part in answer.json()["parts"]}["redis"] is False


async def test_metrics_speak_prometheus(caller: Caller) -> None:
    """Statement and request times are there under their names."""
    await caller.ask("{ incidents { nodes { key } } }")

    text = (await caller.client.get("/metrics")).text

    assert 'labo_cypher_statement_seconds_count{statement="incidents/find_incidents"}' in text
    assert 'labo_http_request_seconds_bucket{le="0.005",method="POST",route="/graphql"' in text


async def test_every_answer_has_an_id_and_safe_headers(caller: Caller) -> None:
    """A given request id comes back, an unfit one is replaced, and browsers are kept in check."""
    given = await caller.client.get("/healthz", headers={"X-Request-ID": "abc-1"})
    unfit = await caller.client.get("/healthz", headers={"X-Request-ID": "a b;c"})

    assert given.headers["x-request-id"] == "abc-1"
    assert len(unfit.headers["x-request-id"]) == 32
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["x-frame-options"] == "DENY"
    assert given.headers["content-security-policy"].startswith("default-src 'none'")
    assert "access-control-allow-origin" not in given.headers


async def test_foreign_pages_get_no_permission(caller: Caller) -> None:
    """Cross-origin calls are off: a browser's preflight finds no allowance."""
    answer = await caller.client.options(
        "/graphql",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )

    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


async def test_unknown_addresses_are_problems(caller: Caller) -> None:
    """404 comes as problem+json with the request's id."""
    answer = await caller.client.get("/nothing", headers={"X-Request-ID": "abc-2"})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == "abc-2"
    assert answer.json()["code"] == "not_found"


@pytest.fixture
async def small(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """An application that takes 1,000 bytes, in development."""
    app: FastAPI = create_app(
        settings.model_copy(
            update={"api": ApiSettings(answer_s=60, max_body_bytes=1000, development=True)}
        )
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://labo.test"
        ) as client,
    ):
        made = await app.state.labo.workspace("small").tokens.create("t", [Scope.READ])
        client.headers["Authorization"] = f"Bearer {made.secret}"
        yield client


async def test_too_large_bodies_are_refused(small: httpx.AsyncClient) -> None:
    """413 for a body over the limit, whether its length is announced or not."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    json = {"Content-Type": "application/json"}
    announced = await small.post("/graphql", content=b"x" * 1001, headers=json)
    streamed = await small.post("/graphql", content=chunks(), headers=json)

    for answer in (announced, streamed):
        assert answer.status_code == 413
        assert answer.json()["code"] == "too_large"
        assert answer.headers["x-request-id"]


async def test_graphiql_in_development(small: httpx.AsyncClient) -> None:
    """A developer's browser gets the page without a token; its CSP lets its scripts load."""
    del small.headers["Authorization"]
    page = await small.get("/graphql", headers={"Accept": "text/html"})

    assert page.status_code == 200
    assert "GraphiQL" in page.text
    assert "https:" in page.headers["content-security-policy"]


async def test_graph_down_is_503(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that can't be looked up is not refused as wrong: the answer is 503."""

    async def away(*_: object) -> None:
        raise Unavailable("the graph database is not reachable", retry_after=7)

    monkeypatch.setattr("graph.tokens.find_by_digest", away)
    answer = await caller.client.post(
        "/graphql",
        json={"query": "{ __typename }"},
        headers={"Authorization": "Bearer labo_never_seen"},
    )

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"
    assert answer.json()["code"] == "unavailable"


OPEN_TO_ALL = {"/healthz", "/metrics", "/openapi.json", "/readyz"}
"""Probes and the API's own description: nothing of any workspace."""


async def test_every_other_address_denies_by_default(caller: Caller) -> None:
    """Whatever the API's description lists, and GraphQL, answers 401 to who shows nothing."""
    del caller.client.headers["Authorization"]
    described = (await caller.client.get("/openapi.json")).json()["paths"]
    addresses = [(path, method) for path, methods in described.items() for method in methods]
    closed = [(p, m) for p, m in addresses if p not in OPEN_TO_ALL] + [("/graphql", "post")]

    answers = {
        path: (
            await caller.client.request(method, path.replace("{source}", "generic"), json={})
        ).status_code
        for path, method in closed
    }

    assert {"/hooks/{source}", "/graphql"} <= answers.keys()
    assert set(answers.values()) == {401}
