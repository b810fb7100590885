"""`labo migrate`: bring the graph's schema up to date."""

from __future__ import annotations

import asyncio

import typer

from labo.cli.output import echo

app = typer.Typer()


@app.command("migrate")
def migrate_command() -> None:
    """Bring the graph's and the telemetry store's schema up to date.

    Problems of one metric each become behaviours, once (ADR 0032).

    Safe to run again. `labo up` does it at every start.

    Example: LABO_NEO4J__URI=bolt://… LABO_NEO4J__PASSWORD=… labo migrate
    """
    asyncio.run(_migrate())


async def _migrate() -> None:
    from graph.client import Graph
    from graph.driver import open_driver
    from graph.migrate import migrate
    from labo.bootstrap import open_telemetry_store
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
    finally:
        await driver.close()
    # Opening creates what is missing; once here, so that no two processes do it at once later.
    open_telemetry_store(settings)
    names = ", ".join(f"V{version:04d}" for version in done)
    echo(f"applied {names}" if done else "the schema is up to date")
    if any(merged):
        echo(f"merged {sum(merged)} problems of one metric into behaviours")
