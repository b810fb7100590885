"""Parses the timestamps of log files to aware datetimes.

A timestamp without a zone is read as UTC. One without a year gets the latest year that does not
put it more than a day after `reference` (a file's modification time, or now): in January, a
line of December is last year's. One without a date gets the reference's day, or the day before
where that would put it more than two hours after `reference`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_CLOCK = r"(?P<H>\d{1,2})[:.](?P<M>\d{1,2})[:.](?P<S>\d{1,2})(?:[.,:](?P<f>\d{1,9}))?"
_ZONE = r"\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_MONTH = r"(?P<b>[A-Za-z]{3})[a-z]*"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"(?P<Y>\d{{4}})[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)(?:[T_\s-]\s*){_CLOCK}{_ZONE}",
        rf"(?:[A-Z][a-z]{{2}},?\s+)?{_MONTH}\s+(?P<d>\d\d?)\s+{_CLOCK}\s+(?P<Y>\d{{4}})",
        rf"(?:[A-Z][a-z]{{2}}\s+)?{_MONTH}\s+(?P<d>\d\d?)(?:,?\s+(?P<Y>\d{{4}}))?\s+{_CLOCK}{_ZONE}",
        rf"(?P<d>\d\d?)[/\s-]{_MONTH}[/\s-](?P<Y>\d{{4}})[:\s]{_CLOCK}{_ZONE}",
        rf"(?P<Y>\d{{4}})(?P<m>\d\d)(?P<d>\d\d)[-T\s]{_CLOCK}{_ZONE}",
        r"(?P<Y>\d{4})(?P<m>\d\d)(?P<d>\d\d)[-T\s]?(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)"
        r"(?:[.,](?P<f>\d{1,9}))?" + _ZONE,
        r"(?P<y>\d\d)(?P<m>\d\d)(?P<d>\d\d)\s+(?P<H>\d\d):?(?P<M>\d\d):?(?P<S>\d\d)",
        rf"(?P<y>\d\d)/(?P<m>\d\d)/(?P<d>\d\d)\s+{_CLOCK}",
        rf"(?P<m>\d\d)-(?P<d>\d\d)\s+{_CLOCK}",
        rf"(?P<m>\d\d)(?P<d>\d\d)\s+{_CLOCK}",
        _CLOCK + _ZONE,
    )
)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}|\d{16}|\d{19}")
_EPOCH_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6))
_GRACE = timedelta(days=1)


def parse_timestamp(text: str, reference: datetime) -> datetime | None:
    """The moment that `text` states, or None when it is not a valid timestamp."""
    return _parse(
        text.strip(), reference.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    )


def epoch_timestamp(value: float) -> datetime | None:
    """Epoch seconds, milliseconds, microseconds or nanoseconds, distinguished by magnitude; None
    beyond the range of datetimes."""
    divisor = next((by for limit, by in _EPOCH_UNITS if abs(value) < limit), 1e9)
    try:
        return datetime.fromtimestamp(value / divisor, UTC)
    except (OverflowError, OSError, ValueError):
        return None


@lru_cache(maxsize=8192)
def _parse(text: str, reference: datetime) -> datetime | None:
    if _EPOCH.fullmatch(text):
        return epoch_timestamp(float(text))
    for shape in _SHAPES:
        if found := shape.fullmatch(text):
            return _build(found.groupdict(), reference)
    return None


def _build(parts: dict[str, str | None], reference: datetime) -> datetime | None:
    hour, minute, second = (int(parts[name] or 0) for name in ("H", "M", "S"))
    micro = int((parts.get("f") or "0").ljust(6, "0")[:6])
    month = _month(parts)
    day = int(parts.get("d") or 0)

    def at(year: int) -> datetime:
        # A leap second has no datetime: the last representable moment of that minute is used.
        leap = second == 60
        return datetime(year, month, day, hour, minute, 59 if leap else second, micro, tzinfo=zone)

    try:
        zone = _zone(parts.get("z"))
        if not day:
            return _latest_day(hour, minute, second, micro, zone, reference)
        year = parts.get("Y") or (parts.get("y") and f"20{parts['y']}")
        return at(int(year)) if year else _latest_year(at, reference)
    except ValueError:
        return None


def _month(parts: dict[str, str | None]) -> int:
    name = parts.get("b")
    return _MONTHS.get(name.lower(), 0) if name else int(parts.get("m") or 0)


def _zone(text: str | None) -> timezone:
    """Raises ValueError for an offset of a day or more."""
    if not text or text in ("Z", "UTC", "GMT"):
        return UTC
    digits = text.replace(":", "")
    offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return timezone(-offset if digits[0] == "-" else offset) if offset else UTC


def _latest_year(at: Callable[[int], datetime], reference: datetime) -> datetime | None:
    for year in range(reference.year + 1, reference.year - 9, -1):  # 29 February: up to 8 years
        try:
            moment = at(year)
        except ValueError:
            continue
        if moment <= reference + _GRACE:
            return moment
    return None


def _latest_day(
    hour: int, minute: int, second: int, micro: int, zone: timezone, reference: datetime
) -> datetime:
    today = reference.astimezone(zone).replace(
        hour=hour, minute=minute, second=min(second, 59), microsecond=micro
    )
    return today if today <= reference + timedelta(hours=2) else today - timedelta(days=1)
