"""What cannot be stored is named, and costs the others nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from labo.domain.incidents.events import Event, EventStatus, implausible_time
from labo.services.ingest.events import EventService
from labo.services.ingest.group_commit import BATCH, GroupCommit, Waiting
from tests.builders.events import an_alert

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


class Store:
    """Keeps what it is given, except what is called poison."""

    def __init__(self) -> None:
        self.kept: set[str] = set()

    async def commit(self, batch: Sequence[Waiting]) -> list[bool]:
        keys = [one.event.dedup_key for one in batch]
        if any("poison" in key for key in keys):
            raise ValueError("not representable")
        new = [key not in self.kept for key in keys]
        self.kept.update(keys)
        return new


def alerts(count: int, poison: Sequence[int] = ()) -> list[Event]:
    return [an_alert(f"{'poison' if n in poison else 'service'}-{n}") for n in range(count)]


async def test_an_event_that_cannot_be_stored_is_named_and_the_others_are_stored() -> None:
    """Also when one request fills several commits."""
    store = Store()
    group = GroupCommit(store.commit, queue_max=5_000)
    done = await EventService("w", group).accept(alerts(BATCH + 100, poison=(3, BATCH + 7)))
    await group.stop()

    assert sorted(one.index for one in done.refused) == [3, BATCH + 7]
    assert done.accepted + done.duplicates == BATCH + 98
    assert len(store.kept) == BATCH + 98


async def test_an_event_of_a_time_that_cannot_be_true_never_reaches_the_store() -> None:
    """It would spoil the linking of every event beside it."""
    store = Store()
    group = GroupCommit(store.commit, queue_max=5_000)
    good, late = alerts(2)
    late = replace(late, starts_at=datetime(9999, 12, 31, tzinfo=UTC))
    done = await EventService("w", group).accept([late, good])
    await group.stop()

    assert (done.accepted, [one.index for one in done.refused]) == (1, [0])
    assert "9999" in done.refused[0].reason
    assert store.kept == {good.dedup_key}


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "is_refused"),
    [
        (NOW, None, False),
        (NOW + timedelta(hours=14), None, False),
        (NOW + timedelta(days=2), None, True),
        (datetime(1980, 1, 1, tzinfo=UTC), None, True),
        (NOW, datetime(9999, 1, 1, tzinfo=UTC), True),
        (None, None, False),
    ],
)
def test_a_clock_that_is_hours_off_is_kept_and_one_that_is_days_off_is_not(
    starts_at: datetime | None, ends_at: datetime | None, is_refused: bool
) -> None:
    """Local time that is sent as UTC is up to 14 hours ahead."""
    status = EventStatus.RESOLVED if ends_at else EventStatus.FIRING
    event = replace(an_alert(), status=status, starts_at=starts_at, ends_at=ends_at)

    assert (implausible_time(event, NOW) is not None) is is_refused
