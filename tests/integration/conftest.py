"""A graph of one's own: every test gets a workspace that nothing else writes to."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graph.client import Graph
from graph.driver import open_driver
from graph.migrate import migrate
from tests.conftest import TestStack


@pytest.fixture(scope="session")
async def migrated(stack: TestStack) -> AsyncIterator[Graph]:
    """The run's Neo4j with the schema applied."""
    driver = open_driver(stack.neo4j_uri, stack.neo4j_user, stack.neo4j_password)
    graph = Graph(driver, workspace="tests")
    await migrate(driver, graph)
    yield graph
    await graph.close()


@pytest.fixture
def graph(migrated: Graph) -> Graph:
    """An empty workspace of that Neo4j."""
    return migrated.scoped(f"test-{uuid.uuid4().hex}")


@pytest.fixture
def run(
    stack: TestStack, migrated: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CliRunner:
    """Commands of a workspace of their own."""
    del migrated
    env = {**stack.env, "LABO_WORKSPACE": f"cli-{uuid.uuid4().hex}", "LABO_DATA_DIR": str(tmp_path)}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return CliRunner()
