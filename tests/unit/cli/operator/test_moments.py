"""Times as an operator types them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.cli.operator.moments import lasted, seconds_between, shown, since
from labo.errors import InvalidInput

NOW = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_", "meant"),
    [
        ("45s", NOW - timedelta(seconds=45)),
        ("30m", NOW - timedelta(minutes=30)),
        ("90 min", NOW - timedelta(minutes=90)),
        ("2h", NOW - timedelta(hours=2)),
        ("3d", NOW - timedelta(days=3)),
        ("1w", NOW - timedelta(days=7)),
        ("2026-11-30", datetime(2026, 11, 30, tzinfo=UTC)),
        ("2026-11-30T12:00+02:00", datetime(2026, 11, 30, 10, tzinfo=UTC)),
    ],
)
def test_a_time_ago_a_date_or_a_moment(given_: str, meant: datetime) -> None:
    """UTC where no zone is given."""
    assert since(given_, NOW) == meant


@pytest.mark.parametrize(
    "given_", ["", "h", "2 months", "yesterday", "999999w", "0001-01-01T00+23:59"]
)
def test_anything_else_says_what_is_understood(given_: str) -> None:
    """With examples of each form."""
    with pytest.raises(InvalidInput, match="such as 45s, 30m, 2h"):
        since(given_, NOW)


@given(st.text())
def test_any_text_is_a_moment_in_utc_or_refused(text: str) -> None:
    """It comes from a command line."""
    with suppress(InvalidInput):
        assert since(text, NOW).tzinfo is UTC


def test_a_duration_of_what_goes_on_says_so() -> None:
    """And clocks that differ make none that is negative."""
    assert lasted("2026-11-30T13:47:55Z", None, NOW) == "12 min 05 s so far"
    assert lasted("2026-11-30T12:00:00Z", "2026-11-30T12:00:08Z", NOW) == "8 s"
    assert seconds_between("2026-11-30T14:00:09Z", None, NOW) == 0.0
    assert shown(None) is None
