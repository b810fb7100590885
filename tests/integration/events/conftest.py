"""The HTTP application on the run's servers, with a source secret."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from graph.client import Graph
from labo.bootstrap import App
from labo.settings import Settings
from tests.conftest import TestStack

SECRET = "s3cret-of-the-source"
BEARER = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}


@dataclass(frozen=True)
class Door:
    """`http` speaks to the application in this process; `labo` is what it holds open."""

    http: httpx.AsyncClient
    app: FastAPI
    labo: App
    workspace: str


def settings_for(
    stack: TestStack, folder: Path, api: dict[str, object] | None = None, **more: object
) -> Settings:
    sources = (
        "alertmanager", "prometheus", "grafana", "pagerduty", "cloudevents", "generic", "custom",
        "sns",
    )  # fmt: skip
    values: dict[str, object] = {
        "api": {"answer_s": 60, **(api or {})},
        "workspace": f"w{uuid.uuid4().hex[:12]}",
        "data_dir": folder,
        "log_level": "WARNING",
        "neo4j": {"uri": stack.neo4j_uri, "password": stack.neo4j_password},
        "redis": {"url": stack.redis_url},
        "hooks": {
            "secrets": {source: ["old-secret", SECRET] for source in sources},
            "mappings": {"custom": {"title": "what", "labels": "about", "events": "list"}},
        },
    }
    return Settings.model_validate(values | more)


@pytest.fixture
async def door(stack: TestStack, migrated: Graph, tmp_path: Path) -> AsyncIterator[Door]:
    settings = settings_for(stack, tmp_path)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, client=("10.0.0.9", 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://labo") as http:
            yield Door(http, app, app.state.labo, settings.workspace)


async def kept(door: Door) -> list[tuple[str, str, str]]:
    """(source, status, title) of every event in the workspace."""
    async with door.labo.graph._driver.session() as session:
        result = await session.run(
            "MATCH (e:Event {workspace: $w}) RETURN e.source AS a, e.status AS b, e.title AS c",
            w=door.workspace,
        )
        return sorted([(r["a"], r["b"], r["c"]) async for r in result])
