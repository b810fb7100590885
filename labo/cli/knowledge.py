"""`labo knowledge`: what was learnt elsewhere, and taking it from one workspace to another."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli.connection import ask_services, connected_settings
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, console, print_json, print_table
from labo.errors import InvalidInput

if TYPE_CHECKING:
    from labo.domain.knowledge.sources import KnowledgeSource

app = typer.Typer(help="Export and import what was learnt.", no_args_is_help=True)


@app.command("status")
def status_command(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show what was imported from where, and whether the knowledge from the lab was refused.

    Example: labo knowledge status
    """
    sources = ask_services(connected_settings(data), lambda labo: labo.knowledge.sources())
    if as_json:
        print_json([asdict(one) for one in sources])
    elif not sources:
        console.print("Nothing was imported: what is known here was learnt here.")
    else:
        print_table(("source", "what", "imported"), [_row(one) for one in sources])


@app.command("export")
def export_command(
    file: Annotated[
        Path | None, typer.Option("--file", "-o", help="Write there, not to standard output.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Print problems, the conditions that show them, causal edges, calibration and what weights are
    learnt from as JSON. A file whose name ends in .gz is compressed.

    Names roles and metrics, never a component: it may be shared.

    Example: labo knowledge export > knowledge.json
    """
    from labo.adapters.knowledge_files import write_knowledge
    from labo.domain.knowledge.knowledge import to_json

    knowledge = ask_services(connected_settings(data), lambda labo: labo.knowledge.export())
    if file is None:
        print_json(to_json(knowledge))
    else:
        write_knowledge(file, knowledge)


@app.command("import")
def import_command(
    file: Annotated[
        Path | None, typer.Argument(help="What `export` wrote.", show_default=False)
    ] = None,
    *,
    bundled: Annotated[
        bool, typer.Option("--bundled", help="What was learnt in the lab and comes with Labo.")
    ] = False,
    source: Annotated[
        str | None, typer.Option(help="Whose knowledge it is. By default the file's name.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import knowledge from a file. The same source twice changes nothing.

    Claims arrive as proposed, whatever they were elsewhere, and its calibration corrects nothing
    here. Weights are learnt from its labelled incidents until twenty were labelled here.

    Examples: labo knowledge import knowledge.json --source shop-eu · labo knowledge import
    --bundled
    """
    from labo.adapters.knowledge_files import read_bundled, read_knowledge
    from labo.domain.knowledge.sources import BUNDLED

    if (file is None) is not bundled:
        raise InvalidInput("a file or --bundled is expected", where="labo knowledge import")
    incoming = read_bundled() if file is None else read_knowledge(file)
    named = source or (BUNDLED if file is None else Path(file.name.removesuffix(".gz")).stem)
    done = ask_services(
        connected_settings(data), lambda labo: labo.knowledge.import_(incoming, source=named)
    )
    if as_json:
        print_json(asdict(done))
    else:
        console.print(f"{done} from {file.name if file else named}")


def _row(one: KnowledgeSource) -> tuple[str, str, str]:
    what = "refused" if one.is_refused else str(one.imported)
    return one.source, what, f"{one.imported_at:%Y-%m-%d %H:%M}"
