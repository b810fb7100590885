"""What an operator's commands change in a run, by what its telemetry then shows."""

from __future__ import annotations

import json
from statistics import fmean

import pytest

from engine.catalogue import load_system
from engine.faults.schedule import Schedule
from engine.live.commands import Answer, Desk
from engine.records import Hop, LogLine, Sample, Status
from engine.simulate import start


class Records:
    """Keeps what a run emits."""

    def __init__(self) -> None:
        self.hops: list[Hop] = []
        self.lines: list[LogLine] = []

    def hop(self, hop: Hop) -> None:
        self.hops.append(hop)

    def line(self, line: LogLine) -> None:
        self.lines.append(line)

    def sample(self, sample: Sample) -> None:
        """Not needed here."""

    def close(self) -> None:
        """Nothing is buffered."""


class Live:
    """A run of the streaming system, advanced by hand."""

    def __init__(self) -> None:
        self.records = Records()
        self.run = start(load_system("streaming"), 3, self.records, 10.0)
        self.desk = Desk(self.run, Schedule(self.run), dict)

    def ask(self, do: str, key: str = "", **rest: object) -> Answer:
        request = {"do": do, **({"id": key} if key else {}), **rest}
        return self.desk.answer(json.dumps(request).encode())

    def inject(self, kind: str, target: str, **rest: object) -> Answer:
        fault = {"kind": kind, "target": target, "onset": 0, "duration": 10_000, **rest}
        return self.ask("inject", kind, fault=fault)

    def operate(self, operation: str, component: str, key: str = "a1", **given: object) -> Answer:
        return self.ask("execute", key, operation=operation, component=component, parameters=given)

    def advance(self, seconds: float) -> list[Hop]:
        """The hops of the next seconds."""
        begun = len(self.records.hops)
        self.run.env.run(until=self.run.env.now + seconds)
        self.desk.note_ends("time")
        return self.records.hops[begun:]

    def ended_by(self, key: str) -> object:
        faults = self.ask("truth")["faults"]
        assert isinstance(faults, dict)
        return faults[key]["by"]


def failing(hops: list[Hop], component: str) -> float:
    """Share of a component's hops that are not answered well."""
    own = [hop for hop in hops if hop.component == component]
    return fmean(hop.status is not Status.OK for hop in own)


def waits(hops: list[Hop], component: str) -> float:
    return fmean(hop.queue_wait for hop in hops if hop.component == component)


def test_a_restart_brings_a_crashed_process_back() -> None:
    """Refused before, answered well two seconds after."""
    live = Live()
    live.inject("crash", "catalogue")
    down = live.advance(20.0)

    assert live.operate("restart", "catalogue") == {
        "status": "done", "detail": "restart catalogue", "before": {},
    }  # fmt: skip
    live.advance(10.0)
    up = live.advance(20.0)

    assert failing(down, "catalogue") > 0.9
    assert failing(up, "catalogue") < 0.05
    assert live.ended_by("crash") == "a1"


def test_a_restart_does_not_cure_what_came_with_a_version() -> None:
    """The errors go on; rolling back ends them, and undoing that brings them back."""
    live = Live()
    live.inject("errors", "catalogue", intensity=0.5)
    live.advance(20.0)
    live.operate("restart", "catalogue")
    live.advance(5.0)
    restarted = live.advance(20.0)
    rolled_back = live.operate("roll_back", "catalogue", "a2")
    live.advance(5.0)
    old = live.advance(20.0)
    live.ask(
        "rollback", "a2", operation="roll_back", component="catalogue",
        before=rolled_back["before"],
    )  # fmt: skip
    live.advance(5.0)
    redeployed = live.advance(20.0)

    assert failing(restarted, "catalogue") > 0.3
    assert rolled_back["before"] == {"version": 1}
    assert failing(old, "catalogue") < 0.05
    assert failing(redeployed, "catalogue") > 0.3
    assert live.ended_by("errors") == ""
    assert any(line.values.get("version") == "1.0.0" for line in live.records.lines)


def test_a_leaking_heap_fills_again_after_a_restart() -> None:
    """The process is new, its code is not."""
    live = Live()
    live.inject("memory_leak", "catalogue", duration=400)
    live.advance(100.0)
    component = live.run.system.components["catalogue"]
    leaked = component.leaked
    live.operate("restart", "catalogue")
    emptied = component.leaked
    live.advance(100.0)

    assert leaked > 0
    assert emptied == 0
    assert component.leaked > 0.5 * leaked


def test_more_instances_carry_more_load_until_they_are_removed() -> None:
    """Requests wait at the busiest service under a spike, and no longer with four of it."""
    live = Live()
    live.inject("traffic_spike", "edge", intensity=2.0)
    live.advance(30.0)
    waiting = waits(live.advance(30.0), "recommendation")
    scaled = live.operate("scale_out", "recommendation", instances=3)
    live.advance(30.0)
    carried = waits(live.advance(30.0), "recommendation")
    host = live.run.system.components["recommendation"].host
    live.ask(
        "rollback",
        "a1",
        operation="scale_out",
        component="recommendation",
        before=scaled["before"],
    )

    assert scaled["before"] == {"instances": 1}
    assert waiting > 10 * carried
    assert (live.run.system.components["recommendation"].instances, host.added) == (1, 0.0)


def test_a_bigger_pool_relieves_leaked_connections() -> None:
    """The leak stays: only what was added is free."""
    live = Live()
    pools = live.run.system.components["catalogue"].pools
    before = {name: pool.size for name, pool in pools.items()}
    live.inject("pool_exhaustion", "catalogue", intensity=0.9)
    live.advance(1.0)
    left = {name: pool.limit for name, pool in pools.items()}
    answer = live.operate("bigger_pool", "catalogue", factor=2.0)

    assert answer["before"] == before
    assert {name: pool.limit for name, pool in pools.items()} == {
        name: left[name] + size for name, size in before.items()
    }
    assert live.ended_by("pool_exhaustion") == ""


def test_a_flushed_cache_is_empty_and_cannot_be_filled_by_an_undo() -> None:
    """The entries are gone; the answer says why they stay so."""
    live = Live()
    cache = live.run.system.components["cdn"].cache
    assert cache is not None
    before = len(cache.entries)
    live.operate("flush_cache", "cdn")

    assert (before > 0, len(cache.entries)) == (True, 0)
    assert live.ask("rollback", "a1", operation="flush_cache", component="cdn", before={}) == {
        "status": "failed",
        "detail": "flush_cache can't be undone",
        "before": {},
    }


def test_one_id_is_carried_out_once() -> None:
    """The first answer again; another command under that id is refused."""
    live = Live()
    first = live.operate("scale_out", "catalogue", instances=2)
    again = live.operate("scale_out", "catalogue", instances=2)
    other = live.operate("scale_out", "catalogue", instances=5)

    assert first == again == live.ask("status", "a1")
    assert other == {"error": "id: another command has this id"}
    assert live.run.system.components["catalogue"].instances == 3


def test_an_id_that_was_asked_for_first_is_never_carried_out() -> None:
    """So that an answer of "not begun" stays true when the command comes late."""
    live = Live()
    asked = live.ask("status", "a1")
    late = live.operate("scale_out", "catalogue")

    assert asked == late
    assert asked["status"] == "failed"
    assert live.run.system.components["catalogue"].instances == 1


@pytest.mark.parametrize(
    ("operation", "component", "given", "reason"),
    [
        ("restart", "nobody", {}, "no component 'nobody'"),
        ("restart", "cdn", {"force": True}, "takes no parameters"),
        ("flush_cache", "catalogue-db", {}, "has no cache"),
        ("bigger_pool", "cdn", {}, "has no connection pool"),
        ("scale_out", "cdn", {"instances": 1.5}, "whole number"),
        ("scale_out", "cdn", {"instances": 0}, "from 1 to 100"),
        ("scale_out", "cdn", {"count": 1}, "takes 'instances', not 'count'"),
    ],
)
def test_what_does_not_fit_fails_and_is_foreseen_by_a_dry_run(
    operation: str, component: str, given: dict[str, object], reason: str
) -> None:
    """Nothing changes, and both give the same reason."""
    live = Live()
    failed = live.operate(operation, component, "a1", **given)
    foreseen = live.ask("dry_run", "a2", operation=operation, component=component, parameters=given)

    assert failed["status"] == "failed"
    assert reason in str(failed["detail"])
    assert foreseen == failed


def test_a_dry_run_changes_nothing() -> None:
    """It says what would happen."""
    live = Live()
    answer = live.ask("dry_run", "a1", operation="scale_out", component="cdn")

    assert answer == {"status": "done", "detail": "add 1 instances of cdn", "before": {}}
    assert live.run.system.components["cdn"].instances == 1


def test_a_fault_ends_by_its_time_or_when_told() -> None:
    """What ended it is in the truth, for scoring."""
    live = Live()
    live.inject("errors", "catalogue", duration=10)
    live.inject("latency", "catalogue")
    live.advance(20.0)
    live.ask("end", "latency")

    assert (live.ended_by("errors"), live.ended_by("latency")) == ("time", "end")


@pytest.mark.parametrize(
    "request_line",
    [b"", b"[]", b'{"do": "shell"}', b'{"do": "status"}', b'{"do": "stop", "more": 1}', b"\xff"],
)
def test_a_malformed_command_is_refused(request_line: bytes) -> None:
    """With the field; nothing is carried out."""
    live = Live()

    assert set(live.desk.answer(request_line)) == {"error"}
    assert not live.desk.stopped
