"""Time stamps with and without zone, year and day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.telemetry.logs.timestamps import (
    epoch_timestamp,
    read_timestamp,
)

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def iso(text: str, reference: datetime = NOW) -> str | None:
    moment = read_timestamp(text, reference).moment
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-15 10:30:45 PM", "2024-01-15T22:30:45+00:00"),
        ("1/15/2024 12:30:45 am", "2024-01-15T00:30:45+00:00"),
        ("Jan 15, 2024 10:30:45 p.m.", "2024-01-15T22:30:45+00:00"),
        ("2024-01-15 10:30:45 CET", "2024-01-15T10:30:45+01:00"),
        ("2024-07-15 10:30:45.5 CEST", "2024-07-15T10:30:45.500000+02:00"),
        ("Mon Jan 15 10:30:45 PST 2024", "2024-01-15T10:30:45-08:00"),
        ("2024-01-15 10:30:45+01", "2024-01-15T10:30:45+01:00"),
        ("Mon, 15 Jan 2024 10:30:45 GMT", "2024-01-15T10:30:45+00:00"),
        ("15-Jan-2024 10:30:45.123", "2024-01-15T10:30:45.123000+00:00"),
        ("15.01.2024 10:30:45,123", "2024-01-15T10:30:45.123000+00:00"),
        ("03.02.2024 10:30:45", "2024-02-03T10:30:45+00:00"),
        ("15.1.24 10:30:45", "2024-01-15T10:30:45+00:00"),
        ("15/01/2024 10:30:45", "2024-01-15T10:30:45+00:00"),
        ("01/15/2024, 10:30:45", "2024-01-15T10:30:45+00:00"),
        ("01/01/2024 10:30", "2024-01-01T10:30:00+00:00"),
        ("15/Jan/2024:10:30:45.123", "2024-01-15T10:30:45.123000+00:00"),
        ("2024/01/15 - 10:30:45", "2024-01-15T10:30:45+00:00"),
        ("20240115-103045", "2024-01-15T10:30:45+00:00"),
        ("20240115:103045.123", "2024-01-15T10:30:45.123000+00:00"),
        ("Mon 2024-01-15 10:30:45 UTC", "2024-01-15T10:30:45+00:00"),
        ("1705314645123", "2024-01-15T10:30:45.123000+00:00"),
        ("1705314645123456", "2024-01-15T10:30:45.123456+00:00"),
        ("1705314645.123456789", "2024-01-15T10:30:45.123456+00:00"),
        ("1.705314645e+09", "2024-01-15T10:30:45+00:00"),
        ("01-15|10:30:45.123", "2026-01-15T10:30:45.123000+00:00"),
        ("2024-01-15 10:30:45.5 +0100 CET", "2024-01-15T10:30:45.500000+01:00"),
        ("2024-01-15T10:30:45+01:00[Europe/Berlin]", "2024-01-15T10:30:45+01:00"),
        ("Monday, 15-Jan-24 10:30:45 GMT", "2024-01-15T10:30:45+00:00"),
        ("240115  9:30:45", "2024-01-15T09:30:45+00:00"),
    ],
)
def test_forms_of_many_vendors_are_read(text: str, expected: str) -> None:
    """AM and PM, zones by name, day or month first where the values say, epochs of any unit."""
    assert iso(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2024-01-15 10:30:45 CST", "the time zone CST is ambiguous: -06:00 in North America"),
        ("2024-01-15 10:30:45 IST", "the time zone IST is ambiguous: +05:30 in India"),
        ("05/06/2024 10:30:45", "5/6: either may be the month"),
        ("05-06-2024 10:30:45", "5-6: either may be the month"),
        ("2024-01-15T10:30:45[Europe/Berlin]", "the offset of [Europe/Berlin] is not in the line"),
        ("2024-01-15 13:30:45 PM", "the hour 13 has no AM or PM"),
        ("9999-12-31T00:00:00Z", "the year is not within 1970 and 2099"),
        ("0001-01-01 00:00:00", "the year is not within 1970 and 2099"),
        ("2024-02-30 10:30:45", "day is out of range for month"),
        ("next week", "not a known form of time"),
        ("1" * 65, "not a known form of time"),
    ],
)
def test_a_time_that_is_not_read_says_why(text: str, problem: str) -> None:
    """What has several meanings is not guessed."""
    stamp = read_timestamp(text, NOW)
    assert stamp.moment is None
    assert (stamp.problem or "").startswith(problem)


@given(st.text(max_size=40))
def test_no_text_fails(text: str) -> None:
    """Anything gives an aware moment or None."""
    moment = read_timestamp(text, NOW).moment
    assert moment is None or moment.tzinfo is not None


@given(st.floats())
def test_no_number_fails(value: float) -> None:
    """Also numbers that are no time, such as infinity."""
    moment = epoch_timestamp(value)
    assert moment is None or moment.tzinfo is not None
