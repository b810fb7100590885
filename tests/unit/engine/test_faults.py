"""Each fault shows its mechanism in what the system tells, against the same run without it."""

from __future__ import annotations

import pytest

from engine.faults.effects import Kind
from engine.records import Hop, Severity
from tests.unit.engine.observed import (
    END,
    ONSET,
    SECONDS,
    client_time,
    healthy,
    observe_fault,
    server_time,
    waited,
)


def misses(hop: Hop) -> float:
    return float(hop.cache == "miss")


def test_latency_is_time_at_the_component_without_computing() -> None:
    """Each hop takes 5 medians longer at the server; the processor does as much as before."""
    seen = observe_fault(Kind.LATENCY, "auth", 5.0)

    added = seen.mean("auth", server_time) - healthy().mean("auth", server_time)
    assert added == pytest.approx(5 * 0.01, abs=0.005)
    busy = "process.cpu.utilization"
    assert seen.gauge("auth", busy) == pytest.approx(healthy().gauge("auth", busy), abs=0.03)
    assert seen.mean("sender", server_time) < 1.1 * healthy().mean("sender", server_time)


def test_errors_fail_their_share_of_the_attempts() -> None:
    """A fifth of the attempts fails at the component, whose caller tries again."""
    seen = observe_fault(Kind.ERRORS, "shop", 0.2)

    assert seen.share("shop", "error") == pytest.approx(0.2, abs=0.05)
    assert max(hop.attempt for hop in seen.hops("shop")) == 2
    assert seen.said("shop", "unexpected error") > 25


def test_a_crash_refuses_calls_until_the_restart() -> None:
    """Callers are refused at once, the breaker opens, and what lies behind gets no call."""
    seen = observe_fault(Kind.CRASH, "auth")

    assert seen.share("auth", "refused", "breaker_open") == 1.0
    assert seen.mean("auth", client_time) < 0.002
    assert (len(seen.hops("store")), seen.said("auth", "process ended")) == (0, 1)
    assert seen.share("auth", "ok", start=END + 6, end=SECONDS) == 1.0


def test_a_crashed_cache_comes_back_empty() -> None:
    """A cache that crashed is refused to its callers, and cold when it comes back."""
    seen = observe_fault(Kind.CRASH, "shelf")

    assert seen.share("shelf", "refused") == 1.0
    assert len(seen.hops("store")) > 1.5 * len(healthy().hops("store"))
    after = [hop.cache for hop in seen.hops("shelf", END, END + 2)]
    assert after.count("miss") > 0.3 * len(after)


def test_a_flushed_cache_misses_until_it_is_filled_again() -> None:
    """Just after the flush most look-ups miss and go to the database; later they hit again."""
    seen = observe_fault(Kind.CACHE_FLUSH, "shelf")

    first = seen.mean("shelf", misses, end=ONSET + 2)
    assert first > healthy().mean("shelf", misses, end=ONSET + 2) + 0.2
    assert seen.mean("shelf", misses) < first - 0.1
    assert seen.said("shelf", "cache flushed") == 1


def test_a_stampede_sends_the_hot_keys_to_the_database_together() -> None:
    """Entries that expire together, again and again: misses come in waves, the database queues."""
    seen = observe_fault(Kind.CACHE_STAMPEDE, "shelf")

    assert seen.mean("shelf", misses) > 3 * healthy().mean("shelf", misses)
    assert seen.mean("store", waited) > 5 * healthy().mean("store", waited)


def test_a_low_hit_ratio_lasts_as_long_as_its_fault() -> None:
    """With few places for less popular keys, nearly all look-ups miss; the database is busy."""
    seen = observe_fault(Kind.LOW_HIT_RATIO, "shelf")

    assert seen.mean("shelf", misses) > 0.8
    assert seen.gauge("shelf", "cache.entries") < 20
    busy = "process.cpu.utilization"
    assert seen.gauge("store", busy) > 1.5 * healthy().gauge("store", busy)


def test_deleted_rows_fail_the_callers_and_not_the_database() -> None:
    """The database answers well and returns nothing; who asked for a row fails."""
    seen = observe_fault(Kind.DATA_DELETION, "store")

    assert seen.share("store", "ok") == 1.0
    assert seen.share("shop", "error") > 0.4
    assert seen.said("shop", "returned no rows") > 50
    assert any("db.response.returned_rows" in hop.values for hop in seen.hops("store"))


def test_an_overloaded_database_is_full_of_what_no_trace_shows() -> None:
    """Queries of unknown origin fill the queue; the system's own ones wait, or are rejected."""
    seen = observe_fault(Kind.DATABASE_OVERLOAD, "store")

    assert seen.gauge("store", "process.cpu.utilization") > 0.95
    assert seen.gauge("store", "queue.length") == 100
    assert seen.share("store", "rejected", "timeout") > 0.8


def test_a_contended_lock_makes_hops_wait_for_each_other() -> None:
    """Workers hold on for the one lock while the processor idles."""
    seen = observe_fault(Kind.LOCK_CONTENTION, "store")

    busy = "process.cpu.utilization"
    assert seen.mean("store", server_time) > 4 * healthy().mean("store", server_time)
    assert seen.gauge("store", busy) < 1.2 * healthy().gauge("store", busy)
    assert max(hop.values.get("db.lock.wait_time", 0.0) for hop in seen.hops("store")) > 0.1
    assert seen.said("store", "for a lock") > 50


def test_a_slow_query_is_slow_alone_and_makes_the_others_wait() -> None:
    """The named operation computes longer; the other one only queues behind it."""
    seen = observe_fault(Kind.SLOW_QUERY, "store", 8.0, operation="write")

    writes = [hop for hop in seen.hops("store") if hop.operation == "write"]
    reads = [hop for hop in seen.hops("store") if hop.operation == "read" and hop.values]
    assert sum(server_time(hop) for hop in writes) / len(writes) > 0.1
    assert max(waited(hop) for hop in reads) > 0.05
    assert seen.said("store", "slow query") == 0 or all(
        line.values["operation"] == "write"
        for line in seen.lines
        if line.template.startswith("slow")
    )


def test_an_exhausted_pool_stops_calls_before_they_are_sent() -> None:
    """Callers wait for a connection and fail; the database itself is idle."""
    seen = observe_fault(Kind.POOL_EXHAUSTION, "shop", peer="store")

    assert seen.said("shop", "pool exhausted") > 50
    assert seen.share("store", "timeout") > 0.9
    assert seen.gauge("store", "process.cpu.utilization", start=ONSET + 2) == 0.0
    assert seen.gauge("shop", "db.client.connection.pending_requests") > 0


def test_a_backlog_grows_behind_stalled_consumers() -> None:
    """Messages wait longer and longer; those who send them notice nothing."""
    seen = observe_fault(Kind.QUEUE_BACKLOG, "sender")

    assert seen.gauge("sender", "queue.length") > 200
    assert max(waited(hop) for hop in seen.hops("sender")) > 6.0
    assert seen.mean("mail", client_time) < 1.2 * healthy().mean("mail", client_time)


def test_a_saturated_processor_slows_all_that_share_the_host() -> None:
    """The target's neighbour computes longer too, and the host says that it is busy."""
    seen = observe_fault(Kind.CPU_SATURATION, "auth", 0.8)

    for component in ("auth", "sender"):
        served = [server_time(hop) for hop in seen.hops(component) if hop.status.value == "ok"]
        assert sum(served) / len(served) > 2.0 * healthy().mean(component, server_time)
    assert seen.gauge("auth", "system.cpu.utilization") > 0.9
    assert seen.mean("store", server_time) < 1.2 * healthy().mean("store", server_time)


def test_a_leaking_heap_grows_slows_and_ends_the_process() -> None:
    """Memory climbs to its limit, the process is killed there, and comes back with little."""
    seen = observe_fault(Kind.MEMORY_LEAK, "shop")

    memory = "process.memory.usage"
    assert seen.gauge("shop", memory, ONSET, ONSET + 4) > 5.0e8
    assert seen.gauge("shop", memory) > 9e8
    assert seen.gauge("shop", memory, END - 6, END - 4) < 9e8
    assert [line.severity for line in seen.lines if "out of memory" in line.template] == [
        Severity.FATAL
    ]
    assert seen.share("shop", "refused") > 0.05


def test_a_retry_storm_multiplies_attempts() -> None:
    """Callers without back-off and breaker try again and again: more attempts of as many calls."""
    seen = observe_fault(Kind.RETRY_STORM, "auth")

    calls = [hop for hop in seen.hops("auth") if hop.attempt == 1]
    assert len(seen.hops("auth")) > 1.3 * len(calls)
    assert max(hop.attempt for hop in seen.hops("auth")) > 3
    assert seen.share("auth", "breaker_open") == 0.0


def test_a_traffic_spike_comes_from_outside_and_goes_through() -> None:
    """Three times the requests arrive at the edge, and three times the calls everywhere."""
    seen = observe_fault(Kind.TRAFFIC_SPIKE, "edge")

    assert len(seen.hops("edge")) == pytest.approx(3 * len(healthy().hops("edge")), rel=0.1)
    assert len(seen.hops("auth")) > 2.5 * len(healthy().hops("auth"))
    assert seen.gauge("sender", "queue.length") > 100


def test_a_bad_deploy_restarts_into_a_slower_and_failing_version() -> None:
    """Refused for two seconds, then slower and failing, then rolled back with another restart."""
    seen = observe_fault(Kind.BAD_DEPLOY, "auth")

    versions = [line.values["version"] for line in seen.lines if line.template.startswith("start")]
    assert versions == ["1.2.0", "1.1.0"]
    assert seen.share("auth", "refused", "breaker_open", end=ONSET + 2) == 1.0
    worked = [hop for hop in seen.hops("auth", ONSET + 3) if "workers.busy" in hop.values]
    assert sum(server_time(hop) for hop in worked) / len(worked) > 0.025
    assert seen.said("auth", "unexpected error") > 0


def test_a_skewed_clock_shifts_stamps_and_nothing_else() -> None:
    """The component's own times are 30 s ahead; its callers' and all durations stay the same."""
    seen, before = observe_fault(Kind.CLOCK_SKEW, "auth"), healthy()

    shifts = {
        round(hop.started - same.started, 6)
        for hop, same in zip(seen.hops("auth"), before.hops("auth"), strict=True)
    }
    assert shifts <= {30.0, 0.0}
    assert 30.0 in shifts
    assert seen.mean("auth", server_time) == pytest.approx(before.mean("auth", server_time))
    assert [h.answered for h in seen.hops("shop")] == [h.answered for h in before.hops("shop")]


def test_lost_packets_are_sent_again_which_only_the_caller_sees() -> None:
    """The client's time grows by the waits to send again, the server's does not."""
    seen = observe_fault(Kind.PACKET_LOSS, "auth")

    assert seen.mean("auth", client_time) > 0.05
    assert seen.share("auth", "timeout") > 0.02
    served = [hop for hop in seen.hops("auth") if hop.status.value == "ok"]
    assert sum(server_time(hop) for hop in served) / len(served) < 0.02


def test_a_partition_lets_calls_time_out_unseen() -> None:
    """Nothing arrives: callers time out instead of being refused, and the other side is idle."""
    seen = observe_fault(Kind.PARTITION, "auth", peer="shop")

    assert seen.share("auth", "timeout", "breaker_open") == 1.0
    assert seen.share("auth", "timeout") > 0.0
    assert seen.gauge("auth", "process.cpu.utilization", start=ONSET + 2) == 0.0


def test_an_expired_certificate_is_refused_by_the_callers() -> None:
    """Calls end at the handshake, and the caller's log says why; the component is idle."""
    seen = observe_fault(Kind.EXPIRED_CERTIFICATE, "auth")

    assert seen.share("auth", "refused", "breaker_open") == 1.0
    assert seen.said("shop", "certificate has expired") > 5
    assert seen.gauge("auth", "workers.busy", start=ONSET + 2) == 0.0
