"""Times on the command line: `--since` as an operator types it, and times as tables show them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from labo.cli.output import human_duration
from labo.domain.entities.moments import in_words
from labo.errors import InvalidInput

_AGO = re.compile(r"(\d{1,6})\s*(s|m|min|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_HINT = "such as 45s, 30m, 2h, 3d, 1w, 2026-11-30 or 2026-11-30T14:00Z; UTC when no zone is given"


def since(given: str, now: datetime) -> datetime:
    """The moment meant by `2h` (ago), a date or an ISO time. Raises InvalidInput.

    >>> since("2h", datetime(2026, 11, 30, 14, tzinfo=UTC)).isoformat()
    '2026-11-30T12:00:00+00:00'
    """
    try:
        if ago := _AGO.fullmatch(given.strip()):
            return now - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]])
        return in_utc(given.strip())
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"invalid time {given!r}", where="--since", hint=_HINT) from error


def in_utc(text: str) -> datetime:
    """An ISO time, UTC when it names no zone. Raises ValueError, OverflowError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def shown(text: str | None) -> str | None:
    """An ISO time to the second, as tables and sentences show it.

    >>> shown("2026-11-30T14:00:05.123+00:00")
    '2026-11-30 14:00:05 UTC'
    """
    return in_words(in_utc(text)) if text else None


def to_the_minute(text: str | None) -> str | None:
    """An ISO time in UTC as a narrow column shows it: `2026-11-30 14:00`."""
    return f"{in_utc(text):%Y-%m-%d %H:%M}" if text else None


def seconds_between(start: str, end: str | None, now: datetime) -> float:
    """Seconds from one ISO time to another, or to `now`; at least 0, as clocks differ."""
    ended = in_utc(end) if end else now
    return max(0.0, (ended - in_utc(start)).total_seconds())


def lasted(start: str, end: str | None, now: datetime) -> str:
    """`12 min 05 s`, or `12 min 05 s so far` of what goes on."""
    return human_duration(seconds_between(start, end, now)) + ("" if end else " so far")
