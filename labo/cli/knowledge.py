"""`labo knowledge`: export what was learnt in one workspace, import it into another."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli.connection import ask_services, connected_settings
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, console, print_json

if TYPE_CHECKING:
    from labo.domain.knowledge.knowledge import Knowledge

app = typer.Typer(help="Export and import what was learnt.", no_args_is_help=True)


@app.command("export")
def export_command(
    file: Annotated[
        Path | None, typer.Option("--file", "-o", help="Write there, not to standard output.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Print problems, the conditions that show them and causal edges as JSON.

    Names roles and metrics, never a component: it may be shared.

    Example: labo knowledge export > knowledge.json
    """
    from labo.domain.knowledge.knowledge import to_json

    knowledge = ask_services(connected_settings(data), lambda labo: labo.knowledge.export())
    exported = to_json(knowledge)
    if file is None:
        print_json(exported)
        return
    text = json.dumps(exported, ensure_ascii=False, indent=2) + "\n"
    file.write_text(text, encoding="utf-8")


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="What `export` wrote.", show_default=False)],
    *,
    source: Annotated[
        str | None, typer.Option(help="Whose knowledge it is. By default the file's name.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import knowledge from a file. The same source twice changes nothing.

    Claims arrive as proposed, whatever they were elsewhere.

    Example: labo knowledge import knowledge.json --source shop-eu
    """
    incoming = _read(file)
    done = ask_services(
        connected_settings(data),
        lambda labo: labo.knowledge.import_(incoming, source=source or file.stem),
    )
    if as_json:
        print_json(asdict(done))
        return
    console.print(
        f"{done.problems} problems, {done.signatures} conditions and {done.edges} causal edges "
        f"from {file.name}",
    )


def _read(file: Path) -> Knowledge:
    from labo.domain.knowledge.knowledge import from_json
    from labo.errors import InvalidInput

    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("cannot be read", where=str(file), hint=str(error)) from error
    except (json.JSONDecodeError, RecursionError) as error:
        position = (
            f":{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise InvalidInput("is not JSON", where=f"{file}{position}") from error
    try:
        return from_json(content)
    except InvalidInput as error:
        raise InvalidInput(
            error.message, where=f"{file}: {error.where}", hint=error.hint
        ) from error
