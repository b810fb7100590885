"""Times in the forms in which senders write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.adapters.sources.times import parse_time
from labo.errors import InvalidInput

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-29T12:00:00Z",
        "2026-11-29t12:00:00z",
        "2026-11-29T13:00:00+01:00",
        "2026-11-29T13:00:00+0100",
        "2026-11-29T12:00:00+00:00Z",
        "2026-11-29 12:00:00",
        "2026-11-29 12:00:00 UTC",
        "2026-11-29 12:00:00.000000000 +0000 UTC m=+0.000000001",
        "2026-11-29 13:00:00 +0100 CET",
        "2026/11/29 12:00:00",
        "2026.11.29 12:00:00",
        "2026-11-29T12:00:00,000Z",
        "20261129120000",
        "20261129T120000Z",
        "Sun, 29 Nov 2026 12:00:00 GMT",
        1795953600,
        1795953600.0,
        1795953600_000,
        1795953600_000_000,
        1795953600_000_000_000,
        "1795953600",
        "1795953600.000",
        "1795953600000",
        " 1795953600000000 ",
        "1795953600000000000",
    ],
)
def test_each_form_is_the_same_moment(value: object) -> None:
    """A number's unit is found by its size."""
    assert parse_time(value, "t") == NOON


@pytest.mark.parametrize(
    "value", [0, "0", 0.0, -62135596800, "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"]
)
def test_a_zero_is_no_time(value: object) -> None:
    """Senders write one for "not set"."""
    assert parse_time(value, "t") is None


@pytest.mark.parametrize(
    "value",
    [
        5,
        "86400",
        "1999-12-31T23:59:59Z",
        "soon",
        "0000-00-00T00:00:00",
        "9999-12-31T23:59:59-12:00",
        10**30,
        "9" * 60,
        "9" * 5_000,
        float("nan"),
        float("inf"),
        True,
        {},
        [],
        "\u0663" * 10,
    ],
)
def test_anything_else_is_refused_by_its_place(value: object) -> None:
    """A count of a few seconds is no date in 1970."""
    with pytest.raises(InvalidInput) as refused:
        parse_time(value, "alerts[0].startsAt")

    assert refused.value.where == "alerts[0].startsAt"


@given(st.text(max_size=80) | st.integers() | st.floats() | st.datetimes().map(str))
def test_whatever_comes_is_a_time_or_refused(value: object) -> None:
    """No other exception leaves the parser."""
    try:
        moment = parse_time(value, "t")
    except InvalidInput:
        return
    assert moment is None or moment.tzinfo is UTC
