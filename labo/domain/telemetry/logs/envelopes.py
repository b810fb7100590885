"""What others wrap around a program's own line: colours, and the formats that carry lines."""

from __future__ import annotations

import re

from labo.domain.telemetry.logs.lines import ParsedLine

MAX_DEPTH = 4
"""Envelopes within envelopes that are opened: syslog around compose around docker's JSON around a
program's JSON is the deepest that is met."""

# ESC itself, as rsyslog escapes it (#033), as terminals show it (^[), and as texts of JSON and of
# C write it, once more escaped. Bounded, so linear.
_COLOUR = re.compile(r"(?:\x1b|#033|\^\[|\\(?:u001[bB]|x1[bB]|033|e))\[[\d;?]{0,32}[A-Za-z]")


def without_colours(text: str) -> str:
    """The text without ANSI escape sequences."""
    if "[" not in text:
        return text
    # A generator or an expression would cost ten times as much, for every line.
    if ("\x1b" in text or "33[" in text or "^[[" in text) or (
        "1b[" in text or "1B[" in text or "\\e[" in text
    ):
        return _COLOUR.sub("", text)
    return text


def merged(line: str, outer: ParsedLine, inner: ParsedLine) -> ParsedLine:
    """The line inside, with what it lacks from the envelope. The envelope's component comes first:
    it names the process, where the line inside often names a class of it."""
    named, timed = outer if outer.component else inner, inner if inner.timestamp else outer
    levelled = inner if inner.level else outer
    return ParsedLine(
        line=line,
        timestamp=timed.timestamp,
        level=levelled.level,
        component=named.component,
        message=inner.message,
        format=inner.format,
        status=inner.status,
        time_problem=None if timed.timestamp else inner.time_problem or outer.time_problem,
        envelopes=(outer.format, *inner.envelopes),
        level_rule=levelled.level_rule,
        time_rule=timed.time_rule,
        component_rule=named.component_rule,
    )
