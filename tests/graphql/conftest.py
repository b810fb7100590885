"""The real application over the run's Neo4j and Valkey, called through ASGI."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from pydantic import SecretStr

from api.app import create_app
from graph.client import Graph
from graph.driver import open_driver
from graph.migrate import migrate
from labo.bootstrap import App
from labo.domain.entities.tokens import Scope
from labo.settings import ApiSettings, Neo4jSettings, RedisSettings, Settings
from tests.conftest import TestStack
from tests.graphql.command_line import Labo, logged_in


@pytest.fixture(scope="session")
def settings(stack: TestStack, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        neo4j=Neo4jSettings(uri=stack.neo4j_uri, password=SecretStr(stack.neo4j_password)),
        redis=RedisSettings(url=SecretStr(stack.redis_url)),
        api=ApiSettings(answer_s=60),
    )


@pytest.fixture(scope="session")
async def application(settings: Settings) -> AsyncIterator[FastAPI]:
    """Started, on a migrated graph."""
    password = settings.neo4j.password
    assert settings.neo4j.uri and password
    driver = open_driver(settings.neo4j.uri, "neo4j", password.get_secret_value())
    await migrate(driver, Graph(driver))
    await driver.close()
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@dataclass(frozen=True)
class Caller:
    """A client with a token of its own, in a workspace of its own."""

    app: FastAPI
    workspace: str
    client: httpx.AsyncClient

    @property
    def labo(self) -> App:
        found = self.app.state.labo
        assert isinstance(found, App)
        return found

    @property
    def graph(self) -> Graph:
        return self.labo.workspace(self.workspace).graph

    async def token(self, *scopes: Scope) -> str:
        made = await self.labo.workspace(self.workspace).tokens.create("tester", scopes)
        return made.secret

    async def answer(
        self, query: str, variables: Mapping[str, Any] | None = None, *, token: str | None = None
    ) -> dict[str, Any]:
        """The whole GraphQL answer; `token` None sends the caller's own."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self.client.post(
            "/graphql", json={"query": query, "variables": variables or {}}, headers=headers
        )
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The answer's data; fails on errors."""
        body = await self.answer(query, variables)
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data


@pytest.fixture
async def caller(application: FastAPI) -> AsyncIterator[Caller]:
    """May read and operate."""
    workspace = f"test-{uuid.uuid4().hex}"
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://labo.test") as client:
        made = Caller(application, workspace, client)
        token = await made.token(Scope.READ, Scope.OPERATE)
        client.headers["Authorization"] = f"Bearer {token}"
        yield made


@dataclass(frozen=True)
class Server:
    port: int

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
def server(stack: TestStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The API in a process of its own; ended with the run. It forgets a token after a second."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("api")
    command = [sys.executable, "-m", "uvicorn", "--factory"]
    command.append("tests.builders.quick_api:create_app")
    with (folder / "log").open("w") as log:
        child = subprocess.Popen(
            [*command, "--port", str(port), "--timeout-graceful-shutdown", "2"],
            env=os.environ | stack.env | {"LABO_DATA_DIR": str(folder)},
            stdout=log,
            stderr=log,
        )
    try:
        _await_ready(port, child)
        yield Server(port)
    finally:
        child.terminate()
        child.wait(30)


def _await_ready(port: int, child: subprocess.Popen[bytes]) -> None:
    with httpx.Client() as client:
        for _ in range(600):
            assert child.poll() is None, "the server ended by itself"
            try:
                if client.get(f"http://127.0.0.1:{port}/readyz").is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
    raise AssertionError("the server did not become ready")


_NOW_AND_THEN = frozenset({"tokens/get_token_by_digest", "snapshots/get_position"})
"""The look-up of the token, and the calibration that the API reads every 30 s."""


def statements_sent() -> float:
    """All but those that depend on the time since they were sent last."""
    return sum(
        sample.value
        for metric in REGISTRY.collect()
        if metric.name == "labo_cypher_statement_seconds"
        for sample in metric.samples
        if sample.name.endswith("_count") and sample.labels["statement"] not in _NOW_AND_THEN
    )


@pytest.fixture
async def labo(
    caller: Caller, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Labo:
    """`labo` of one who may read and operate."""
    token = await caller.token(Scope.READ, Scope.OPERATE)
    return logged_in(token, server.http, tmp_path, monkeypatch)
