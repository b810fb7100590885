"""`labo backup` and `labo restore`: the embedded graph as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labo.cli.options import DataOption, data_folder
from labo.cli.output import JsonOption, console, human_bytes, print_json
from labo.stack.backup import dump_graph, load_graph

app = typer.Typer()

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

    Example: labo down && labo restore graph.dump --yes && labo up --detach
    """
    if not yes:
        typer.confirm("This replaces everything in the graph. Go on?", abort=True)
    load_graph(data_folder(data), file)
    if as_json:
        print_json({"file": str(file), "restored": True})
    else:
        console.print("Restored.")
