"""From a raw line to a parsed one: automatic format detection, or one given format."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from labo.domain.telemetry.logs.bodies import unquoted
from labo.domain.telemetry.logs.components import component_name, is_failure_class
from labo.domain.telemetry.logs.envelopes import MAX_DEPTH, merged, without_colours
from labo.domain.telemetry.logs.formats import LogFormat, built_in_formats, custom_format, in_order
from labo.domain.telemetry.logs.heads import level_in_head
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
MAX_CHARS = 1 << 20
"""Characters of a line that are read, as many as a file's reader hands out at most; the rest is cut
with a mark. Every step is linear, so such a line costs some hundred milliseconds."""
_NO_STAMP = Stamp(None)


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
        self._reads_any = every
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
        bare = unquoted(without_colours(text).lstrip())
        # `journalctl -o json-sse` writes server-sent events.
        return self._read(text, bare.removeprefix("data: ") if bare[:7] == "data: {" else bare, 0)

    def _read(self, line: str, text: str, depth: int) -> ParsedLine:
        found = self._find(line, text, depth)
        if found is not None:
            return found
        level = leading_level(text)
        rule = "word in front"
        if level is None and self._reads_any:
            level, rule = level_in_head(text), "word in the head"
        rule = rule if level else ""
        return ParsedLine(line, None, level, None, text, PLAIN, level_rule=rule)

    def _find(self, line: str, text: str, depth: int) -> ParsedLine | None:
        """The parts of a text of a known format."""
        first = text[:1]
        if self._reads_json and (first == "{" or (first.isspace() and _begins_object(text))):
            # An element of an array that is written one a line ends with a comma.
            record = self._json.read_json(text.strip().removesuffix(","), self._reference)
            if record is not None:
                return self._opened_json(line, *record, depth)
        end = text.find("\n")
        head, rest = (text, "") if end < 0 else (text[:end], text[end:])
        data = head.encode("utf-8", "replace")
        matched = self._text.first(data)
        if matched is not None:
            known, extraction = matched
            parts, named_at = extraction.parts(head, data)
            outer = self._from_parts(line, known, parts, data, named_at)
            return self._opened(outer, known, rest, depth)
        if self._reads_logfmt and "=" in text:
            pairs = self._json.read_logfmt(text, self._reference)
            return pairs._replace(line=line) if pairs is not None else None
        return None

    def _opened_json(
        self, line: str, outer: ParsedLine, known: LogFormat, depth: int
    ) -> ParsedLine:
        """The program's own line within a record that names no level, or that is made to carry."""
        message = outer.message
        is_json = message[:1] == "{"
        carries = known.envelope == "any" or is_json or outer.level is None
        if message == outer.line or outer.status is not None or not carries or depth >= MAX_DEPTH:
            return outer._replace(line=line)
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
        return outer._replace(message=message) if rest.strip() else outer

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
            known.message_below,
        )


def _level(
    known: LogFormat, parts: Parts, status: int | None, message: str
) -> tuple[Level | None, str]:
    """A level that is given, a syslog priority, an HTTP status (5xx always), the word in front."""
    word, rule = parts.get("level"), "group level"
    level = (known.levels.get(word.lower()) or level_of(word)) if word else None
    if level is not None and status is None:
        return level, rule
    if level is None and (name := parts.get("component")) and name.isupper():
        level = level_of(name)  # `NOTICE[42]: ` in front of a message
    if level is None and parts.get("priority", "").isdecimal():
        level, rule = level_of_priority(int(parts["priority"])), "priority"
    if status is not None and (level is None or (status >= 500 and level is not Level.CRITICAL)):
        level, rule = level_of_status(status), "HTTP status"
    if level is not None:
        return level, rule
    if leading := leading_level(message):
        return leading, "word in front of the message"
    if status is None and (inner := level_in_head(message)):
        return inner, "word in the head of the message"
    return known.default_level, "default of the format" if known.default_level else ""


def _begins_object(text: str) -> bool:
    return text[:32].lstrip()[:1] == "{"


def _is_record(inner: ParsedLine) -> bool:
    """Whether a text is a record by itself: structured, timed, or a request."""
    return (
        inner.format == LOGFMT
        or inner.format.startswith(GENERAL)
        or bool(inner.time_rule)
        or inner.status is not None
        or bool(inner.envelopes)
    )


def _carried(line: str, outer: ParsedLine, inner: ParsedLine) -> ParsedLine:
    """An envelope around a text of no known format."""
    return outer._replace(
        line=line,
        level=outer.level or inner.level,
        message=inner.message,
        envelopes=(outer.format,),
        level_rule=outer.level_rule or inner.level_rule,
    )


@lru_cache(maxsize=16)
def _compiled(
    custom: tuple[LogFormat, ...], chosen: tuple[LogFormat, ...], every: bool
) -> tuple[Formats, JsonFormats]:
    """Compiled once for all parsers of the same formats."""
    built_in = built_in_formats()
    formats = (*in_order(custom), *built_in.values()) if every else chosen
    return (
        Formats([one for one in formats if not one.is_json]),
        JsonFormats([one for one in formats if one.is_json], built_in[GENERAL]),
    )


def _chosen(only: str, custom: tuple[LogFormat, ...]) -> tuple[LogFormat, ...]:
    if only in (GENERAL, LOGFMT):
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
