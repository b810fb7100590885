"""What a heartbeat says about a process that is alive."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from labo.stack.heartbeat import Heartbeat, Pulse, read_heartbeat
from labo.stack.plan import Service
from labo.stack.progress import Progress, judge
from labo.stack.state import READY_FILE_VARIABLE
from labo.stack.watch import PATIENCE_S, Watch

BUSY = Heartbeat(at=1_000, done=7, waiting=2, moved_at=990, done_at=990)


@pytest.mark.parametrize(
    ("beat", "backlog", "stuck"),
    [
        (BUSY, 5, None),
        (replace(BUSY, waiting=0, moved_at=1_000, done_at=0), 0, None),
        (replace(BUSY, at=980), 0, "no sign of life for 21 s"),
        (replace(BUSY, moved_at=600), 0, "2 waiting, none finished for 401 s"),
        (replace(BUSY, moved_at=700), 0, None),
        (replace(BUSY, waiting=0, done_at=900), 3, "3 messages wait and none is taken"),
        (replace(BUSY, waiting=0, done_at=990), 3, None),
        (replace(BUSY, ticked_at=999), 0, None),
        (replace(BUSY, stuck="one entry for 61 s"), 0, "one entry for 61 s"),
        (replace(BUSY, trouble="detection fails"), 0, None),
        (replace(BUSY, ticked_at=900), 0, "the schedule stands still for 101 s"),
    ],
)
def test_a_process_is_stuck_when_it_is_silent_or_leaves_work_lying(
    beat: Heartbeat, backlog: int, stuck: str | None
) -> None:
    """An idle one is not, nor one whose tasks take their time."""
    assert judge(beat, 1_001, budget_s=360, backlog=backlog).stuck == stuck


def test_what_a_process_says_of_itself_is_shown() -> None:
    """Its parts in the text, what is wrong with them as its problem."""
    beat = replace(BUSY, detail="2 in labo:otlp", trouble="detection fails")

    found = judge(beat, 1_001, budget_s=360)

    assert found.text == "7 done, 2 waiting, last 11 s ago; 2 in labo:otlp"
    assert (found.stuck, found.trouble, found.is_well) == (None, "detection fails", False)


def test_a_heartbeat_is_read_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work that is finished moves its time, an empty queue too; a shorter record leaves no rest."""
    file = tmp_path / "worker"
    monkeypatch.setenv(READY_FILE_VARIABLE, str(file))
    pulse = Pulse()

    pulse.beat(done=1_000_000, waiting=3, ticked_at=5.25)
    first = read_heartbeat(file)
    pulse.beat(done=1_000_000, waiting=2)
    second = read_heartbeat(file)

    assert first is not None and second is not None
    assert (first.done, first.waiting, first.ticked_at) == (1_000_000, 3, 5.25)
    assert first.done_at == first.moved_at == first.at <= time.monotonic()
    assert (second.done_at, second.moved_at, second.ticked_at) == (first.at, first.at, None)
    assert second.at > first.at
    assert file.stat().st_mode & 0o777 == 0o600
    pulse.beat(done=1_000_000)
    third = read_heartbeat(file)
    assert third is not None and third.moved_at == third.at


def test_a_file_that_says_only_ready_is_no_heartbeat(tmp_path: Path) -> None:
    """Nothing is known of such a process, and nothing is done to it."""
    (tmp_path / "ready").touch()

    assert read_heartbeat(tmp_path / "ready") is None
    assert read_heartbeat(tmp_path / "absent") is None


class Clock:
    """Time as a test sets it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr("labo.stack.watch.time.monotonic", lambda: self.now)


def watch(*stuck: str) -> Watch:
    """A server and a worker behind a one-shot, of which those named do nothing."""
    services = [
        Service(
            name,
            ("true",),
            needs=needs,
            is_one_shot=name == "migrate",
            progress=lambda name=name: Progress(stuck="hangs" if name in stuck else None),
        )
        for name, needs in (("valkey", ()), ("migrate", ("valkey",)), ("worker", ("migrate",)))
    ]
    return Watch(services)


def test_what_stays_stuck_is_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at the first look: a machine that was suspended makes everybody silent."""
    clock, watched = Clock(monkeypatch), watch("worker")

    assert watched.step(lambda _: True) == {}
    clock.now += PATIENCE_S - 1
    assert watched.step(lambda _: True) == {}
    clock.now += 6
    assert watched.step(lambda _: True) == {"worker": "hangs"}
    watched.forget("worker")
    clock.now += 6
    assert watched.step(lambda _: True) == {}


def test_nobody_is_replaced_for_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither while that is stuck nor while it starts again; the time begins when it is back."""
    clock, watched = Clock(monkeypatch), watch("valkey", "worker")
    watched.step(lambda _: True)
    clock.now += PATIENCE_S + 1
    assert watched.step(lambda _: True) == {"valkey": "hangs"}

    clock, watched = Clock(monkeypatch), watch("worker")
    watched.step(lambda name: name != "valkey")
    clock.now += PATIENCE_S + 1
    assert watched.step(lambda name: name != "valkey") == {}
    clock.now += 6
    assert watched.step(lambda _: True) == {}
