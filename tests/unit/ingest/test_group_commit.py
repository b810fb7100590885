"""Many requests, one commit; each learns its own outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from graph.failures import ServerFault
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus
from labo.errors import Conflict, InvalidInput, Unavailable
from labo.services.ingest.group_commit import BATCH, WRITERS, GroupCommit, Waiting

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def waiting(key: str) -> Waiting:
    event = Event("test", key, key, EventStatus.FIRING, Severity.ERROR, key)
    return Waiting("w", event, NOW)


class Ledger:
    """A store that knows poison, can be away, and can be held up."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.away: Exception | None = None
        self.fails_at: frozenset[str] = frozenset()
        self.attempts = 0
        self.go = asyncio.Event()
        self.go.set()
        self.writing = 0
        self.most_writing = 0

    async def commit(self, batch: Sequence[Waiting]) -> list[bool]:
        self.writing += 1
        self.attempts += 1
        self.most_writing = max(self.writing, self.most_writing)
        try:
            await self.go.wait()
            if self.away:
                raise self.away
            keys = [one.event.dedup_key for one in batch]
            if any(key.startswith("poison") for key in keys):
                raise ValueError("not representable")
            if not self.fails_at.isdisjoint(keys):
                raise ServerFault("failed at a value")
            known = {key for done in self.batches for key in done}
            self.batches.append(keys)
            return [key not in known for key in keys]
        finally:
            self.writing -= 1

    @property
    def kept(self) -> set[str]:
        return {key for batch in self.batches for key in batch}


async def test_what_waits_while_the_writers_are_busy_is_committed_together() -> None:
    """No timer: the batch is what came meanwhile."""
    ledger = Ledger()
    group = GroupCommit(ledger.commit, queue_max=1000)
    ledger.go.clear()
    requests = [asyncio.create_task(group.submit([waiting(f"k{n}")])) for n in range(100)]
    await asyncio.sleep(0)
    ledger.go.set()
    results = await asyncio.gather(*requests)
    await group.stop()

    assert results == [[True]] * 100
    assert len(ledger.kept) == 100
    assert len(ledger.batches) <= 3
    assert ledger.most_writing <= WRITERS


async def test_a_batch_is_bounded() -> None:
    """However many wait."""
    ledger = Ledger()
    group = GroupCommit(ledger.commit, queue_max=10 * BATCH)
    await asyncio.gather(
        *(group.submit([waiting(f"k{n}-{m}") for m in range(150)]) for n in range(12))
    )
    await group.stop()

    assert max(map(len, ledger.batches)) <= BATCH
    assert len(ledger.kept) == 12 * 150


async def test_the_event_to_blame_is_found_and_the_others_are_kept() -> None:
    """By bisecting; only its sender is refused."""
    ledger = Ledger()
    group = GroupCommit(ledger.commit, queue_max=1000)
    ledger.go.clear()
    requests = [
        asyncio.create_task(group.submit([waiting(f"poison{n}" if n in (7, 30) else f"k{n}")]))
        for n in range(40)
    ]
    await asyncio.sleep(0)
    ledger.go.set()
    results = await asyncio.gather(*requests, return_exceptions=True)
    await group.stop()

    assert [n for n, result in enumerate(results) if isinstance(result, InvalidInput)] == [7, 30]
    assert len(ledger.kept) == 38


async def test_a_store_that_is_away_is_told_to_every_sender() -> None:
    """Nothing is kept, so each sends again."""
    ledger = Ledger()
    ledger.away = Unavailable("down")
    group = GroupCommit(ledger.commit, queue_max=1000)
    results = await asyncio.gather(
        *(group.submit([waiting(f"k{n}")]) for n in range(5)), return_exceptions=True
    )
    ledger.away = None
    again = await group.submit([waiting("k0")])
    await group.stop()

    assert all(isinstance(result, Unavailable) for result in results)
    assert again == [True]


async def test_a_lasting_conflict_is_not_the_senders_fault() -> None:
    """He may send again."""
    ledger = Ledger()
    ledger.away = Conflict("another write")
    group = GroupCommit(ledger.commit, queue_max=1000)
    with pytest.raises(Unavailable):
        await group.submit([waiting("k")])
    await group.stop()


async def test_a_full_queue_refuses_at_once() -> None:
    """Memory is bounded, whatever comes."""
    ledger = Ledger()
    ledger.go.clear()
    group = GroupCommit(ledger.commit, queue_max=10)
    first = [
        asyncio.create_task(group.submit([waiting(f"a{n}{m}") for m in range(5)])) for n in range(2)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await group.submit([waiting(f"b{n}") for n in range(11)])
    ledger.go.set()
    await asyncio.gather(*first)
    await group.stop()

    assert refused.value.retry_after > 0


async def test_a_stop_awaits_the_commit_in_flight_and_refuses_the_rest() -> None:
    """Who is in flight is answered by the truth, who waits can send elsewhere."""
    ledger = Ledger()
    ledger.go.clear()
    group = GroupCommit(ledger.commit, queue_max=10 * BATCH)
    flying = asyncio.create_task(group.submit([waiting(f"a{n}") for n in range(BATCH)]))
    second = asyncio.create_task(group.submit([waiting(f"b{n}") for n in range(BATCH)]))
    for _ in range(5):
        await asyncio.sleep(0)
    left = asyncio.create_task(group.submit([waiting("c")]))
    await asyncio.sleep(0)
    stopping = asyncio.create_task(group.stop())
    await asyncio.sleep(0)
    ledger.go.set()
    await stopping

    assert await flying == await second == [True] * BATCH
    with pytest.raises(Unavailable):
        await left
    with pytest.raises(Unavailable):
        await group.submit([waiting("d")])
    assert "c" not in ledger.kept


async def test_who_was_given_up_is_not_stored_and_disturbs_nobody() -> None:
    """He was refused and sends again; what nobody waits for leaves the queue."""
    ledger = Ledger()
    ledger.go.clear()
    group = GroupCommit(ledger.commit, queue_max=100)
    gone = asyncio.create_task(group.submit([waiting("gone")]))
    stays = asyncio.create_task(group.submit([waiting("stays")]))
    await asyncio.sleep(0)
    gone.cancel()
    ledger.go.set()
    result = await stays
    await group.stop()

    assert result == [True]
    assert ledger.kept == {"stays"}


async def test_an_event_at_which_the_server_fails_takes_no_other_with_it() -> None:
    """It is not refused, since nobody knows whose fault it is: its sender may send again."""
    ledger = Ledger()
    ledger.fails_at = frozenset({"k7", "k30"})
    group = GroupCommit(ledger.commit, queue_max=1000)
    ledger.go.clear()
    requests = [asyncio.create_task(group.submit([waiting(f"k{n}")])) for n in range(40)]
    await asyncio.sleep(0)
    ledger.go.set()
    results = await asyncio.gather(*requests, return_exceptions=True)
    await group.stop()

    assert [n for n, result in enumerate(results) if isinstance(result, Unavailable)] == [7, 30]
    assert len(ledger.kept) == 38


@pytest.mark.parametrize(
    "fault", [ServerFault("disk full"), KeyError("a defect"), TypeError("another")]
)
async def test_a_server_that_fails_refuses_no_event(fault: Exception) -> None:
    """Whatever fails that is not a value: every sender may send again, after few attempts."""
    ledger = Ledger()
    ledger.away = fault
    group = GroupCommit(ledger.commit, queue_max=10 * BATCH)
    result = await asyncio.gather(
        group.submit([waiting(f"k{n}") for n in range(BATCH)]), return_exceptions=True
    )
    await group.stop()

    assert isinstance(result[0], Unavailable)
    assert ledger.attempts < 50
