"""`labo logs parse` and `labo ingest`: log files, parsed or ingested."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli.output import error_console, json_text, say

if TYPE_CHECKING:
    from labo.domain.telemetry.logs.assembling import Record
    from labo.domain.telemetry.logs.errors import Assessment
    from labo.domain.telemetry.logs.lines import ParsedLine
    from labo.domain.telemetry.logs.parser import LineParser
    from labo.domain.telemetry.logs.templates import Template

READ_AHEAD = 50_000
"""Lines from which templates are learnt before the first of them is named."""

File = Annotated[Path, typer.Argument(help="The log file.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        help="A format's name, or a regular expression with (?P<message>…) and optionally "
        "timestamp, level, component. By default each line's format is detected.",
    ),
]


def parse_command(file: File, as_json: AsJson = False, format_: Format = "auto") -> None:
    """Parse a log file and print every line's parts and template. Needs no server.

    Example: labo logs parse /var/log/auth.log --json
    """
    unreadable = count(1)
    parsed = parse_file(file, format_, lambda: next(unreadable))
    try:
        _print_json(parsed) if as_json else _print_table(parsed)
    except BrokenPipeError:  # `| head` has seen enough
        sys.stderr.close()
    else:
        say_unreadable(file, next(unreadable) - 1)


def say_unreadable(file: Path, lines: int) -> None:
    """On standard error, if there are such lines."""
    if lines:
        hint = "shown as \\xff; is the file in another encoding than UTF-8 or UTF-16?"
        say("{}: {} lines hold bytes that can't be read ({})", file, lines, hint, to=error_console)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file. `continues`: it belongs to the record above, as do its error and parts."""

    number: int
    parsed: ParsedLine
    template: Template
    assessment: Assessment
    continues: bool


def parse_file(
    path: Path, format_: str = "auto", unreadable: Callable[[], object] = lambda: None
) -> Iterator[Row]:
    """Every line of the file with its template, in their order (of programs that write into one
    file in turn: within READ_AHEAD records).

    Stamps without a year are dated from the file's modification time.
    """
    from labo.adapters.log_files.lines import read_lines
    from labo.adapters.log_files.templates import LogTemplates
    from labo.domain.telemetry.logs.stack_traces import headline

    parser = own_parser(path, format_)
    templates = LogTemplates()
    records = assembled(read_lines(path, unreadable), parser)
    while chunk := list(islice(records, READ_AHEAD)):
        names = templates.name_all([headline(record.head.message) for record in chunk])
        rows = [row for pair in zip(chunk, names, strict=True) for row in _rows(*pair)]
        yield from sorted(rows, key=lambda row: row.number)


def own_parser(path: Path, format_: str) -> LineParser:
    """By the settings' formats and ours; the file's age dates what has no year."""
    from labo.adapters.log_files.formats import own_formats
    from labo.adapters.log_files.lines import open_log
    from labo.domain.telemetry.logs.parser import LineParser
    from labo.settings import Settings

    with open_log(path):
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    settings = Settings().logs
    own = own_formats(settings.formats, settings.format_folder)
    return LineParser(written, only=format_, custom=own)


def assembled(lines: Iterable[str], parser: LineParser) -> Iterator[Record]:
    """The records of a file's lines."""
    from labo.domain.telemetry.logs.assembling import RecordAssembler
    from labo.domain.telemetry.logs.lines import SourceLine

    assembler = RecordAssembler(parser.parse)
    for number, line in enumerate(lines):
        yield from assembler.add(SourceLine("", number, line))
    yield from assembler.flush()


def _rows(record: Record, name: Template) -> Iterator[Row]:
    from labo.domain.telemetry.logs.assembling import assess_record
    from labo.domain.telemetry.logs.errors import Assessment
    from labo.domain.telemetry.logs.lines import ParsedLine

    for number, line in enumerate(record.lines):
        if number or record.continues:
            below = ParsedLine(line.text, None, None, None, line.text, record.head.format)
            yield Row(line.offset, below, name, Assessment(None), continues=True)
        else:
            head = record.head._replace(line=line.text)
            yield Row(line.offset, head, name, assess_record(record), continues=False)


def _record(row: Row) -> dict[str, str | bool | None]:
    parsed = row.parsed
    return {
        "line": parsed.line,
        "timestamp": parsed.timestamp.astimezone(UTC).isoformat() if parsed.timestamp else None,
        "level": parsed.level.value if parsed.level else None,
        "component": parsed.component,
        "message": parsed.message,
        "template_id": row.template.id,
        "template": row.template.text,
        "error": row.assessment.is_error,
        "why": row.assessment.evidence or None,
        "continues": row.continues,
    }


def _print_json(rows: Iterable[Row]) -> None:
    for row in rows:
        sys.stdout.write(json_text(_record(row)) + "\n")
    sys.stdout.flush()


def _print_table(rows: Iterable[Row]) -> None:
    from rich.table import Table

    from labo.cli.output import as_codes, console

    names = ("timestamp", "level", "component", "message", "template_id", "template")
    table = Table(*names)
    for row in rows:
        record = _record(row)
        table.add_row(*(as_codes(str(record[name] or "-")) for name in names))
    console.print(table)
