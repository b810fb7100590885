"""What the stream process reports of itself, and whether that shows progress.

Every process writes its report as a field of the hash `HEARTBEAT_KEY`, by the name of its consumer;
one that ends in order deletes it. What `/readyz`, `labo status` and `labo doctor` say is derived
from it here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

HEARTBEAT_KEY = "labo:heartbeat:stream"
HEARTBEAT_EVERY_S = 5.0
SILENT_S = 20.0
"""A process that has not reported for so long is gone, or does nothing: four reports."""
FORGOTTEN_S = 600.0
"""A report so old is of a process that was replaced or removed."""
STUCK_S = 60.0
"""Time for one entry, or without any although some wait. By judgement: the largest request takes
some seconds."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One consumer: entries that `waiting`, for how long it is `busy_s` with what it took (0 when
    it is not), and the `idle_s` since it last finished anything or found nothing waiting."""

    stream: str
    waiting: int
    busy_s: float
    idle_s: float


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One process. `reported_at` is in ISO format; `failing` names parts that failed lately;
    `overlapping` counters have several senders under one identity; of the `full` workspaces new
    series are left out."""

    consumer: str
    reported_at: str
    stored: int
    consumers: tuple[Progress, ...] = ()
    failing: tuple[str, ...] = ()
    overlapping: int = 0
    full: tuple[str, ...] = ()


def encode_heartbeat(heartbeat: Heartbeat) -> str:
    """JSON text."""
    return json.dumps(asdict(heartbeat))


def fault(heartbeat: Heartbeat) -> str:
    """Why this process makes no progress; empty when it does."""
    for one in heartbeat.consumers:
        stream, idle = one.stream, one.idle_s
        if one.busy_s > STUCK_S:
            return f"the consumer of {stream} is busy with one entry for {one.busy_s:.0f} s"
        if one.waiting and idle > STUCK_S:
            return f"{one.waiting} entries of {stream} wait, none was stored for {idle:.0f} s"
    return ""


def trouble(heartbeat: Heartbeat) -> str:
    """What else is wrong with its work; empty for nothing."""
    found = [f"failing: {', '.join(heartbeat.failing)}"] if heartbeat.failing else []
    if heartbeat.full:
        names = ", ".join(heartbeat.full)
        found.append(f"as many series as there may be, new ones are left out: workspace {names}")
    return "; ".join(found)


def summary(heartbeat: Heartbeat) -> str:
    """What waits, by consumer, and counters with several senders; empty for nothing."""
    found = [f"{one.waiting} in {one.stream}" for one in heartbeat.consumers if one.waiting]
    if heartbeat.overlapping:
        found.append(f"{heartbeat.overlapping} counters have several senders")
    return ", ".join(found)


def fault_of(reports: Iterable[str], now: datetime) -> str:
    """Why the stream makes no progress, by the values of `HEARTBEAT_KEY`; empty when it does, and
    when no process has reported yet."""
    decoded = [report for report in map(_decoded, reports) if report]
    ages = [(_age(report, now), report) for report in decoded]
    recent = [(age, report) for age, report in ages if age < FORGOTTEN_S]
    if not recent:
        return ""
    alive = [report for age, report in recent if age <= SILENT_S]
    if not alive:
        return f"the stream process has not reported for {min(age for age, _ in recent):.0f} s"
    return next(filter(None, map(fault, alive)), "")


def is_forgotten(report: str, now: datetime) -> bool:
    """Whether a report is so old that it says nothing any more, or is none."""
    found = _decoded(report)
    return found is None or _age(found, now) >= FORGOTTEN_S


def _decoded(text: str) -> Heartbeat | None:
    try:
        found = json.loads(text)
        consumers = tuple(Progress(**one) for one in found.pop("consumers"))
        return Heartbeat(**found, consumers=consumers)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _age(report: Heartbeat, now: datetime) -> float:
    try:
        return (now - datetime.fromisoformat(report.reported_at)).total_seconds()
    except (ValueError, TypeError):
        return FORGOTTEN_S
