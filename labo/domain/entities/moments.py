"""How a moment is written wherever a person reads it."""

from __future__ import annotations

from datetime import UTC, datetime


def in_words(moment: datetime) -> str:
    """In UTC, to the second; a moment without a zone is UTC.

    >>> in_words(datetime.fromisoformat("2026-11-30T14:00:05.123+00:00"))
    '2026-11-30 14:00:05 UTC'
    """
    aware = moment.replace(tzinfo=moment.tzinfo or UTC)
    return f"{aware.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
