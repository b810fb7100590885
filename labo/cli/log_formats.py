"""`labo logs explain`: how each line of a file is read; `labo logs formats`: the known formats."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labo.cli.log_files import File, Format, own_parser
from labo.cli.output import JsonOption, as_codes, error_console, print_json, print_table, say

if TYPE_CHECKING:
    from labo.domain.telemetry.logs.formats import LogFormat
    from labo.domain.telemetry.logs.lines import ParsedLine

_COLUMNS = ("line", "format", "level", "time", "component", "error", "why")
_SHOWN = 60
"""Characters of a line in the table; `--json` has the whole."""


def explain_command(
    file: File,
    *,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="The first lines only.")] = 20,
    format_: Format = "auto",
    as_json: JsonOption = False,
) -> None:
    """Explain how the first lines of a log file are read: the format that each one has, what its
    level, time and component were read from, and why it is an error or not. Needs no server.

    Examples: labo logs explain app.log · labo logs explain app.log --lines 500 --json
    """
    from labo.adapters.log_files.lines import read_lines

    parser = own_parser(file, format_)
    rows = [explanation(parser.parse(line)) for line in islice(read_lines(file), lines)]
    if as_json:
        print_json(rows)
        return
    table = [
        [
            as_codes(row["line"][:_SHOWN]),
            " > ".join((*row["envelopes"], row["format"])),
            _with_rule(row["level"], row["level_rule"]),
            _with_rule(row["time"], row["time_rule"]) or as_codes(row["time_problem"]),
            as_codes(_with_rule(row["component"], row["component_rule"])),
            row["error"],
            as_codes(row["why"]),
        ]
        for row in rows
    ]
    print_table(_COLUMNS, table)


def explanation(parsed: ParsedLine) -> dict[str, Any]:
    """A parsed line's parts, each with the rule that read it, and why it is an error or not."""
    from labo.domain.telemetry.logs.errors import assess

    assessment = assess(parsed)
    return {
        "line": parsed.line,
        "format": parsed.format,
        "envelopes": list(parsed.envelopes),
        "level": parsed.level.value if parsed.level else None,
        "level_rule": parsed.level_rule or None,
        "time": parsed.timestamp.isoformat() if parsed.timestamp else None,
        "time_rule": parsed.time_rule or None,
        "time_problem": parsed.time_problem,
        "component": parsed.component,
        "component_rule": parsed.component_rule or None,
        "message": parsed.message,
        "status": parsed.status,
        "error": assessment.is_error,
        "why": assessment.evidence or _why_not(parsed),
    }


def formats_command(
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Check this folder; by default LABO_LOGS__FORMAT_FOLDER."),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the known log formats, your own first, and check the samples of your own.

    Ends with 1 when a sample of your own is read otherwise than its file says.

    Examples: labo logs formats · labo logs formats --folder ./formats
    """
    from labo.adapters.log_files.formats import own_formats
    from labo.domain.telemetry.logs.formats import built_in_formats
    from labo.settings import Settings

    settings = Settings().logs
    own = own_formats(settings.formats, folder or settings.format_folder)
    problems = list(_problems(own))
    rows = [
        {"name": one.name, "yours": one in own, "samples": len(one.samples)}
        | {"documentation": one.documentation}
        for one in (*own, *built_in_formats().values())
    ]
    if as_json:
        print_json({"formats": rows, "problems": problems})
    else:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
        for problem in problems:
            say("{}", problem, to=error_console)
    if problems:
        raise typer.Exit(1)


def _problems(own: tuple[LogFormat, ...]) -> Iterator[str]:
    from labo.domain.telemetry.logs.parser import LineParser
    from labo.domain.telemetry.logs.samples import mismatches

    parser = LineParser(datetime.now(UTC), custom=own)
    for one in own:
        for number, sample in enumerate(one.samples, 1):
            parsed = parser.parse(sample.line)
            if one.name not in (*parsed.envelopes, parsed.format):
                yield f"{one.name}, sample {number}: it has the format {parsed.format}"
            for mismatch in mismatches(sample, parsed):
                yield f"{one.name}, sample {number}: {mismatch}"


def _why_not(parsed: ParsedLine) -> str:
    if parsed.status is not None:
        return f"HTTP status {parsed.status}"
    return f"level {parsed.level.value}" if parsed.level else "no level, no words of a failure"


def _with_rule(value: str | None, rule: str | None) -> str | None:
    return f"{value} ({rule})" if value and rule else value
