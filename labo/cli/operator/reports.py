"""`labo reports`: what an expert, or code alone, wrote about incidents."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from labo.cli.client import api_client, ask, member, raise_for_problem
from labo.cli.operator.incident import IncidentArgument
from labo.cli.operator.incidents import LimitOption
from labo.cli.operator.keys import SHORTEST, find_key
from labo.cli.operator.moments import to_the_minute
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, echo, print_json, print_table
from labo.domain.entities.keys import KeyKind
from labo.errors import InvalidInput, NotFound

app = typer.Typer(name="reports", help="Expert reports on incidents.", no_args_is_help=True)

_FIELDS = "key title incidentKey createdAt model files"
_LIST = f"query($first: Int!) {{ reports(first: $first) {{ {_FIELDS} }} }}"
_NEWEST = f"""query($id: ID!) {{ incident(id: $id) {{
  ... on Failure {{ code message where hint }}
  ... on Incident {{ reports(first: 1) {{ {_FIELDS} markdown }} }}
}} }}"""
_COLUMNS = ("key", "incident", "written (UTC)", "by", "title")


class FileFormat(StrEnum):
    """The value is the file's extension."""

    MARKDOWN = "md"
    HTML = "html"
    PDF = "pdf"


@app.command("list")
def list_reports(
    *, limit: LimitOption = 20, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Show the reports, newest first.

    Example: labo reports list --json
    """
    rows = ask(_LIST, {"first": limit}, data=data)["reports"]
    if as_json:
        print_json(rows)
    elif not rows:
        echo("There is no report yet: one is written when an incident reaches N3.")
    else:
        print_table(_COLUMNS, [_row(row) for row in rows], whole=("key", "incident"))


@app.command()
def show(
    incident: IncidentArgument,
    *,
    form: Annotated[FileFormat, typer.Option("--format", help="md, html or pdf.")] = (
        FileFormat.MARKDOWN
    ),
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the newest report on an incident, or write it to a file; exit code 4 without one.

    Example: labo reports show 4050af64 --format pdf --output report.pdf
    """
    if form is FileFormat.PDF and output is None and (as_json or sys.stdout.isatty()):
        raise InvalidInput("a PDF is no text: name a file", where="--output")
    key = find_key(incident, KeyKind.INCIDENT, data=data)
    node = member(ask(_NEWEST, {"id": key}, data=data)["incident"], key, data=data)
    if not node["reports"]:
        raise NotFound(
            "there is no report on this incident",
            where=key,
            hint="one is written when the incident reaches N3",
        )
    report = node["reports"][0]
    if as_json and output is None:
        print_json(report)
        return
    content = _content(report["key"], form, data)
    if output is not None:
        _write(output, content)
        print_json({**report, "file": str(output)}) if as_json else echo(f"written to {output}")
    elif form is FileFormat.PDF:
        sys.stdout.buffer.write(content)
    else:
        echo(content.decode())


def _content(key: str, form: FileFormat, data: Path | None) -> bytes:
    with api_client(data) as client:
        answer = client.get(f"/api/reports/{key}.{form.value}")
    raise_for_problem(answer)
    return answer.content


def _write(output: Path, content: bytes) -> None:
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InvalidInput(f"can't write the file: {error.strerror}", where=str(output)) from error


def _row(report: dict[str, Any]) -> tuple[object, ...]:
    return (
        report["key"][:SHORTEST],
        report["incidentKey"][:SHORTEST],
        to_the_minute(report["createdAt"]),
        report["model"] or "code",
        report["title"],
    )
