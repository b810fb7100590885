"""The API and the product's parts on the run's Neo4j, with a Valkey and a store of their own."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from api.app import create_app
from graph.client import Graph
from labo.domain.entities.tokens import Scope
from labo.escalation_settings import LlmSettings
from labo.settings import Neo4jSettings, RedisSettings, Settings
from labo.stack.valkey_server import start_valkey
from tests.builders.simulated_time import SimulatedTime
from tests.conftest import TestStack
from tests.graphql.conftest import Caller

pytest.register_assert_rewrite("tests.integration.live.each_fault")

BEGIN = 1_772_366_400.0
"""2026-03-01 12:00 UTC; any time does, and the same one gives the same run."""


@pytest.fixture(scope="module")
async def simulated_time(
    migrated: Graph, stack: TestStack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SimulatedTime]:
    """In an empty workspace, without applications yet. What is shown is read by GraphQL."""
    del migrated
    folder, workspace = tmp_path_factory.mktemp("live"), f"test-{uuid.uuid4().hex}"
    valkey = start_valkey(folder / "valkey")
    settings = Settings(
        data_dir=folder,
        workspace=workspace,
        # No run may fail because the machine is busy.
        neo4j=Neo4jSettings(
            uri=stack.neo4j_uri, password=SecretStr(stack.neo4j_password), timeout_s=60
        ),
        redis=RedisSettings(url=SecretStr(valkey.url)),
        llm=LlmSettings(scripted=True),
    )
    api = create_app(settings)
    transport = httpx.ASGITransport(api)
    async with (
        api.router.lifespan_context(api),
        httpx.AsyncClient(transport=transport, base_url="http://labo.test") as client,
    ):
        caller = Caller(api, workspace, client)
        client.headers["Authorization"] = f"Bearer {await caller.token(Scope.READ)}"
        yield SimulatedTime(caller.labo, workspace, [], caller.ask, BEGIN)
    valkey.stop()
