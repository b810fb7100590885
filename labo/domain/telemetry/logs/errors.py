"""Which lines report an error: by level, and by words where the level is missing or too mild.

Many real logs have no level (sshd, most of syslog), and many errors are logged as warnings. So
words count too, except within what merely mentions an error: "0 errors", "failed=0", "failover",
"log level is error", errors.yaml, the text of an SQL statement.

Which words count depends on the level. Without a level or at WARNING: any word of failure. At INFO
and DEBUG the level wins, but for the few messages that have one meaning only (see `NO_DOUBT`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from labo.domain.entities.severity import Severity
from labo.domain.telemetry.logs.failure_words import (
    CRITICAL,
    MILD,
    NO_DOUBT,
    REQUEST,
    SURE,
)
from labo.domain.telemetry.logs.harmless_words import ALL, HARMLESS, SQL
from labo.domain.telemetry.logs.lines import Level, ParsedLine
from labo.expressions import Expression, Match

_MAX_CHARS = 4_000
"""Of a longer message the first part is searched, as of its template: a program says what is wrong
before it dumps the data. It bounds a message's time."""

_OTHER, _PART = b"\0", b"\1"


class Assessment(NamedTuple):
    """`severity` None: no problem. `evidence` is the level or the words that decided."""

    severity: Severity | None
    evidence: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it is an error; a warning is not, and counts towards its own threshold."""
        return self.severity in (Severity.ERROR, Severity.CRITICAL)


_NOTHING = Assessment(None)


def assess(parsed: ParsedLine) -> Assessment:
    """Whether the line reports a problem, how severe, and by which evidence."""
    level = parsed.level
    if level is Level.CRITICAL:
        return Assessment(Severity.CRITICAL, level.value)
    if level is Level.ERROR:
        return Assessment(Severity.ERROR, level.value)
    # A request's path and the client's text are data: only the status counts.
    words = None if parsed.status is not None else _find_failure(parsed.message, level)
    if words is not None:
        grave = level is None and CRITICAL.search(words)
        return Assessment(Severity.CRITICAL if grave else Severity.ERROR, words)
    return Assessment(Severity.WARNING, level.value) if level is Level.WARNING else _NOTHING


def _find_failure(message: str, level: Level | None) -> str | None:
    text = message[:_MAX_CHARS]
    if level is Level.INFO or level is Level.DEBUG:
        present = [NO_DOUBT, REQUEST, SQL, HARMLESS] if MILD.occurs_in(text) else []
    else:
        present = ALL.occurring(text)
    failures = [one for one in present if one is not SQL and one is not HARMLESS]
    if not failures:  # as in most lines
        return None
    if len(failures) == len(present) and (plain := failures[0].search(text)):
        return plain.group().strip()
    names, phrases = _harmless_parts(text, present)
    for one in failures:
        for match in one.finditer(text):
            start, end = match.start(), match.end()
            if one is SURE or one is REQUEST:  # "exit code 1" counts even beside a path
                is_mention = phrases.find(_OTHER, start, end) < 0
            else:
                parts = (names.find(_PART, start, end), phrases.find(_PART, start, end))
                is_mention = max(parts) >= 0
            if not is_mention:
                return match.group().strip()
    return None


def _harmless_parts(text: str, present: Sequence[Expression]) -> tuple[bytearray, bytearray]:
    """Per character whether it is part of a name (of a file, a queue, a test), and of a phrase,
    that mentions an error and reports none."""
    names, phrases = bytearray(len(text)), bytearray(len(text))
    if SQL in present:
        for match in SQL.finditer(text):
            _mark(phrases, match)
    if HARMLESS in present:
        for match in HARMLESS.finditer(text):
            _mark(phrases if " " in match.group().strip() else names, match)
    return names, phrases


def _mark(parts: bytearray, match: Match) -> None:
    start, end = match.start(), match.end()
    parts[start:end] = _PART * (end - start)
