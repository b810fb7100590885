"""Whether the stream makes progress, by what its processes report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from labo.domain.telemetry.heartbeat import (
    Heartbeat,
    Progress,
    encode_heartbeat,
    fault,
    fault_of,
    summary,
    trouble,
)

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def report(
    age_s: float = 1.0, *, waiting: int = 0, busy_s: float = 0.0, idle_s: float = 0.0
) -> str:
    progress = Progress("labo:otlp", waiting, busy_s, idle_s)
    at = (NOW - timedelta(seconds=age_s)).isoformat()
    return encode_heartbeat(Heartbeat("one", at, 7, (progress,)))


@pytest.mark.parametrize(
    ("reports", "fault"),
    [
        ([], ""),
        ([report()], ""),
        ([report(busy_s=10, waiting=5, idle_s=10)], ""),
        ([report(idle_s=900)], ""),
        ([report(busy_s=61)], "busy with one entry for 61 s"),
        ([report(waiting=12, idle_s=75)], "12 entries of labo:otlp wait, none was stored for 75 s"),
        ([report(45)], "has not reported for 45 s"),
        ([report(45), report()], ""),
        ([report(), report(busy_s=61)], "busy with one entry"),
        ([report(86_400)], ""),
        (["no JSON", "{}", "[]"], ""),
    ],
)
def test_a_fault_is_named(reports: list[str], fault: str) -> None:
    """Silent, busy for too long, or nothing stored although something waits."""
    found = fault_of(reports, NOW)

    assert fault in found
    assert bool(fault) == bool(found)


def test_a_report_says_the_same_wherever_it_is_read() -> None:
    """What a process writes for its supervisor is what the API derives from its report."""
    consumers = (Progress("labo:otlp", 3, 0.0, 75.0), Progress("labo:telemetry", 0, 0.0, 1.0))
    report = Heartbeat("one", NOW.isoformat(), 7, consumers, ("detection",), 2, ("shop",))

    assert fault(report) == fault_of([encode_heartbeat(report)], NOW)
    assert trouble(report) == (
        "failing: detection; as many series as there may be, new ones are left out: workspace shop"
    )
    assert summary(report) == "3 in labo:otlp, 2 counters have several senders"
