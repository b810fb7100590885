"""So many inputs through a door: how fast, and which seeds fail."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from labo.logs import configure
from tests.fuzz.doors import Door

MOST_S_PER_KB = 0.1
"""Processor time: the goal for any input."""
_SHORTEST_KB = 1.0


@dataclass
class Report:
    """`failures` are seeds with what they did; `worst` is the longest time a KB in seconds."""

    inputs: int = 0
    took_s: float = 0.0
    median: float = 0.0
    worst: float = 0.0
    worst_seed: int = 0
    failures: list[tuple[int, str]] = field(default_factory=list)


def run(door: Door, first: int, count: int) -> Report:
    """Seeds from `first` on. Stops after a hundred failures."""
    report = Report()
    times: list[float] = []
    with _unread_logs():
        _let_in(door, range(first, first + count), report, times)
    report.took_s, report.median = sum(times), statistics.median(times)
    return report


@contextmanager
def _unread_logs() -> Iterator[None]:
    """Log lines are made as in the product, and thrown away."""
    before = structlog.get_config()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        configure("INFO", json=True)
        try:
            yield
        finally:
            structlog.configure(**before)


def _let_in(door: Door, seeds: range, report: Report, times: list[float]) -> None:
    for seed in seeds:
        spent = _one(door, seed, report)
        report.inputs += 1
        times.append(spent)
        if spent > report.worst:  # again: what is made once is no input's cost
            spent = min(spent, *(_one(door, seed, Report()) for _ in range(3)))
        if spent > report.worst:
            report.worst, report.worst_seed = spent, seed
        if spent > MOST_S_PER_KB:
            report.failures.append((seed, f"{spent * 1e3:.0f} ms a KB"))
        if len(report.failures) >= 100:
            return


def _one(door: Door, seed: int, report: Report) -> float:
    """Seconds a KB, mutation included."""
    start = time.process_time()
    length = 0
    try:
        length = door(random.Random(seed))  # noqa: S311 - repeatable inputs
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        trace, place = error.__traceback__, ""
        while trace is not None:
            place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
            trace = trace.tb_next
        report.failures.append((seed, f"{type(error).__name__}: {str(error)[:120]} at {place}"))
    return (time.process_time() - start) / max(length / 1024, _SHORTEST_KB)
