"""Spans of Nezha's Online Boutique around an injection.

A file holds about a minute of traces. Those that began before the injection that its file belongs
to are normal; the normal seconds of the nearest incidents are moved to directly before a case's
own, as if they had been recorded without a break.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from benchmarks.robustness.families.nezha_files import (
    DAYS,
    Injection,
    files,
    injections,
    rows_of,
    service_of,
)
from labo.domain.entities.series import TimedSpan

NORMAL_S = 120.0
"""Seconds of normal traces that a case gets at least: as long as the faulty ones, and few enough
(45,000 spans) that 56 cases are asked under every variation in minutes."""
LEAD_S, LAST_S = 100.0, 170.0
"""A file belongs to the injection that its traces lie around, between so long before and after:
the next one is eight minutes away."""
NANOS = 1e9
_CALLED = re.compile(r"hipstershop\.(\w+Service)/")
"""The called service in an operation's name, as `rpc.service` would tell it."""


def spans_around(own: Injection, seconds: float) -> list[TimedSpan]:
    """The traces of the incident's window and at least two minutes of normal ones, moved to end at
    the injection; none where those of the window are missing."""
    faulty = [
        span
        for trace in _traces(own)
        if own.at <= trace[0].start < own.at + seconds
        for span in trace
    ]
    return [*_normal(own), *faulty] if faulty else []


def _normal(own: Injection) -> list[TimedSpan]:
    spans: list[TimedSpan] = []
    end = own.at
    nearest = sorted(injections(own.day), key=lambda one: abs(one.at - own.at))
    for other in nearest:
        block = [trace for trace in _traces(other) if trace[0].start < other.at]
        if block:
            first = min(trace[0].start for trace in block)
            last = other.at if other is own else max(trace[0].start for trace in block) + 1e-3
            spans += [
                replace(span, start=span.start + end - last) for trace in block for span in trace
            ]
            end -= last - first
        if own.at - end >= NORMAL_S:
            break
    return spans


@lru_cache(maxsize=8)
def _traces(injection: Injection) -> tuple[tuple[TimedSpan, ...], ...]:
    """The traces of an injection's files, each with its spans by start."""
    traces: dict[str, list[TimedSpan]] = defaultdict(list)
    for path in _paths()[injection]:
        for span in _spans(path):
            traces[span.trace].append(span)
    return tuple(tuple(sorted(spans, key=lambda one: one.start)) for spans in traces.values())


@lru_cache(maxsize=1)
def _paths() -> dict[Injection, tuple[str, ...]]:
    """The files of each injection: those whose first span lies around it."""
    found: dict[Injection, list[str]] = {one: [] for day in DAYS for one in injections(day)}
    for path in sorted(files()):
        if "/trace/" in path:
            start = float(next(rows_of(path))["StartTimeUnixNano"]) / NANOS
            for one in found:
                if one.at - LEAD_S <= start < one.at + LAST_S:
                    found[one].append(path)
    return {one: tuple(paths) for one, paths in found.items()}


def _spans(path: str) -> Iterator[TimedSpan]:
    for row in rows_of(path):
        start, end = int(row["StartTimeUnixNano"]), int(row["EndTimeUnixNano"])
        component = service_of(row["PodName"])
        yield TimedSpan(
            trace=row["TraceID"],
            id=row["SpanID"],
            parent="" if row["ParentID"] == "root" else row["ParentID"],
            component=component,
            start=start / NANOS,
            duration=(end - start) / NANOS,
            peer=_peer(component, row["OperationName"]),
            operation=row["OperationName"],
        )


def _peer(component: str, operation: str) -> str:
    called = _CALLED.search(operation)
    name = called[1].lower() if called else ""
    return name if name != component else ""
