"""A graph of one's own: every test gets a workspace that nothing else writes to."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

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
