"""From a raw line to a parsed one: automatic format detection, or one given format."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from labo.domain.telemetry.logs.formats import FORMATS, LogFormat, custom_format
from labo.domain.telemetry.logs.lines import (
    ParsedLine,
    level_of,
    level_of_priority,
    level_of_status,
)
from labo.domain.telemetry.logs.structured import parse_json, parse_logfmt
from labo.domain.telemetry.logs.timestamps import parse_timestamp
from labo.errors import InvalidInput

PLAIN = "plain"
_LEADING_LEVEL = re.compile(
    r"\W{0,2}(emerg|alert|crit|critical|fatal|panic|err|error|warn|warning|notice|info|debug)"
    r"(?:\]|>|:(?=\s))\s*",
    re.IGNORECASE,
)
_CONTINUATION = re.compile(r"\s+\S|Caused by: |\.\.\. \d+ more|\s*$")


class LineParser:
    """Parses line by line, without state: a line's result never depends on its neighbours.

    `reference` dates timestamps that lack a year or a day (see `timestamps`); advance it when
    following a file for long. JSON is tried first, then the `custom` formats, the built-in ones and
    logfmt. `only` is a format's name, or a regular expression with named groups: then lines that
    do not match it are `plain`. Raises InvalidInput for any other `only`.
    """

    def __init__(
        self, reference: datetime, *, only: str | None = None, custom: Iterable[LogFormat] = ()
    ) -> None:
        self.reference = reference
        self._reads_json = only in (None, "auto", "json")
        self._reads_logfmt = only in (None, "auto", "logfmt")
        self._formats = _choose(only, tuple(custom))

    def parse(self, line: str) -> ParsedLine:
        """The line's parts. A line of unknown format consists of a message only."""
        if self._reads_json and (found := self._parse_json(line)):
            return found
        for known in self._formats:
            if match := known.pattern.fullmatch(line):
                return self._from_match(line, known, match)
        if self._reads_logfmt and "=" in line and (found := parse_logfmt(line, self.reference)):
            return found
        return ParsedLine(line, None, None, None, line, PLAIN)

    def _parse_json(self, line: str) -> ParsedLine | None:
        stripped = line.strip()
        if not stripped.startswith("{"):
            return None
        found = parse_json(stripped, self.reference)
        return self._unwrap(line, found) if found else None

    def _unwrap(self, line: str, outer: ParsedLine) -> ParsedLine:
        """The program's own line within a container runtime's JSON envelope, which has no level."""
        if outer.level is not None or outer.message == outer.line or outer.message[:1] == "{":
            inner = outer
        else:
            inner = LineParser.parse(self, outer.message)
        return ParsedLine(
            line=line,
            timestamp=outer.timestamp or inner.timestamp,
            level=outer.level or inner.level,
            component=outer.component or inner.component,
            message=inner.message,
            format="json",
        )

    def _from_match(self, line: str, known: LogFormat, match: re.Match[str]) -> ParsedLine:
        parts = match.groupdict()
        stamp, component = parts.get("timestamp"), parts.get("component")
        message = parts.get("message") or ""
        level = level_of(parts.get("level"))
        if level is None and (priority := parts.get("priority")):
            level = level_of_priority(int(priority))
        if level is None and (status := parts.get("status")):
            level = level_of_status(int(status))
        if level is None and (leading := _LEADING_LEVEL.match(message)):
            level = level_of(leading.group(1))
        return ParsedLine(
            line=line,
            timestamp=parse_timestamp(stamp, self.reference) if stamp else None,
            level=level,
            component=component.strip() if component and component != "-" else known.component,
            message=message.strip(),
            format=known.name,
        )


def is_continuation(parsed: ParsedLine) -> bool:
    """Whether the line continues the record above it: a stack frame, a cause, a blank line."""
    return parsed.format == PLAIN and _CONTINUATION.match(parsed.line) is not None


def _choose(only: str | None, custom: tuple[LogFormat, ...]) -> tuple[LogFormat, ...]:
    if only is None or only == "auto":
        return (*custom, *FORMATS.values())
    if only in ("json", "logfmt"):
        return ()
    by_name = dict(FORMATS) | {known.name: known for known in custom}
    if only in by_name:
        return (by_name[only],)
    if "(?P<" in only:
        return (custom_format("--format", only),)
    names = ", ".join(["auto", "json", "logfmt", *by_name])
    raise InvalidInput(
        f"unknown log format {only!r}",
        where="--format",
        hint=f"use a regular expression with (?P<message>…), or one of: {names}",
    )
