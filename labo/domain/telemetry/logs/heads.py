"""The level within a line's head: behind threads, processes, names and the like.

Every logging library lets a program put its level anywhere: `[main] [user=7] INFO …`,
`worker-1|WARN|…`, `imap-login: Error: …`, `[Server thread/ERROR]: …`, `1234 <Error> …`. A head
consists of tokens that are no words of a sentence: groups in brackets, and names with a digit, a
sign or a capital inside. The first word of a sentence ends it, so that what a message says is no
level.
"""

from __future__ import annotations

from labo.domain.telemetry.logs.levels import CAPITAL_WORDS, Level, level_of
from labo.expressions import expression

_MAX_CHARS = 200
"""Heads end within it: a time, a thread, a request's id and a class have 150 characters at most."""

_WORDS = (
    r"trace|debug|dbug|dbg|verbose|info|inf|information|notice|warn|warning|wrn|error|err|eror"
    r"|severe|fatal|ftl|critical|crit|alert|emerg|emergency|panic"
)
"""Without the levels that are ordinary words as well: log, note, config, fine, fail."""
_CAPITALS = "|".join((*_WORDS.upper().split("|"), "FINE", "FINER", "FINEST", *CAPITAL_WORDS))
_GROUP = r"\[[^\]]*\]|\([^)]*\)|\{[^}]*\}|<[^<>]*>|\"[^\"]*\""
_SIGN = r"[^A-Za-z\s\[\](){}<>|\"'!?]"
_PART = r"[^\s\[\](){}<>|\"'!?]*"
_NAME = rf"{_PART}{_SIGN}{_PART}|[A-Za-z]*[a-z][A-Z]{_PART}"
_BETWEEN = r"(?:[:;,)-]*[\s|]+[\s|,;:)-]*|[,;)])"
_LEVEL = expression(
    rf"^(?:(?:{_GROUP})|(?:{_NAME}){_BETWEEN}|[^|\s]+\s*\||{_BETWEEN})*?"
    rf"(?:(?P<capitals>{_CAPITALS})(?:[\s:|,;\])>\[(-]|$)"
    rf"|(?P<colon>(?i:{_WORDS})):(?:\s|$)"
    rf"|(?:[\w.-]+ ?)?[\[<(*]\s*(?P<group>(?i:{_WORDS}))\s*[\])>*]"
    rf"|\[[^\]]*[/:](?P<thread>{_CAPITALS})\]"
    rf"|[\w.-]+ (?P<host>{_CAPITALS})\s+\["
    rf"|\[[\w.-]+:(?P<name>(?i:{_WORDS})),"
    rf"|[\w.-]*/(?P<path>{_CAPITALS})/"
    rf"|[\w-]+-(?P<glib>{_CAPITALS}) \*\*"
    rf"|\|\s*(?P<field>(?i:{_WORDS}))\s*\|"
    r"|(?P<letter>[EWI]):\s"
    rf"|(?:log_?)?(?:level|lvl|severity)=\"?(?P<pair>(?i:{_WORDS}))\"?\s+\S)"
)


def level_in_head(text: str) -> Level | None:
    """The level that stands behind nothing but tokens of a head; None where there is none.

    >>> level_in_head("[main] [3f0c,17] ERROR c.e.Cart - order lost"), level_in_head("got ERROR")
    (<Level.ERROR: 'ERROR'>, None)
    """
    head = text[:_MAX_CHARS]
    if not _LEVEL.occurs_in(head) or (found := _LEVEL.match(head)) is None:
        return None
    return level_of(next(word for word in found.groupdict().values() if word))
