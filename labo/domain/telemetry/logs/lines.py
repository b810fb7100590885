"""One parsed log line and its normalised level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """The five levels to which all vendors' levels are mapped."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


LEVEL_WORDS: dict[str, Level] = {
    "trace": Level.DEBUG,
    "trace1": Level.DEBUG,
    "verbose": Level.DEBUG,
    "finest": Level.DEBUG,
    "finer": Level.DEBUG,
    "fine": Level.DEBUG,
    "debug": Level.DEBUG,
    "dbg": Level.DEBUG,
    "config": Level.INFO,
    "information": Level.INFO,
    "info": Level.INFO,
    "notice": Level.INFO,
    "log": Level.INFO,
    "warning": Level.WARNING,
    "warn": Level.WARNING,
    "severe": Level.ERROR,
    "error": Level.ERROR,
    "err": Level.ERROR,
    "failure": Level.CRITICAL,
    "fatal": Level.CRITICAL,
    "critical": Level.CRITICAL,
    "crit": Level.CRITICAL,
    "alert": Level.CRITICAL,
    "emergency": Level.CRITICAL,
    "emerg": Level.CRITICAL,
    "panic": Level.CRITICAL,
    "dpanic": Level.CRITICAL,
}
"""Vendors' level names, in lower case. BGL's FAILURE ranks above its FATAL; java.util.logging's
SEVERE is its error level; syslog's notice is normal but significant, so not a warning."""

LEVEL_LETTERS: dict[str, Level] = {
    "V": Level.DEBUG,
    "D": Level.DEBUG,
    "I": Level.INFO,
    "N": Level.INFO,
    "W": Level.WARNING,
    "E": Level.ERROR,
    "F": Level.CRITICAL,
    "C": Level.CRITICAL,
    ".": Level.DEBUG,
    "-": Level.DEBUG,
    "*": Level.INFO,
    "#": Level.WARNING,
}
"""Single letters of logcat and glog, and the marks of Redis and Valkey."""

_SYSLOG_SEVERITIES = (
    Level.CRITICAL,
    Level.CRITICAL,
    Level.CRITICAL,
    Level.ERROR,
    Level.WARNING,
    Level.INFO,
    Level.INFO,
    Level.DEBUG,
)


_SEVERITY_RANGES = (
    Level.DEBUG,  # TRACE
    Level.DEBUG,
    Level.INFO,
    Level.WARNING,
    Level.ERROR,
    Level.CRITICAL,  # FATAL
)


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """`line` is the text as read; parts that the line lacks are None.

    `timestamp` is aware and retains the line's own offset; UTC where the line has none.
    """

    line: str
    timestamp: datetime | None
    level: Level | None
    component: str | None
    message: str
    format: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One raw line with its position: the digest that identifies the file, and the offset."""

    file: str
    offset: int
    text: str

    @property
    def id(self) -> str:
        """The line's identity; ids of one file sort in the order of its lines."""
        return f"{self.file}:{self.offset:016d}"


def level_of(word: str | None) -> Level | None:
    """The level of a vendor's word, letter or abbreviation, if it is known."""
    if not word:
        return None
    return LEVEL_WORDS.get(word.lower()) or LEVEL_LETTERS.get(word)


def level_of_priority(priority: int) -> Level:
    """Syslog PRI (facility * 8 + severity) to a level (RFC 5424, table 2)."""
    return _SYSLOG_SEVERITIES[priority & 7]


def level_of_severity(number: int) -> Level | None:
    """OpenTelemetry's severity number, 1 to 24 in ranges of four; None for any other.

    >>> level_of_severity(17), level_of_severity(0)
    (<Level.ERROR: 'ERROR'>, None)
    """
    return _SEVERITY_RANGES[(number - 1) // 4] if 1 <= number <= 24 else None


def level_of_status(status: int) -> Level:
    """HTTP status to a level: 5xx is the server's error, 4xx the client's, so a warning."""
    if status >= 500:
        return Level.ERROR
    return Level.WARNING if status >= 400 else Level.INFO
