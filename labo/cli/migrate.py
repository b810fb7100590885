"""`labo migrate`: bring the graph's schema up to date."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from labo.cli.output import echo, print_error

if TYPE_CHECKING:
    from graph.client import Graph

app = typer.Typer()


@app.command("migrate")
def migrate_command() -> None:
    """Bring the graph's and the telemetry store's schema up to date.

    Problems of one metric each become behaviours, once (ADR 0032). A workspace in which nothing
    happened yet begins with what was learnt in the lab, unless LABO_KNOWLEDGE__BUNDLED is false.

    Safe to run again. `labo up` does it at every start.

    Example: LABO_NEO4J__URI=bolt://… LABO_NEO4J__PASSWORD=… labo migrate
    """
    asyncio.run(_migrate())


async def _migrate() -> None:
    from graph.client import Graph
    from graph.driver import open_driver
    from graph.migrate import migrate
    from labo.bootstrap.stores import open_telemetry_store
    from labo.errors import InvalidInput
    from labo.services.causality.behaviours import MIGRATION, merge_into_behaviours
    from labo.services.causality.problems import ProblemService
    from labo.settings import Settings

    settings = Settings()
    neo4j = settings.neo4j
    if not neo4j.uri or not neo4j.password:
        raise InvalidInput(
            "no Neo4j is configured", where="LABO_NEO4J__URI", hint="or start one with `labo up`"
        )
    driver = open_driver(neo4j.uri, neo4j.user, neo4j.password.get_secret_value())
    try:
        graph = Graph(driver, database=neo4j.database, timeout_s=60)
        merged: list[int] = []

        async def become_behaviours() -> None:
            merged.append(await merge_into_behaviours(graph, ProblemService))

        steps = {MIGRATION: become_behaviours}
        done = await migrate(driver, graph, database=neo4j.database, steps=steps)
        begun = await _begin(graph.scoped(settings.workspace), wanted=settings.knowledge.bundled)
    finally:
        await driver.close()
    # Opening creates what is missing; once here, so that no two processes do it at once later.
    open_telemetry_store(settings)
    names = ", ".join(f"V{version:04d}" for version in done)
    echo(f"applied {names}" if done else "the schema is up to date")
    if any(merged):
        echo(f"merged {sum(merged)} problems of one metric into behaviours")
    if begun:
        echo(begun)


async def _begin(graph: Graph, *, wanted: bool) -> str:
    """Load the bundled knowledge at the first start, or note that it is refused; what was done. A
    pack that can't be read is told, and keeps nobody from starting."""
    from labo.adapters.knowledge_files import read_bundled
    from labo.errors import LaboError
    from labo.services.knowledge.exchange import KnowledgeService
    from labo.services.knowledge.samples import TrainingSetReader
    from labo.services.learning.learner import LearningService

    service = KnowledgeService(graph, LearningService(graph), TrainingSetReader(graph))
    if not wanted:
        await service.refuse()
        return "the knowledge from the lab is refused (LABO_KNOWLEDGE__BUNDLED)"
    try:
        done = await service.begin_with(read_bundled)
    except LaboError as error:
        print_error(f"the bundled knowledge was not loaded: {error}")
        return ""
    return f"{done} from the lab" if done else ""
