"""An application on the run's servers, in a workspace of its own per test."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from graph.driver import open_driver
from graph.migrate import migrate
from labo.bootstrap import App, Services, build
from labo.settings import Settings
from tests.conftest import TestStack


@dataclass(frozen=True)
class Bench:
    """`labo` are the services of `workspace`."""

    app: App
    workspace: str

    @property
    def labo(self) -> Services:
        return self.app.workspace(self.workspace)


@pytest.fixture
async def bench(
    stack: TestStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bench]:
    for name, value in stack.env.items():
        monkeypatch.setenv(name, value)
    app = await build(Settings(data_dir=tmp_path))
    driver = open_driver(stack.neo4j_uri, stack.neo4j_user, stack.neo4j_password)
    await migrate(driver, app.graph)
    await driver.close()
    yield Bench(app, f"w{uuid.uuid4().hex[:12]}")
    await app.close()
