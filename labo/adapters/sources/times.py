"""Times as senders write them: ISO 8601, RFC 1123, and seconds to nanoseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from labo.adapters.sources.interpretations import note
from labo.domain.incidents.events import EARLIEST_YEAR
from labo.errors import InvalidInput

_OPEN_END = 1
"""Go's zero time, which Alertmanager sends for "not yet", is in year 1."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 64
"""Characters of a time as text; Go's `String()` with a monotonic clock has 60."""

_DOTNET = "/Date("
"""How ASP.NET's JSON begins a time: `/Date(1795946400000)/`."""
_EXPONENT = frozenset("0123456789.eE+")
"""Java and Splunk write large numbers as `1.795946E9`."""

_UNITS: tuple[tuple[int, str, int, int], ...] = (
    # below, unit, multiplied and divided to microseconds. 10^11 seconds are the year 5138, and
    # 10^11 milliseconds 1973: between 2000 and 5138 no two units share a figure.
    (10**11, "seconds", 10**6, 1),
    (10**14, "milliseconds", 10**3, 1),
    (10**17, "microseconds", 1, 1),
    (10**20, "nanoseconds", 1, 10**3),
)


def parse_time(value: object, where: str) -> datetime | None:
    """Aware UTC; a text without a zone is UTC. None for what means "not set": 0, and year 1.

    Raises InvalidInput for anything else, also for times before 2000.
    """
    try:
        moment, rule = _read(value)
        if moment is None or moment.year <= _OPEN_END:
            return None
        if moment.tzinfo is not UTC:
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError, IndexError, TypeError) as error:
        raise InvalidInput(
            "invalid timestamp",
            where=where,
            hint="use ISO 8601, as in 2026-01-31T12:00:00Z, or a number since 1970",
        ) from error
    if moment == _EPOCH:
        return None
    if moment.year < EARLIEST_YEAR:
        raise InvalidInput(f"{moment.isoformat()} is before {EARLIEST_YEAR}", where=where)
    note("time", value, f"{where}: {rule}")
    return moment


def _read(value: object) -> tuple[datetime | None, str]:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("neither text nor number")
    return _number(value)


def _number(value: float) -> tuple[datetime | None, str]:
    """By its size, in one of four units. Zero and less, as Go's zero time is, are "not set"."""
    if value <= 0:
        return None, "not set"
    for below, unit, times, divided in _UNITS:
        if value < below:
            micros = value * times // divided if isinstance(value, int) else value * times / divided
            return _EPOCH + timedelta(microseconds=round(micros)), f"{unit} since 1970"
    raise ValueError("too large, or no number")


def _text(text: str) -> tuple[datetime | None, str]:
    try:
        # Nearly all are in this form, so it is tried before anything is looked at.
        return datetime.fromisoformat(text), "ISO 8601"
    except ValueError:
        return _unusual(text.strip())


def _unusual(text: str) -> tuple[datetime | None, str]:
    if len(text) > _LONGEST:
        raise ValueError("too long for a time")
    if text[:1].isalpha() or _has_month(text, " "):
        return parsedate_to_datetime(text), "RFC 1123"
    if _has_month(text, "/"):
        return datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z"), "access log"
    if text.startswith(_DOTNET):
        # An offset behind it only says where the sender is.
        text = text.removeprefix(_DOTNET).removesuffix(")/").partition("+")[0].partition("-")[0]
    text = text.removeprefix("@")  # GNU date
    if "e" in text.lower() and _EXPONENT.issuperset(text):
        return _number(float(text))
    figures = text.removeprefix("-").replace(".", "", 1)
    if figures.isascii() and figures.isdigit():
        if len(text) == len("20260131120000") and text == figures:
            return datetime.strptime(f"{text}+0000", "%Y%m%d%H%M%S%z"), "date without marks"
        return _number(float(text) if "." in text else int(text))
    return datetime.fromisoformat(_iso(text)), "ISO 8601, written freely"


def _has_month(text: str, mark: str) -> bool:
    """Whether the second part is the name of a month: `29 Nov 2026 …`, `29/Nov/2026:…`."""
    day, _, rest = text.partition(mark)
    return len(day) in (1, 2) and rest[:3].isalpha() and rest[3:4] == mark


def _iso(text: str) -> str:
    """Lower-case marks, names of UTC or behind an offset, and slashes or dots in the date."""
    text = text.partition(" m=")[0].upper()  # Go's monotonic clock
    if text.endswith("]"):
        text = text.partition("[")[0]  # Java's name of the zone, behind its offset
    for name in ("UTC", "GMT"):
        text = text.removesuffix(name).rstrip() if text.endswith((name, "Z")) else text
    date, rest = text[:10], text[10:]
    date = date.replace("/", "-").replace(".", "-")
    mark = max(rest.find("+"), rest.find("-"))
    clock, offset = (
        (rest[:mark].rstrip(), rest[mark:].partition(" ")[0]) if mark >= 0 else (rest, "")
    )
    if clock.endswith("Z"):
        clock = clock[:-1] if offset else clock  # some clients write both an offset and a Z
    if offset.endswith("Z"):
        offset = offset[:-1]
    return f"{date}{clock.replace(',', '.')}{offset}"
