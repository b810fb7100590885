"""Names of time zones in log files.

The names whose offset is one and the same wherever the IANA time zone database uses them, and those
that RFC 5322 (section 4.3) fixes for North America. A name with several meanings is not guessed:
`AMBIGUOUS` lists them with their offsets, so that the reason can be given.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta, timezone

_HOURS: Mapping[str, float] = {
    "Z": 0, "UTC": 0, "GMT": 0, "UCT": 0, "WET": 0,
    "WEST": 1, "BST": 1, "CET": 1, "MET": 1, "WAT": 1,
    "CEST": 2, "MEST": 2, "EET": 2, "SAST": 2, "CAT": 2,
    "EEST": 3, "MSK": 3, "EAT": 3, "IDT": 3, "TRT": 3,
    "PKT": 5, "WIB": 7, "ICT": 7, "HKT": 8, "SGT": 8, "AWST": 8, "WITA": 8,
    "JST": 9, "KST": 9, "WIT": 9, "ACST": 9.5, "AEST": 10, "ACDT": 10.5, "AEDT": 11,
    "NZST": 12, "NZDT": 13,
    "NST": -3.5, "NDT": -2.5, "ADT": -3, "BRT": -3, "ART": -3,
    "EDT": -4, "EST": -5, "CDT": -5, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8,
    "AKDT": -8, "AKST": -9, "HST": -10, "SST": -11,
}  # fmt: skip
"""Hours east of UTC."""

AMBIGUOUS: Mapping[str, str] = {
    "CST": "-06:00 in North America, +08:00 in China, -05:00 in Cuba",
    "IST": "+05:30 in India, +02:00 in Israel, +01:00 in Ireland",
    "AST": "-04:00 at the Atlantic, +03:00 in Arabia",
    "AMT": "-04:00 in Amazonia, +04:00 in Armenia",
    "GST": "+04:00 at the Gulf, +10:00 in Guam",
    "ECT": "-05:00 in Ecuador, -04:00 in the Caribbean",
}

NAMES = tuple(sorted((*_HOURS, *AMBIGUOUS), key=len, reverse=True))
"""Every name that a time may end with, longest first."""

ZONES: Mapping[str, timezone] = {
    name: timezone(timedelta(hours=hours)) if hours else UTC for name, hours in _HOURS.items()
}


def zone_of(text: str | None) -> timezone:
    """The zone that a name or an offset (`+01`, `+0100`, `+01:00`, `GMT+1`) means; UTC where there
    is none.

    Raises ValueError for an offset of a day or more, and for a name with several meanings.
    """
    if not text:
        return UTC
    text = text[3:] if text[:3] in ("GMT", "UTC") and len(text) > 3 else text
    if text[0] in "+-":
        hours = text[1:].partition(":")[0]
        digits = text[1:].replace(":", "")
        digits = (f"0{digits}" if len(hours) in (1, 3) else digits).ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
        return timezone(-offset if text[0] == "-" else offset) if offset else UTC
    if text in AMBIGUOUS:
        raise ValueError(f"the time zone {text} is ambiguous: {AMBIGUOUS[text]}")
    return ZONES[text]
