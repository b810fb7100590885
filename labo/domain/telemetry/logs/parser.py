"""From a raw line to a parsed one: automatic format detection, or one given format."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from labo.domain.telemetry.logs.components import component_name, is_failure_class
from labo.domain.telemetry.logs.envelopes import MAX_DEPTH, merged, without_colours
from labo.domain.telemetry.logs.formats import LogFormat, built_in_formats, custom_format, in_order
from labo.domain.telemetry.logs.levels import (
    Level,
    leading_level,
    level_of,
    level_of_priority,
    level_of_status,
)
from labo.domain.telemetry.logs.lines import ParsedLine
from labo.domain.telemetry.logs.matching import Formats, Parts
from labo.domain.telemetry.logs.structured import GENERAL, LOGFMT, JsonFormats
from labo.domain.telemetry.logs.timestamps import Stamp, read_timestamp, start_of_hour
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
        own = tuple(custom)
        every = not only or only == "auto"
        chosen = () if every else _chosen(str(only), own)
        self._reads_json = every or only == GENERAL or any(one.is_json for one in chosen)
        self._reads_logfmt = every or only == LOGFMT
        self._text, self._json = _compiled(own, chosen, every)

    @property
    def reference(self) -> datetime:
        return self._reference

    @reference.setter
    def reference(self, moment: datetime) -> None:
        self._reference = start_of_hour(moment)

    def parse(self, line: str) -> ParsedLine:
        """The parts of one record's text. A text of unknown format consists of a message only."""
        text = line
        if len(line) > MAX_CHARS:
            text = f"{line[:MAX_CHARS]}… [{len(line) - MAX_CHARS} more characters were cut]"
        return self._read(text, without_colours(text), 0)

    def _read(self, line: str, text: str, depth: int) -> ParsedLine:
        found = self._find(line, text, depth)
        if found is not None:
            return found
        level = leading_level(text)
        rule = "word in front" if level else ""
        return ParsedLine(line, None, level, None, text, PLAIN, level_rule=rule)

    def _find(self, line: str, text: str, depth: int) -> ParsedLine | None:
        """The parts of a text of a known format."""
        if self._reads_json and (text[:1] == "{" or text[:32].lstrip()[:1] == "{"):
            record = self._json.read_json(text.strip(), self._reference)
            if record is not None:
                return self._opened_json(line, *record, depth)
        end = text.find("\n")
        head, rest = (text, "") if end < 0 else (text[:end], text[end:])
        data = head.encode("utf-8", "replace")
        matched = self._text.first(data)
        if matched is not None:
            known, extraction = matched
            parts, named_at = extraction.parts(data)
            outer = self._from_parts(line, known, parts, data, named_at)
            return self._opened(outer, known, rest, depth)
        if self._reads_logfmt and "=" in text:
            pairs = self._json.read_logfmt(text, self._reference)
            return replace(pairs, line=line) if pairs is not None else None
        return None

    def _opened_json(
        self, line: str, outer: ParsedLine, known: LogFormat, depth: int
    ) -> ParsedLine:
        """The program's own line within a record that names no level, or that is made to carry."""
        message = outer.message
        is_json = message[:1] == "{"
        carries = known.envelope == "any" or is_json or outer.level is None
        if message == outer.line or outer.status is not None or not carries or depth >= MAX_DEPTH:
            return replace(outer, line=line)
        inner = self._read(message, without_colours(message), depth + 1)
        return merged(line, outer, inner) if inner.format != PLAIN else _carried(line, outer, inner)

    def _opened(self, outer: ParsedLine, known: LogFormat, rest: str, depth: int) -> ParsedLine:
        """What the envelope holds, where the format is one; `rest`: the record's further lines."""
        message = outer.message + rest if rest else outer.message
        if known.envelope == "any" and depth < MAX_DEPTH and message:
            inner = self._read(message, message, depth + 1)
            plain = inner.format == PLAIN
            return _carried(outer.line, outer, inner) if plain else merged(outer.line, outer, inner)
        if known.envelope and depth < MAX_DEPTH and message:
            found = self._find(message, message, depth + 1)
            if found is not None and _is_record(found):
                return merged(outer.line, outer, found)
        return replace(outer, message=message) if rest.strip() else outer

    def _from_parts(
        self, line: str, known: LogFormat, parts: Parts, data: bytes, named_at: int
    ) -> ParsedLine:
        carried = parts["message"]
        message = carried.rstrip() if known.envelope == "any" else carried.strip()
        text = parts.get("timestamp")
        stamp = read_timestamp(text, self._reference) if text else _NO_STAMP
        name = parts.get("component")
        if name and named_at >= 0 and is_failure_class(name):
            message = data[named_at:].decode().strip()
            name = None
        component = component_name(name)
        status = int(parts["status"]) if parts.get("status", "").isdecimal() else None
        level, level_rule = _level(known, parts, status, message)
        # By position: this runs for every line, and names would cost a tenth of it.
        return ParsedLine(
            line,
            stamp.moment,
            level,
            component or known.component,
            message,
            known.name,
            status,
            f"{text}: {stamp.problem}" if stamp.problem else None,
            (),
            level_rule,
            "group timestamp" if stamp.moment else "",
            "group component" if component else "implied by the format" if known.component else "",
        )


def is_continuation(parsed: ParsedLine) -> bool:
    """Whether the line continues the record above it: a stack frame, a cause, a blank line."""
    return parsed.format == PLAIN and _CONTINUATION.match(parsed.line) is not None


def _choose(only: str | None, custom: tuple[LogFormat, ...]) -> tuple[LogFormat, ...]:
    if only is None or only == "auto":
        return (*custom, *FORMATS.values())
    if only in ("json", "logfmt"):
        return ()
    by_name = dict(built_in_formats()) | {known.name: known for known in custom}
    if only in by_name:
        return (by_name[only],)
    if "(?P<" in only or "%{" in only:
        return (custom_format("--format", only),)
    names = ", ".join(["auto", "json", "logfmt", *by_name])
    raise InvalidInput(
        f"unknown log format {only!r}",
        where="--format",
        hint=f"use a regular expression with (?P<message>…), or one of: {names}",
    )
