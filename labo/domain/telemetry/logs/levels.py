"""Vendors' levels: words, letters, numbers and HTTP statuses, mapped to five."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal


class Level(StrEnum):
    """The five levels to which all vendors' levels are mapped."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


Scale = Literal["syslog", "bunyan", "otel", "windows", "python", "google", "azure"]
"""Who counts: syslog 0 to 7 (RFC 5424), bunyan and pino 10 to 60, OpenTelemetry 1 to 24, Windows
events 1 to 5, Python 10 to 50, Google's LogSeverity 100 to 800, Azure's SeverityLevel 0 to 4."""

_BY_LEVEL: Mapping[Level, str] = {
    Level.DEBUG: "trace trace1 trc trce verbose vrb finest finer fine debug debug1 debug2 debug3 "
    "debug4 debug5 debu dbug dbg",
    Level.INFO: "config information informational info inf notice note log",
    Level.WARNING: "warning warn wrn",
    Level.ERROR: "severe error err erro eror fail",
    Level.CRITICAL: "failure fatal fata ftl critical crit alert emergency emerg panic pani pnc "
    "dpanic",
}
LEVEL_WORDS: Mapping[str, Level] = {
    word: level for level, words in _BY_LEVEL.items() for word in words.split()
}
"""Vendors' level names, in lower case. BGL's FAILURE ranks above its FATAL; java.util.logging's
SEVERE is its error level; syslog's notice is normal but significant, so not a warning."""

CAPITAL_WORDS: Mapping[str, Level] = {
    "SUCCESS": Level.INFO, "AUDIT": Level.INFO,
    "INFORMATION": Level.INFO, "INFOS": Level.INFO, "INFORMAZIONI": Level.INFO,
    "WARNUNG": Level.WARNING, "AVERTISSEMENT": Level.WARNING, "ADVERTENCIA": Level.WARNING,
    "AVVERTENZA": Level.WARNING,
    "SCHWERWIEGEND": Level.ERROR, "GRAVE": Level.ERROR,
}  # fmt: skip
"""Words that are a level in capitals only: loguru's and OpenStack's, and those of the JDK's logger
in German, French, Spanish and Italian (sun.util.logging.resources)."""

_FIELD_WORDS: Mapping[str, Level] = {
    "silly": Level.DEBUG, "http": Level.DEBUG, "success": Level.INFO, "audit": Level.INFO,
    "system": Level.INFO, "any": Level.INFO, "fault": Level.CRITICAL, "normal": Level.INFO,
    "minor": Level.WARNING, "caution": Level.WARNING, "major": Level.ERROR,
}  # fmt: skip
"""Words that are a level where a field holds nothing else, and ordinary words in a text."""

LEVEL_LETTERS: Mapping[str, Level] = {
    "V": Level.DEBUG,
    "T": Level.DEBUG,
    "D": Level.DEBUG,
    "I": Level.INFO,
    "N": Level.INFO,
    "A": Level.INFO,
    "W": Level.WARNING,
    "E": Level.ERROR,
    "F": Level.CRITICAL,
    "C": Level.CRITICAL,
    ".": Level.DEBUG,
    "-": Level.DEBUG,
    "*": Level.INFO,
    "#": Level.WARNING,
}
"""Single letters of logcat, glog, MongoDB and Ruby (A: any), and the marks of Redis and Valkey."""

_SYSLOG = (
    *(Level.CRITICAL, Level.CRITICAL, Level.CRITICAL),  # emergency, alert, critical
    *(Level.ERROR, Level.WARNING, Level.INFO, Level.INFO, Level.DEBUG),
)
_BUNYAN = (Level.DEBUG, Level.DEBUG, Level.INFO, Level.WARNING, Level.ERROR, Level.CRITICAL)
_OTEL = (*_BUNYAN,)  # TRACE, DEBUG, INFO, WARN, ERROR, FATAL, each four numbers wide
_PYTHON = (*(Level.DEBUG, Level.DEBUG, Level.INFO, Level.WARNING, Level.ERROR, Level.CRITICAL),)
_GOOGLE = (
    *(Level.DEBUG, Level.INFO, Level.INFO, Level.WARNING, Level.ERROR),
    Level.CRITICAL,  # and alert, and emergency
)
_WINDOWS = (Level.INFO, Level.CRITICAL, Level.ERROR, Level.WARNING, Level.INFO, Level.DEBUG)

# Bounded, so in linear time: at most six marks, then one word and what ends a level.
_LEADING = re.compile(r"\W{0,6}([A-Za-z]{3,13})(?:[\]>)|!]|:(?=\s|$)|(?=\s+[-|]\s))")
_LEADING_CAPITALS = re.compile(r"\W{0,6}([A-Z]{3,13})(?=\s)")
_SLOG = re.compile(r"(DEBUG|INFO|WARN|ERROR)[+-]\d{1,3}")
_SYSTEMD = re.compile(r"<([0-7])>")


def level_of(word: str | None) -> Level | None:
    """The level of a vendor's word, letter or abbreviation, if it is known."""
    if not word:
        return None
    return LEVEL_WORDS.get(word.lower()) or LEVEL_LETTERS.get(word) or CAPITAL_WORDS.get(word)


def level_of_field(word: str) -> Level | None:
    """The level that a field for it holds: `level_of`, letters with a digit (`D2`), a level that is
    raised or lowered (Go's slog: `WARN+1`), other words."""
    word = word.strip().strip("[]")
    if len(word) == 2 and word[1].isdecimal():
        word = word[0]
    if word[-1:].isdecimal() and (slog := _SLOG.fullmatch(word)):
        word = slog[1]
    return level_of(word) or _FIELD_WORDS.get(word.lower())


def level_of_priority(priority: int) -> Level:
    """Syslog PRI (facility * 8 + severity) to a level (RFC 5424, table 2)."""
    return _SYSLOG[priority & 7]


def level_of_severity(number: int) -> Level | None:
    """OpenTelemetry's severity number, 1 to 24 in ranges of four; None for any other.

    >>> level_of_severity(17), level_of_severity(0)
    (<Level.ERROR: 'ERROR'>, None)
    """
    return _OTEL[(number - 1) // 4] if 1 <= number <= 24 else None


def level_of_number(number: int, scale: Scale | None) -> Level | None:
    """A number on that scale. Without one: from 10 as bunyan and pino count, from 100
    as Monolog and Logback do, else as syslog does.

    >>> level_of_number(50, None), level_of_number(4, None), level_of_number(2, "windows")
    (<Level.ERROR: 'ERROR'>, <Level.WARNING: 'WARNING'>, <Level.ERROR: 'ERROR'>)
    """
    if number < 0:
        return None
    if scale == "otel":
        return level_of_severity(number)
    if scale == "windows":
        return _WINDOWS[number] if number < len(_WINDOWS) else None
    if scale == "azure":
        return _BUNYAN[number + 1] if number <= 4 else None
    if scale == "google" and number >= 100:
        return _GOOGLE[min(number // 100, 6) - 1]
    scale = None if scale == "google" else scale
    if scale == "python" or (scale is None and number >= 100):
        while number >= 100:  # Monolog counts 100 to 600, Logback 5,000 to 40,000
            number //= 10 if number < 1_000 else 1_000
        return _PYTHON[min(number // 10, 5)]
    if scale == "bunyan" or (scale is None and number >= 10):
        return _BUNYAN[min(max(number // 10, 1), 6) - 1]
    return _SYSLOG[number] if number <= 7 else (Level.INFO if scale is None else None)


def level_of_status(status: int) -> Level:
    """HTTP status to a level: 5xx is the server's error, 4xx the client's, so a warning."""
    if status >= 500:
        return Level.ERROR
    return Level.WARNING if status >= 400 else Level.INFO


def leading_level(message: str) -> Level | None:
    """The level in front of a message: `error: …`, `[warn] …`, `<3>…`, `WARN …`, `notice - …`.

    A bare word counts in capitals only: "error opening x" is a message.
    """
    if systemd := _SYSTEMD.match(message):
        return _SYSLOG[int(systemd[1])]
    if word := _LEADING.match(message):
        return LEVEL_WORDS.get(word[1].lower()) or CAPITAL_WORDS.get(word[1])
    if word := _LEADING_CAPITALS.match(message):
        return LEVEL_WORDS.get(word[1].lower()) or CAPITAL_WORDS.get(word[1])
    return None
