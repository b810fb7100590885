"""How an event becomes a row of the hottest statement."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone

from graph.events import NewEvent, _epoch, _row
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus


def test_a_row_carries_every_field_of_the_event() -> None:
    """The row is written out by hand, so a new field of `Event` must not be forgotten."""
    event = Event("grafana", "e1", "k1", EventStatus.FIRING, Severity.ERROR, "title", links=("u",))
    row = _row(NewEvent("w", event, datetime(2026, 1, 31, tzinfo=UTC)))

    times = {"starts_at", "ends_at"}
    assert set(row["properties"]) | times == {field.name for field in fields(Event)}
    assert times < set(row)
    assert row["id"] == event.id
    assert row["properties"]["status"] == "firing"
    assert row["properties"]["links"] == ["u"]


def test_a_time_is_whole_seconds_and_nanoseconds() -> None:
    """Exact to the microsecond, in any zone, before 1970 too."""
    moment = datetime(2026, 1, 31, 13, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))

    assert _epoch(moment) == (1_769_860_800, 123_456_000)
    assert _epoch(datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC)) == (-1, 1_000)
    assert _epoch(None) is None
