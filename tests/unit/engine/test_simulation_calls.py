"""Calls between components: time-outs, retries, breakers, pools, groups and full queues."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.description import model as description
from engine.description.file import parse_system
from engine.description.model import System
from engine.faults.effects import Kind
from engine.faults.schedule import Fault
from engine.records import Hop, Status
from engine.simulation.system import Breaker
from tests.unit.engine.observed import Records, observe, server_time

PAIR = """
name: pair
network: 0.001
hosts: {a: {cores: 8}}
load: {rate: RATE, timeout: 10, entries: [{component: front, operation: go}]}
components:
  front:
    role: service
    host: a
    workers: 50
    queue: 0
    POOL
    operations:
      go:
        service: {kind: constant, median: 0.001}
        calls: CALLS
  back:
    role: service
    host: a
    workers: WORKERS
    queue: 2
    operations:
      do: {service: {kind: constant, median: 0.1}}
      also: {service: {kind: constant, median: 0.2}}
"""


def pair(calls: str, *, rate: float = 2.0, workers: int = 20, pool: str = "") -> System:
    text = PAIR.replace("CALLS", calls).replace("WORKERS", str(workers))
    return parse_system(text.replace("RATE", str(rate)).replace("POOL", pool))


def spans(records: Records) -> dict[int | None, list[Hop]]:
    """Hops at the back by the span that called."""
    found: dict[int | None, list[Hop]] = {}
    for hop in records.hops("back", 0, 1000):
        found.setdefault(hop.parent, []).append(hop)
    return found


def test_a_timeout_lets_the_callee_go_on_working() -> None:
    """The caller fails after 50 ms; the callee computes its 100 ms all the same."""
    seen = observe(system=pair("[{component: back, operation: do, timeout: 0.05}]"))

    hops = seen.hops("back", 0, 40)
    assert {hop.status for hop in hops} == {Status.TIMEOUT}
    assert all(hop.answered - hop.sent == pytest.approx(0.05) for hop in hops)
    assert seen.said("front", "timed out after") == len(hops)
    computed = sum(
        each.value
        for each in seen.samples
        if (each.component, each.metric) == ("back", "process.cpu.utilization")
    )
    sampled = seen.hops("back", 0, 24)
    assert computed * 8 * 2.0 == pytest.approx(0.1 * len(sampled), rel=0.02)
    assert seen.summary.errors == seen.summary.requests


def test_retries_back_off_longer_each_time() -> None:
    """Four attempts of one call, each a fresh span; waits of 0.1, 0.2, 0.4 s, give or take half."""
    call = "[{component: back, operation: do, timeout: 0.05, retries: 3, backoff: 0.1}]"
    seen = observe(system=pair(call, rate=0.5))

    whole = [hops for hops in spans(seen).values() if len(hops) == 4]
    assert len(whole) > 5
    for hops in whole:
        assert [hop.attempt for hop in hops] == [1, 2, 3, 4]
        waits = [after.sent - before.answered for before, after in pairwise(hops)]
        for wait, usual in zip(waits, (0.1, 0.2, 0.4), strict=True):
            assert 0.5 * usual <= wait <= 1.5 * usual


def test_calls_of_a_group_run_at_once_and_others_in_turn() -> None:
    """A group takes as long as its slowest call, a sequence as long as all."""
    both = "{component: back, operation: do%s}, {component: back, operation: also%s}"
    at_once = observe(system=pair("[" + both % (", group: 1", ", group: 1") + "]"))
    in_turn = observe(system=pair("[" + both % ("", "") + "]"))

    for hop in at_once.hops("front", 0, 39):
        assert server_time(hop) == pytest.approx(0.203)
    for hop in in_turn.hops("front", 0, 39):
        assert server_time(hop) == pytest.approx(0.305)


def test_a_failed_call_fails_its_operation_only_when_required() -> None:
    """The same time-out: an error with it, success without; later calls are still made."""
    slow = "{component: back, operation: also, timeout: 0.05, required: %s}"
    then = "{component: back, operation: do}"
    needed = observe(system=pair(f"[{slow % 'true'}, {then}]"))
    optional = observe(system=pair(f"[{slow % 'false'}, {then}]"))

    assert (needed.share("front", "error"), optional.share("front", "ok")) == (1.0, 1.0)
    assert {hop.operation for hop in needed.hops("back")} == {"also"}
    assert {hop.operation for hop in optional.hops("back")} == {"also", "do"}


def test_calls_in_a_group_fail_it_too_and_may_not_be_made() -> None:
    """Both kinds of members of a group: one that fails, one that is never taken."""
    calls = (
        "[{component: back, operation: also, timeout: 0.05, group: 1},"
        " {component: back, operation: do, group: 1, probability: 0}]"
    )
    seen = observe(system=pair(calls))

    assert seen.share("front", "error") == 1.0
    assert {hop.operation for hop in seen.hops("back")} == {"also"}


def test_a_group_of_which_nothing_is_called_costs_nothing() -> None:
    """The operation goes on at once."""
    never = "{component: back, operation: do, group: 1, probability: 0}"
    seen = observe(system=pair(f"[{never}, {never}]"))

    assert (seen.share("front", "ok"), seen.hops("back", 0, 40)) == (1.0, [])


def test_a_full_queue_rejects() -> None:
    """One worker, two places, ten calls a second of 0.2 s each: the rest is rejected at once."""
    seen = observe(system=pair("[{component: back, operation: also}]", rate=10, workers=1))

    assert 0.3 < seen.share("back", "rejected") < 0.7
    assert max(hop.queue_wait for hop in seen.hops("back")) <= 0.4 + 1e-6
    assert seen.said("back", "queue is full") > 50


def test_a_breaker_opens_tries_and_closes() -> None:
    """While the callee fails, attempts end unsent but for one each `open_for`; then all go on."""
    call = "{component: back, operation: do, breaker: {window: 10, ratio: 0.5, open_for: 4}}"
    crash = Fault(kind=Kind.CRASH, target="back", onset=10, duration=10)
    seen = observe(crash, system=pair(f"[{call}]", rate=10), seconds=34)

    refused = [hop for hop in seen.hops("back", 10, 20) if hop.status is Status.REFUSED]
    assert 5 <= len(refused) <= 10
    assert seen.share("back", "breaker_open", start=12, end=20) > 0.9
    assert seen.share("back", "ok", start=25, end=40) == 1.0
    assert seen.said("front", "circuit breaker") >= 2


def test_late_answers_do_not_close_an_open_breaker() -> None:
    """Only the attempt that was let through to try counts."""
    breaker = Breaker(description.Breaker(ratio=0.5, window=2, open_for=5.0))

    assert [breaker.note(0.0, failed) for failed in (True, True)] == [False, True]
    assert (breaker.note(1.0, False), breaker.admits(2.0)) == (False, False)
    assert (breaker.admits(6.0), breaker.admits(6.0)) == (True, False)
    probed = (breaker.note(6.1, True), breaker.admits(7.0), breaker.admits(12.0))
    assert probed == (True, False, True)
    assert (breaker.note(12.1, False), breaker.admits(12.1)) == (False, True)


def test_a_pool_limits_calls_at_once() -> None:
    """Two connections: the callee never works on more, and a call waits or fails for one."""
    pool = "pools: {back: {size: 2, wait: 0.15}}"
    seen = observe(system=pair("[{component: back, operation: do}]", rate=25, pool=pool))

    busy = [hop.values["workers.busy"] for hop in seen.hops("back") if "workers.busy" in hop.values]
    waits = [hop.values.get("db.client.connection.wait_time", 0.0) for hop in seen.hops("back")]
    assert max(busy) == 2
    assert 0.0 < max(waits) <= 0.15 + 1e-9
    assert seen.said("front", "pool exhausted") > 0
    assert seen.gauge("front", "db.client.connection.count") == 2


def test_foreign_work_makes_calls_that_no_record_shows() -> None:
    """Work of unknown origin calls on, and neither it nor its calls are told."""
    flood = Fault(kind=Kind.DATABASE_OVERLOAD, target="front", onset=2, duration=4, intensity=0.01)
    call = "{component: back, operation: do, timeout: 1, breaker: {window: 4}}"
    seen = observe(flood, system=pair(f"[{call}]"))

    assert all(hop.trace > 0 for hop in seen.all_hops)
    assert seen.share("back", "rejected", "breaker_open", start=2, end=6) > 0.5
    assert seen.said("back", "queue is full") <= len(seen.hops("back", 0, 26))


@pytest.mark.parametrize("kind", [Kind.CRASH, Kind.PARTITION])
def test_nothing_is_left_behind_by_a_fault(kind: Kind) -> None:
    """After it ended, workers, connections and cores come free again: as quick as before."""
    pool = "pools: {back: {size: 3, wait: 0.2}}"
    call = "[{component: back, operation: do, timeout: 1, retries: 1}]"
    for target in ("front", "back"):
        fault = Fault(kind=kind, target=target, onset=5, duration=5)
        seen = observe(fault, system=pair(call, rate=8, pool=pool), seconds=30)

        assert seen.share("front", "ok", start=15, end=39) > 0.9
        assert seen.gauge("back", "system.cpu.utilization", start=20, end=38) < 0.2
        assert seen.gauge("front", "workers.busy", start=20, end=38) < 8
