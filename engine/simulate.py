"""Run a system for some simulated time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.description.model import System
from engine.faults.schedule import Fault, check_faults, inject
from engine.records import Sink
from engine.simulation.load import requests
from engine.simulation.run import Run
from engine.simulation.samples import samples
from engine.simulation.tasks import Task


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals of a run. `errors` counts requests that were not answered successfully."""

    requests: int
    hops: int
    errors: int


def start(system: System, seed: int, sink: Sink, interval: float) -> Run:
    """A run with its load and samples, at time 0. Caches are warm, queues empty."""
    run = Run(system, seed, sink)
    for component in run.system.components.values():
        if component.cache is not None:
            component.cache.warm([*component.operations], seed)
    Task(requests(run, system.load)).wake()
    Task(samples(run, interval)).wake()
    return run


def simulate(
    system: System,
    *,
    seed: int,
    seconds: float,
    faults: Sequence[Fault] = (),
    sink: Sink,
    interval: float = 10.0,
) -> Summary:
    """Run `system` for `seconds` and pass its records to `sink`, samples every `interval`.

    The same arguments give the same records. Caches start warm, queues empty. Hops not answered
    at the end are not reported. The sink is closed even when the run is interrupted.

    Raises FaultError when a fault does not fit the system, ValueError when a time is not above 0.
    """
    if not (0.0 < seconds < math.inf and 0.0 < interval < math.inf):
        raise ValueError(f"seconds ({seconds}) and interval ({interval}) must be above 0")
    check_faults(system, faults)
    run = start(system, seed, sink, interval)
    inject(run, faults)
    try:
        run.env.run(until=seconds)
    finally:
        sink.close()
    return Summary(run.requests, run.hops, run.errors)
