"""Time stamps with and without zone, year and day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.telemetry.logs.timestamps import epoch_timestamp, parse_timestamp

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def iso(text: str, reference: datetime = NOW) -> str | None:
    moment = parse_timestamp(text, reference)
    return moment.isoformat() if moment else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-15T10:30:45Z", "2024-01-15T10:30:45+00:00"),
        ("2024-01-15 10:30:45,5", "2024-01-15T10:30:45.500000+00:00"),
        ("2024-01-15T10:30:45.123456789+0530", "2024-01-15T10:30:45.123456+05:30"),
        ("2024-01-15T10:30:45-00:30", "2024-01-15T10:30:45-00:30"),
        ("2024/01/15 10:30:60", "2024-01-15T10:30:59+00:00"),
        ("20240115T103045Z", "2024-01-15T10:30:45+00:00"),
        ("Mon, Jan 15 10:30:45 2024", "2024-01-15T10:30:45+00:00"),
        ("1705314645", "2024-01-15T10:30:45+00:00"),
        ("1705314645000000", "2024-01-15T10:30:45+00:00"),
        ("1705314645000000000", "2024-01-15T10:30:45+00:00"),
        ("2024-02-30 10:30:45", None),
        ("2024-01-15 25:30:45", None),
        ("2024-01-15T10:30:45+99:00", None),
        ("10:30:45+24:00", None),
        ("Foo 15 10:30:45", None),
        ("soon", None),
        ("", None),
    ],
)
def test_stamps_are_read(text: str, expected: str | None) -> None:
    """Each form gives its moment, with its own offset; impossible ones give none."""
    assert iso(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mar  3 11:00:00", "2026-03-03T11:00:00+00:00"),
        ("Mar  4 11:00:00", "2026-03-04T11:00:00+00:00"),  # a clock ahead by less than a day
        ("Mar  5 11:00:00", "2025-03-05T11:00:00+00:00"),
        ("Dec 31 23:59:59", "2025-12-31T23:59:59+00:00"),
        ("Feb 29 10:00:00", "2024-02-29T10:00:00+00:00"),
        ("11:00:00", "2026-03-03T11:00:00+00:00"),
        ("23:00:00.5", "2026-03-02T23:00:00.500000+00:00"),
        ("14:00:00", "2026-03-03T14:00:00+00:00"),  # a clock ahead by two hours at most
        ("14:00:01", "2026-03-02T14:00:01+00:00"),
    ],
)
def test_what_a_stamp_lacks_is_taken_from_the_reference(text: str, expected: str) -> None:
    """The latest year, or day, that does not put the line into the future."""
    assert iso(text) == expected


@given(st.text(max_size=40))
def test_no_text_fails(text: str) -> None:
    """Anything gives an aware moment or None."""
    moment = parse_timestamp(text, NOW)
    assert moment is None or moment.tzinfo is not None


@given(st.floats())
def test_no_number_fails(value: float) -> None:
    """Also numbers that are no time, such as infinity."""
    moment = epoch_timestamp(value)
    assert moment is None or moment.tzinfo is not None
