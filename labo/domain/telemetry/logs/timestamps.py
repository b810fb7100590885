"""Parses the timestamps of log files to aware datetimes.

A timestamp without a zone is read as UTC; a zone's name by `zones`. One without a year gets the
latest year that does not put it more than a day after `reference` (a file's modification time, or
now): in January, a line of December is last year's. One without a date gets the reference's day, or
the day before where that would put it more than two hours after `reference`.

Of two numbers of which either may be the month, a value above twelve decides; with dots, the day
comes first. Otherwise, and for a zone's name with several meanings, the time is not read, and
`read_timestamp` gives the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from labo.domain.telemetry.logs.zones import NAMES, zone_of

_MAX_CHARS = 64
"""The longest timestamp that a known format writes has 45 characters."""
_FIRST_YEAR, _LAST_YEAR = 1970, 2099
"""Years outside come from broken clocks and forged lines, and would order them for ever."""

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_DAYS = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?\s{1,3})?"
_CLOCK = (
    r"(?P<H>\d{1,2})[:.](?P<M>\d{1,2})(?:[:.](?P<S>\d{1,2})(?:[.,:](?P<f>\d{1,9}))?)?"
    r"(?:\s?(?P<p>[AaPp])\.?[Mm]\.?)?"
)
_ZONE = (
    rf"(?:\s{{0,3}}(?P<z>{'|'.join(NAMES)}|(?:GMT|UTC)?[+-]\d{{1,2}}(?::?\d{{2}})?)(?:\s(?:[A-Z]{{2,3}}T|UTC))?)?"
    r"(?P<region>\[\w+/\w+\])?"
)
_MONTH = r"(?P<b>[A-Za-z]{3})[a-z]{0,6}\.?"
_GAP = r"(?:\s{1,3}-{1,2}\s|::|[T_:|,-]|,?\s{1,3})\s?"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"{_DAYS}(?P<Y>\d{{4}})[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?){_GAP}{_CLOCK}{_ZONE}",
        rf"{_DAYS}{_MONTH}\s{{1,3}}(?P<d>\d\d?)\s{{1,3}}{_CLOCK}{_ZONE}\s{{1,3}}(?P<Y>\d{{4}})",
        rf"{_DAYS}{_MONTH}\s{{1,3}}(?P<d>\d\d?)(?:,?\s{{1,3}}(?P<Y>\d{{4}}))?,?\s{{1,3}}{_CLOCK}{_ZONE}",
        rf"{_DAYS}(?P<d>\d\d?)[/\s-]{_MONTH}[/\s-](?P<Y>\d{{4}}){_GAP}{_CLOCK}{_ZONE}",
        rf"{_DAYS}(?P<d>\d\d?)[/\s-]{_MONTH}[/\s-](?P<y>\d\d)\s{_CLOCK}{_ZONE}",
        rf"{_DAYS}(?P<d>\d\d?)\s{_MONTH}\s{{1,3}}{_CLOCK}{_ZONE}",
        rf"{_DAYS}(?P<one>\d\d?)(?P<dot>[./-])(?P<two>\d\d?)[./-](?P<Y>\d{{4}}){_GAP}{_CLOCK}{_ZONE}",
        rf"(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>\d\d){_GAP}{_CLOCK}{_ZONE}",
        rf"(?P<Y>\d{{4}})(?P<m>\d\d)(?P<d>\d\d)[-T\s]{_CLOCK}{_ZONE}",
        r"(?P<Y>\d{4})(?P<m>\d\d)(?P<d>\d\d)[-T\s:_]?(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)"
        rf"(?:[.,](?P<f>\d{{1,9}}))?{_ZONE}",
        r"(?P<y>\d\d)(?P<m>\d\d)(?P<d>\d\d)\s{1,3}(?P<H>\d\d?):?(?P<M>\d\d):?(?P<S>\d\d)"
        r"(?:\.(?P<f>\d{1,9}))?",
        # IBM's servers: month, day and year, and milliseconds behind a colon.
        r"(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>\d\d),?\s(?P<H>\d\d?):(?P<M>\d\d):(?P<S>\d\d):(?P<f>\d{3})"
        rf"{_ZONE}",
        rf"(?P<y>\d\d)/(?P<m>\d\d)/(?P<d>\d\d)\s{{1,3}}{_CLOCK}",
        rf"(?P<m>\d\d)[-.](?P<d>\d\d)[\s|]{{1,3}}{_CLOCK}",
        r"(?P<m>\d\d)(?P<d>\d\d)/(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)(?:\.(?P<f>\d{1,9}))?",
        rf"(?P<m>\d\d)(?P<d>\d\d)\s{{1,3}}{_CLOCK}",
        _CLOCK + _ZONE,
    )
)
_EPOCH = re.compile(r"(\d{9,10})(?:\.(\d{1,9}))?|\d{13}|\d{16}|\d{19}|\d\.\d{1,12}[eE]\+0?9")
_EPOCH_UNITS = ((1e11, 1), (1e14, 10**3), (1e17, 10**6))
_SAME_DIGITS = str.maketrans("123456789", "000000000")
_GRACE = timedelta(days=1)
_UNKNOWN = "not a known form of time"


class Stamp(NamedTuple):
    """`problem` says why `moment` is None."""

    moment: datetime | None
    problem: str | None = None


def read_timestamp(text: str, reference: datetime) -> Stamp:
    """The moment that `text` states, or the reason why it can't be read. Never raises."""
    if len(text) > _MAX_CHARS:
        text = text.strip()
        if len(text) > _MAX_CHARS:
            return Stamp(None, _UNKNOWN)
    return _read(text, start_of_hour(reference))


def start_of_hour(reference: datetime) -> datetime:
    """The reference as it is compared: to the hour, so that equal texts are read once."""
    if reference.tzinfo is UTC and not (reference.minute or reference.second):
        return reference
    return reference.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def epoch_timestamp(value: float) -> datetime | None:
    """Epoch seconds, milliseconds, microseconds or nanoseconds, distinguished by magnitude; None
    beyond the years that are read."""
    try:
        divisor = next((by for limit, by in _EPOCH_UNITS if abs(value) < limit), 10**9)
        if isinstance(value, int):
            seconds, rest = divmod(value, divisor)
            moment = datetime.fromtimestamp(seconds, UTC)
            moment = moment.replace(microsecond=rest * 10**6 // divisor)
        else:
            moment = datetime.fromtimestamp(value / divisor, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


@lru_cache(maxsize=8192)  # 5 MB at most
def _read(text: str, reference: datetime) -> Stamp:
    text = text.strip()
    if text.startswith("/Date(") and text.endswith(")/"):  # .NET's JSON, with or without an offset
        text = text[6:-2].partition("+")[0]
    if epoch := _EPOCH.fullmatch(text):
        return _checked(_epoch_text(text, epoch))
    try:
        if text[4:5] == "-" and text[10:11] in ("T", " ", "t"):
            text = text.upper() if text[10] == "t" else text
            moment = datetime.fromisoformat(text)
            return _checked(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except ValueError:
        pass  # a leap second, a zone's name, or no time at all
    shape = _shape(text.translate(_SAME_DIGITS))
    found = shape.fullmatch(text) if shape else None
    return _build(found.groupdict(), reference) if found else Stamp(None, _UNKNOWN)


@lru_cache(maxsize=1024)
def _shape(text: str) -> re.Pattern[str] | None:
    """The first shape of a text whose digits are all alike: shapes look at no digit's value."""
    return next((shape for shape in _SHAPES if shape.fullmatch(text)), None)


def _epoch_text(text: str, epoch: re.Match[str]) -> datetime | None:
    if epoch[1] is None:
        return epoch_timestamp(float(text) if "." in text else int(text))
    return epoch_timestamp(int(epoch[1] + (epoch[2] or "").ljust(6, "0")[:6]))


def _checked(moment: datetime | None) -> Stamp:
    """`fromisoformat` and arithmetic of zones may leave the years that are read."""
    if moment is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return Stamp(None, f"the year is not within {_FIRST_YEAR} and {_LAST_YEAR}")
    return Stamp(moment)


def _build(parts: dict[str, str | None], reference: datetime) -> Stamp:
    try:
        return _checked(_moment(parts, reference))
    except ValueError as error:
        return Stamp(None, str(error))
    except OverflowError:
        return Stamp(None, _UNKNOWN)


def _moment(parts: Mapping[str, str | None], reference: datetime) -> datetime | None:
    """Raises ValueError with the reason when no clock shows it."""
    name = parts.get("z")
    if parts.get("region") and not name:
        raise ValueError(f"the offset of {parts['region']} is not in the line")
    zone = zone_of(name) if name else UTC
    hour, minute, second = int(parts["H"] or 0), int(parts["M"] or 0), int(parts["S"] or 0)
    if half := parts.get("p"):
        hour = _hour(hour, half)
    fraction = parts.get("f")
    micro = int(fraction.ljust(6, "0")[:6]) if fraction else 0
    month, day = _month_and_day(parts)
    if not day:
        return _latest_day(hour, minute, second, micro, zone, reference)
    # A leap second has no datetime: the last representable moment of that minute is used.
    clock = (hour, minute, 59 if second == 60 else second, micro)
    year = parts.get("Y") or (parts.get("y") and f"20{parts['y']}")
    if month > 12 and parts.get("y"):  # 11/28/26: no year comes first where the second is no month
        month, day, year = int(parts["y"] or 0), month, f"20{day:02}"
    if year:
        return datetime(int(year), month, day, *clock, tzinfo=zone)
    return _latest_year(lambda one: datetime(one, month, day, *clock, tzinfo=zone), reference)


def _hour(hour: int, half: str) -> int:
    if not 1 <= hour <= 12:
        raise ValueError(f"the hour {hour} has no AM or PM")
    return hour % 12 + (12 if half in "pP" else 0)


def _month_and_day(parts: Mapping[str, str | None]) -> tuple[int, int]:
    """Day 0: the text has no date."""
    if parts.get("one"):
        return _ordered(int(parts["one"] or 0), parts["dot"] or "", int(parts["two"] or 0))
    name = parts.get("b")
    month = _MONTHS.get(name.lower(), 0) if name else int(parts.get("m") or 0)
    return month, int(parts.get("d") or 0)


def _ordered(one: int, separator: str, two: int) -> tuple[int, int]:
    if one > 12 or (separator == "." and two <= 12) or one == two:
        return two, one
    if two > 12:
        return one, two
    raise ValueError(f"{one}{separator}{two}: either may be the month")


def _latest_year(at: Callable[[int], datetime], reference: datetime) -> datetime | None:
    latest = reference + _GRACE
    first = (latest + _GRACE).year  # east of UTC, the next year may have begun
    for year in range(first, first - 9, -1):  # 29 February: up to 8 years
        try:
            moment = at(year)
        except ValueError:
            continue
        if moment <= latest:
            return moment
    raise ValueError("no such day")


def _latest_day(
    hour: int, minute: int, second: int, micro: int, zone: timezone, reference: datetime
) -> datetime:
    today = reference.astimezone(zone).replace(
        hour=hour, minute=minute, second=min(second, 59), microsecond=micro
    )
    return today if today <= reference + timedelta(hours=2) else today - timedelta(days=1)
