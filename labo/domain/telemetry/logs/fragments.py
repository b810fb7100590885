"""Named parts of expressions, so that a format's file reads `%{TIME} %{LEVEL} %{MESSAGE}`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from labo.domain.telemetry.logs.levels import CAPITAL_WORDS, LEVEL_WORDS
from labo.domain.telemetry.logs.zones import NAMES
from labo.errors import InvalidInput

_WORDS = "|".join(sorted(LEVEL_WORDS, key=len, reverse=True))
_CAPITALS = "|".join(CAPITAL_WORDS)
_FRACTION = r"(?:[.,:]\d{1,9})?"
_HALF = r"(?: ?[AaPp]\.?[Mm]\b\.?)?"

TIMES = ("ISO", "DAY_FIRST", "MONTH_NAME", "SLASHES", "COMPACT")
"""The forms of a date and a time. No text has two of them, nor is one an epoch: they differ in what
follows the first digits or letters."""

FRAGMENTS: Mapping[str, str] = {
    "TIME": r"(?P<timestamp>%{ANY_TIME})",
    "STAMP": r"\|?[\[(<{\"@]?\s?%{TIME}\s?[\])>}\"]?",
    "DATE_TIME": r"(?P<timestamp>%{ISO})",
    "TIME_OR_CLOCK": r"(?P<timestamp>%{ANY_TIME}|%{CLOCK})",
    "LEVEL": rf"(?P<level>(?i:{_WORDS})|{_CAPITALS})",
    # Bare words count in capitals only: "Log rotated" and "error opening x" are messages.
    "LEVEL_IN_CAPITALS": rf"(?P<level>(?:{_WORDS.upper()}|{_CAPITALS})\b)",
    "LOGGER": r"(?P<component>[\w.$/@#<>-]+(?:\[[\w.-]*\])?)",
    "NAME": r"(?P<component>[A-Za-z_][\w.$/@-]*)",
    "TAG": r"(?P<component>(?:-- )?[^\s:\[\]]+?(?: [\d.]+)?)(?:\[[^\]\s]*\])?:(?:\s+|$)",
    "MESSAGE": r"(?P<message>.*)",
    "STATUS": r"(?P<status>\d{3})",
    "ANY_TIME": "%{ANY_DATE}|%{EPOCH}",
    "ANY_DATE": "|".join(f"%{{{name}}}" for name in TIMES),
    "ISO": r"(?:[A-Z][a-z]{2},? )?\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"(?:(?:[Tt_:-]|, ?| - |\s{1,4})%{CLOCK}|-\d\d\.\d\d\.\d\d(?:[.:]\d{1,9})?)%{ZONE}",
    "DAY_FIRST": r"(?:[A-Z][a-z]{2,8},? )?\d{1,2}[-/ ][A-Z][A-Za-z]{2,8}[-/ ]\d{2,4}"
    r"[ :]%{CLOCK}%{ZONE}",
    "MONTH_NAME": r"(?:[A-Z][a-z]{2,8},?\s+)?[A-Z][a-z]{2,8}\s+\d{1,2},?\s(?:\d{4},?\s)?"
    r"%{CLOCK}%{ZONE}(?:\s\d{4})?",
    "SLASHES": r"\d{1,2}(?:[./-]\d{1,2}[./-]\d{4}|\.\d{1,2}\.\d{2})(?:,?[ T-]| -- )%{CLOCK}%{ZONE}"
    r"|\d\d\.\d\d %{CLOCK}",
    "COMPACT": r"(?:\d{8}(?:[T:_ -]\d{6}|[-T ]\d{1,2}:\d{2}:\d{2})(?:[.,]\d{1,9})?"
    r"|20\d{12}(?:[.,]\d{1,9})?"
    r"|\d{6}\s{1,2}\d{1,2}:\d{2}:\d{2})%{ZONE}",
    "EPOCH": r"1\d{9}(?:\.\d{1,9})?|1\d{12}|1\d{15}|1\d{18}|\d\.\d{1,12}e\+09",
    "CLOCK": rf"\d{{1,2}}:\d{{2}}(?::\d{{2}}{_FRACTION})?{_HALF}",
    "DAYTIME": r"[A-Z][a-z]{2}\s+\d{1,2}\s(?:\d{4}\s)?\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?",
    "ZONE": rf"(?:\s?(?:(?:GMT|UTC)?[+-]\d{{1,2}}(?::?\d{{2}})?(?: (?:[A-Z]{{2,3}}T|UTC))?"
    rf"|{'|'.join(NAMES)}|z)\b)?"
    r"(?:\[\w+/\w+\])?",
}
_NAMED = re.compile(r"%\{(\w+)\}")
_DEEPEST = 6
"""Fragments that name fragments: fewer levels than this."""


def expand(text: str, where: str) -> str:
    """`text` with each `%{NAME}` replaced. Raises InvalidInput for an unknown name."""

    def fragment(found: re.Match[str]) -> str:
        if found[1] not in FRAGMENTS:
            raise InvalidInput(
                f"unknown fragment %{{{found[1]}}}",
                where=where,
                hint=f"known: {', '.join(FRAGMENTS)}",
            )
        return FRAGMENTS[found[1]]

    for _ in range(_DEEPEST):
        if "%{" not in text:
            break
        text = _NAMED.sub(fragment, text)
    return text
