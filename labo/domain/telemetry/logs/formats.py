"""The formats of log files as named-group regular expressions, most specific first.

A format's groups are `timestamp`, `level`, `component`, `message`, `priority` (syslog PRI) and
`status` (HTTP). `message` is always a part of the line, so that it can be shown verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from labo.domain.telemetry.logs.lines import LEVEL_WORDS
from labo.errors import InvalidInput

GROUPS = frozenset({"timestamp", "level", "component", "message", "priority", "status"})


@dataclass(frozen=True, slots=True)
class LogFormat:
    """`component` is the one that the format implies, for lines that name none."""

    name: str
    pattern: re.Pattern[str]
    component: str | None = None


_WORDS = "|".join(sorted(LEVEL_WORDS, key=len, reverse=True))
_FRAGMENTS: Mapping[str, str] = {
    "TS": r"(?P<timestamp>`ISO`)",
    "ISO": r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:T|\s+|_)`CLOCK``ZONE`",
    "ZONE": r"(?:\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\b)?",
    "CLOCK": r"\d{1,2}:\d{2}:\d{2}(?:[.,:]\d{1,9})?",
    "DAYTIME": r"[A-Z][a-z]{2}\s+\d{1,2}\s(?:\d{4}\s)?\d{2}:\d{2}:\d{2}(?:\.\d+)?",
    "LEVEL": r"(?P<level>(?i:`WORDS`))",
    # Bare words count in capitals only: "Log rotated" and "error opening x" are messages.
    "BARE": rf"(?P<level>(?:{_WORDS.upper()})\b)",
    "WORDS": _WORDS,
    "LOGGER": r"(?P<component>[\w.$/@#<>-]+(?:\[[\w.-]*\])?)",
    "NAME": r"(?P<component>(?!\w*(?:Error|Exception)\b)[A-Za-z_][\w.$/@-]*)",
    "NAMES": r"(?P<component>[^\s\[\]]+(?: [^\s\[\]]+){0,3}?)",
    "TAG": r"(?P<component>(?:-- )?[^\s:\[\]]{1,64}?(?: [\d.]+)?)(?:\[[^\]\s]*\])?:(?:\s+|$)",
    "MESSAGE": r"(?P<message>.*)",
}

_TABLE: tuple[tuple[str, str, str | None], ...] = (
    (
        "syslog-5424",
        r"<(?P<priority>\d{1,3})>\d{1,2} (?P<timestamp>\S+) \S+ (?P<component>\S+) \S+ \S+ "
        r"(?:-|(?:\[(?:[^\]\"\\]|\"(?:[^\"\\]|\\.)*\"|\\.)*\])+)(?: \ufeff?`MESSAGE`)?",
        None,
    ),
    (
        "syslog-3164",
        r"(?:<(?P<priority>\d{1,3})>)?(?P<timestamp>`DAYTIME`)\s+(?!\[)\S+\s+(?:`TAG`)?`MESSAGE`",
        None,
    ),
    (
        "access",
        r"(?:(?P<component>[\w.-]+:\d+) )?[\w.:%-]+ \S+ [^\[\"]+ \[(?P<timestamp>[^\]]+)\] "
        r"(?P<message>\"(?:[^\"\\]|\\.)*\" (?P<status>\d{3})(?: (?:\d+|-))?)(?:\s.*)?",
        None,
    ),
    (
        "apache-error",
        r"\[(?P<timestamp>[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:.]+ \d{4})\] "
        r"\[(?:(?P<component>[\w.-]+):)?`LEVEL`\d?\]\s?(?:\[pid [^\]]*\]\s?)?`MESSAGE`",
        "apache",
    ),
    ("nginx-error", r"`TS` \[`LEVEL`\] \d+#\d+: (?:\*\d+ )?`MESSAGE`", "nginx"),
    (
        "bgl",
        r"\S+ \d{9,10} \d{4}\.\d\d\.\d\d \S+ (?P<timestamp>\d{4}(?:-\d\d){3}\.\d\d\.\d\d\.\d+) "
        r"\S+ \S+ (?P<component>\S+) `LEVEL`(?:\s`MESSAGE`)?",
        None,
    ),
    (
        "healthapp",
        r"(?P<timestamp>\d{8}-[\d:]+)\|(?P<component>[^|]*)\|\d+\|`MESSAGE`",
        None,
    ),
    ("hdfs", r"(?P<timestamp>\d{6} \d{6}) \d+ `LEVEL` `LOGGER`: `MESSAGE`", None),
    (
        "zookeeper",
        r"`TS` (?:\[myid:[^\]]*\] )?- `LEVEL`\s+\[(?:.*:)?(?P<component>[^:@\s]+)@\d+\] - "
        r"`MESSAGE`",
        None,
    ),
    ("spring", r"`TS`\s+`LEVEL` \d+ --- (?:\[[^\]]*\] )+(?P<component>\S+)\s*: `MESSAGE`", None),
    ("log4j", r"`TS`:?\s+`LEVEL`\s+\[.*?\]\s+`LOGGER`(?::\d+)?\s*[:-]\s`MESSAGE`", None),
    (
        "logback",
        r"(?P<timestamp>`ISO`|`CLOCK`)\s+\[[^\]]*\]\s+`LEVEL`\s+`LOGGER`(?:\s\[[^\]]*\])?\s*[:-]\s"
        r"`MESSAGE`",
        None,
    ),
    ("python", r"`TS` - (?P<component>\S+) - `LEVEL` - `MESSAGE`", None),
    ("level-pipe", r"`TS`\s*\|\s*`LEVEL`\s*\|\s*(?P<component>[^|]*?)\s*(?:\||-)\s`MESSAGE`", None),
    ("openstack", r"(?:\S+\.log\S* )?`TS` \d+ `BARE` (?P<component>[\w.]+) `MESSAGE`", None),
    ("spark", r"(?P<timestamp>\d\d/\d\d/\d\d [\d:]{8}) `LEVEL` `LOGGER`: `MESSAGE`", None),
    (
        "bracket",
        r"(?:\[?(?P<timestamp>`ISO`|`CLOCK`)\]?\s+(?:-\s+)?)?\[\s*`LEVEL`\s*\]:?\s+`NAMES`\s+-\s+"
        r"`MESSAGE`",
        None,
    ),
    (
        "bracket-name",
        r"(?:\[?(?P<timestamp>`ISO`|`CLOCK`)\]?\s+(?:-\s+)?)?\[\s*`LEVEL`\s*\]:?\s+"
        r"\[(?P<component>[^\]]+)\]:?\s+(?:-\s+)?`MESSAGE`",
        None,
    ),
    (
        "glog",
        r"(?P<level>[IWEF])(?P<timestamp>\d{4} [\d:.]+)\s+\d+ (?P<component>[^\]\s:]+):\d+\] "
        r"`MESSAGE`",
        None,
    ),
    (
        "logcat",
        r"(?P<timestamp>\d\d-\d\d [\d:.]+)\s+\d+\s+\d+ (?P<level>[VDIWEF]) (?P<component>.*?)\s*: "
        r"`MESSAGE`",
        None,
    ),
    (
        "mysql",
        r"`TS`\s+\d+ \[`LEVEL`\] (?:\[MY-\d+\] )?(?:\[(?P<component>\w+)\] )?`MESSAGE`",
        "mysql",
    ),
    (
        "postgresql",
        r"`TS`(?: [A-Z]{3,4})? \[\d+(?:-\d+)?\] (?:\S+@\S+ )?`LEVEL`:\s+`MESSAGE`",
        "postgresql",
    ),
    (
        "redis",
        r"\d+:[XCSM] (?P<timestamp>\d\d [A-Z][a-z]{2} \d{4} [\d:.]+) (?P<level>[.*#-]) `MESSAGE`",
        "redis",
    ),
    (
        "syslog-iso",
        r"(?:<(?P<priority>\d{1,3})>)?(?P<timestamp>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)) "
        r"(?!(?i:`WORDS`)\b)[\w.:-]+ `TAG``MESSAGE`",
        None,
    ),
    (
        "stamp-name-level",
        r"\[?`TS`\]?\s+\[(?P<component>[^\]]+)\]\s+\[?`LEVEL`\]?:?\s+`MESSAGE`",
        None,
    ),
    (
        "stamp-level-name",
        r"\[?`TS`\]?[,\s:|-]+`BARE`:?[\s|-]+(?:\[(?P<component>[^\]]+)\]:?\s+(?:-\s+)?)`MESSAGE`",
        None,
    ),
    ("stamp-level-dash", r"\[?`TS`\]?[,\s:|-]+\[?`BARE`\]?:?[\s|-]+`NAME`\s+-\s+`MESSAGE`", None),
    ("stamp-level-colon", r"\[?`TS`\]?[,\s:|-]+\[?`BARE`\]?:?[\s|-]+`NAME`:\s+`MESSAGE`", None),
    ("stamp-level", r"\[?`TS`\]?[,\s:|-]+\[?`BARE`\]?:?(?:[\s|-]+|$)`MESSAGE`", None),
    ("stamp-bracket", r"\[?`TS`\]?[,\s:|-]+\[\s*`LEVEL`\s*\]:?\s+(?:`NAME`:\s+)?`MESSAGE`", None),
    ("stamp-word", r"\[?`TS`\]?[,\s:|-]+`LEVEL`(?::\s+|,?\s{2,}|\t)(?:`NAME`:\s+)?`MESSAGE`", None),
    ("python-basic", r"`BARE`:(?P<component>[\w.]+):`MESSAGE`", None),
    ("bracket-level", r"\[\s*`LEVEL`\s*\]:?\s+(?:`NAME`:\s+)?`MESSAGE`", None),
    ("level-dash", r"`BARE`:?\s+`NAME`\s+-\s+`MESSAGE`", None),
    ("level", r"`LEVEL`:\s+`MESSAGE`", None),
    ("level-bare", r"`BARE`\s+(?:\[(?P<component>[^\]]+)\]:?\s+)?`MESSAGE`", None),
    (
        "stamp",
        r"\[?(?P<timestamp>`ISO`|[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:.]+ \d{4})\]?(?:[\s:|-]+|$)"
        r"(?:`NAME`(?:\[\d+\])?:\s+)?`MESSAGE`",
        None,
    ),
)


def _compile(text: str) -> re.Pattern[str]:
    previous = ""
    while previous != text:  # fragments name fragments
        previous = text
        for name, fragment in _FRAGMENTS.items():
            text = text.replace(f"`{name}`", fragment)
    return re.compile(text)


FORMATS: Mapping[str, LogFormat] = {
    name: LogFormat(name, _compile(text), component) for name, text, component in _TABLE
}
"""The regular-expression formats by name, in the order in which they are tried."""


def custom_format(name: str, expression: str) -> LogFormat:
    """A format from an operator's regular expression, matched against the whole line.

    Raises InvalidInput when it does not compile, has no group `message`, or names unknown ones.
    """
    where = f"log format {name!r}"
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise InvalidInput(
            f"not a regular expression: {error}", where=where, hint="check its brackets"
        ) from error
    known = ", ".join(sorted(GROUPS))
    if "message" not in pattern.groupindex:
        raise InvalidInput(
            "it has no group named message", where=where, hint=f"use (?P<message>…); known: {known}"
        )
    if unknown := sorted(set(pattern.groupindex) - GROUPS):
        raise InvalidInput(f"unknown group {unknown[0]!r}", where=where, hint=f"known: {known}")
    return LogFormat(name, pattern)
