"""The graph client against the real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from types import NoneType

import pytest

from graph.client import Graph, Transaction
from graph.driver import open_driver
from graph.migrate import FIND_APPLIED, available, inspect, migrate
from graph.statements import Statement, StatementError, parse
from labo.errors import Conflict, Unavailable
from tests.conftest import TestStack

pytestmark = pytest.mark.stack

CREATE = parse(
    "probes/upsert_probe",
    "// x\n// access: write\n// params: workspace, key\n// returns: -\n"
    "CREATE (:Problem {workspace: $workspace, key: $key})",
    NoneType,
)
COUNT = parse(
    "probes/count_probe",
    "// x\n// access: read\n// params: workspace, key\n// returns: n\n"
    "MATCH (p:Problem {workspace: $workspace, key: $key}) RETURN count(p) AS n",
    int,
)
SLOW: Statement[int] = parse(
    "probes/count_slowly",
    "// x\n// access: read\n// params: -\n// returns: n\n"
    "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b "
    "WITH a, b WHERE a * b = -1 RETURN count(*) AS n",
    int,
)

NOBODY = "nobody"
"""Neo4j refuses a user for a while after three wrong passwords; other tests log in meanwhile."""


@pytest.fixture
async def graph(stack: TestStack) -> AsyncIterator[Graph]:
    driver = open_driver(stack.neo4j_uri, stack.neo4j_user, stack.neo4j_password)
    graph = Graph(driver, workspace="client-tests")
    await migrate(driver, graph)
    yield graph
    await graph.close()


async def test_migrating_again_applies_nothing_and_records_every_file(
    graph: Graph, stack: TestStack
) -> None:
    """`labo up` migrates at each start."""
    driver = open_driver(stack.neo4j_uri, stack.neo4j_user, stack.neo4j_password)
    again = await migrate(driver, graph)
    await driver.close()
    recorded = {row.version: row.checksum for row in await graph.fetch(FIND_APPLIED)}

    assert again == []
    assert recorded == {m.version: m.checksum for m in available()}


async def test_a_migration_is_recorded_after_its_step_alone(
    graph: Graph, stack: TestStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that fails is tried again at the next start, one that was recorded never."""
    import graph.migrate as module

    following = len(available()) + 1
    known = (*available(), module.Migration(following, "step", "checksum", ()))
    monkeypatch.setattr(module, "available", lambda: known)
    driver = open_driver(stack.neo4j_uri, stack.neo4j_user, stack.neo4j_password)
    tried: list[int] = []

    async def fail(version: int) -> None:
        tried.append(version)
        raise Unavailable("not now")

    steps = {version: partial(fail, version) for version in (1, following)}
    for _ in range(2):
        with pytest.raises(Unavailable):
            await migrate(driver, graph, steps=steps)
    await driver.close()

    assert tried == [following, following]
    assert following not in {row.version for row in await graph.fetch(FIND_APPLIED)}


async def test_a_graph_says_how_much_it_holds_and_how_far_its_schema_is(graph: Graph) -> None:
    """As a restore asks before it puts a graph in another's place."""
    size = await inspect(graph)

    assert size.migration == len(available())
    assert size.nodes >= len(available())
    assert size.relationships >= len(available()) - 1


async def test_a_changed_migration_is_refused_by_name(
    graph: Graph, stack: TestStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """History is immutable: a changed file would leave databases that differ."""
    import graph.migrate as module

    changed = module.Migration(1, "constraints", "other", ())
    monkeypatch.setattr(module, "available", lambda: (changed,))
    driver = open_driver(stack.neo4j_uri, stack.neo4j_user, stack.neo4j_password)

    with pytest.raises(Conflict, match="V0001__constraints"):
        await migrate(driver, graph)
    await driver.close()


async def test_a_workspace_sees_only_its_own_nodes(graph: Graph) -> None:
    """`$workspace` comes from the client, so no caller can cross the border."""
    await graph.scoped("one").execute(CREATE, key="scoped")

    assert await graph.scoped("one").fetch(COUNT, key="scoped") == [1]
    assert await graph.scoped("two").fetch(COUNT, key="scoped") == [0]


async def test_a_duplicate_business_key_is_a_conflict_and_rolls_back(graph: Graph) -> None:
    """Nothing is half-written when a unit of work fails."""

    async def unit(tx: Transaction) -> None:
        await tx.run(CREATE, key="first")
        await tx.run(CREATE, key="first")

    with pytest.raises(Conflict):
        await graph.write(unit)
    assert await graph.fetch(COUNT, key="first") == [0]


async def test_parameters_other_than_the_contract_are_a_defect(graph: Graph) -> None:
    """A typo in a name fails at once and says which."""
    with pytest.raises(StatementError, match=r"given parameters differ: \['kee', 'key'\]"):
        await graph.fetch(COUNT, kee="x")


async def test_a_write_statement_does_not_run_as_a_read(graph: Graph) -> None:
    """Reads may be routed to a follower, so access is checked."""
    with pytest.raises(StatementError, match="fetch takes read"):
        await graph.fetch(CREATE, key="x")


async def test_a_statement_over_its_time_is_unavailable(stack: TestStack) -> None:
    """A runaway query ends on the server and the caller may try again later."""
    driver = open_driver(stack.neo4j_uri, stack.neo4j_user, stack.neo4j_password)
    graph = Graph(driver, timeout_s=0.2)

    with pytest.raises(Unavailable):
        await graph.fetch(SLOW)
    await graph.close()


async def test_a_server_that_is_away_is_unavailable_with_a_hint() -> None:
    """The message tells an operator where to look; no stack trace reaches a client."""
    graph = Graph(open_driver("bolt://127.0.0.1:9", "neo4j", "x", timeout_s=0.3))

    with pytest.raises(Unavailable, match="labo doctor"):
        await graph.fetch(FIND_APPLIED)
    await graph.close()


async def test_a_wrong_password_is_named(stack: TestStack) -> None:
    """The one set-up mistake that everybody makes gets its own sentence."""
    graph = Graph(open_driver(stack.neo4j_uri, NOBODY, "wrong-password", timeout_s=1))

    with pytest.raises(Unavailable, match="refuses the log-in"):
        await graph.check()
    await graph.close()
