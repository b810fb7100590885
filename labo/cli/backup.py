"""`labo backup` and `labo restore`: the embedded graph as one file."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli.options import DataOption, data_folder
from labo.cli.output import JsonOption, console, human_bytes, print_json
from labo.stack.backup import dump_graph, load_graph
from labo.stack.neo4j_server import Neo4jProcess

if TYPE_CHECKING:
    from graph.migrate import GraphSize

app = typer.Typer()

_CHECK_TIMEOUT_S = 120  # of each query: the counts of a large graph on a cold disk

File = Annotated[Path, typer.Argument(help="The dump file.", show_default=False)]


@app.command()
def backup(file: File, *, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Write the embedded graph to a file. The stack must be stopped.

    Example: labo down && labo backup graph.dump && labo up --detach
    """
    size = dump_graph(data_folder(data), file)
    if as_json:
        print_json({"file": str(file), "bytes": size})
    else:
        console.print(f"{human_bytes(size)} written to {file}", soft_wrap=True)


@app.command()
def restore(
    file: File,
    *,
    data: DataOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Replace the embedded graph by a file that `labo backup` wrote. The stack must be stopped.

    The file is loaded beside the graph and checked there; only then does it take its place. The
    graph before it stays in the data folder, until you remove it.

    Example: labo down && labo restore graph.dump --yes && labo up --detach
    """
    if not yes:
        typer.confirm("This puts the backup in the place of the graph. Go on?", abort=True)
    done = load_graph(data_folder(data), file, _look)
    kept = str(done.kept) if done.kept else None
    if as_json:
        proof = {"restored": True, "verified": done.is_verified, "kept": kept}
        print_json({"file": str(file), **proof, **asdict(done.found)})
        return
    size = done.found
    console.print(
        f"Restored: {size.nodes} nodes, {size.relationships} relationships, "
        f"schema at migration {size.migration}.",
        soft_wrap=True,
    )
    if not done.is_verified:
        console.print("The file has no checksum; that it loads was all that could be checked.")
    if kept:
        console.print(
            f"The graph before it is kept; remove it with: rm -r {quote(kept)}",
            markup=False,
            soft_wrap=True,
        )


def _look(server: Neo4jProcess) -> GraphSize:
    """Query the loaded graph as Labo would."""
    # Imported here: `labo --help` must not wait for the driver.
    from graph.client import Graph
    from graph.driver import open_driver
    from graph.migrate import inspect

    async def look() -> GraphSize:
        async with open_driver(server.uri, "neo4j", server.password) as driver:
            return await inspect(Graph(driver, timeout_s=_CHECK_TIMEOUT_S))

    return asyncio.run(look())
