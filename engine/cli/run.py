"""One run of the command line: from options to sinks, to a report."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from engine.cli.sink import Paced, RunStopped
from engine.cli.truth import write_truth
from engine.description.model import System
from engine.faults.schedule import Fault
from engine.records import Sink
from engine.simulate import Summary, simulate
from engine.telemetry.case_folder import CaseFolder, CaseWindow
from engine.telemetry.sender import Delivery, Sender
from engine.telemetry.sink import OtlpSink
from engine.telemetry.spans import NANOS, Origin

END_WAIT_S, STOP_WAIT_S = 60.0, 10.0
"""Seconds that delivering the buffer may take: after the run's end, and after Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run and where its records go. `epoch`: the run's start in seconds since 1970."""

    system: System
    seed: int
    seconds: float
    faults: Sequence[Fault]
    epoch: float
    interval: float = 10.0
    real_time: bool = False
    endpoint: str | None = None
    headers: Mapping[str, str] | None = None
    case_folder: Path | None = None
    truth: Path | None = None
    quiet: bool = False

    @property
    def origin(self) -> Origin:
        """The origin of the telemetry."""
        return origin_of(self.system, self.seed, self.epoch)

    @property
    def entry(self) -> str:
        """The component at which most requests enter."""
        weights: dict[str, float] = {}
        for entry in self.system.load.entries:
            weights[entry.component] = weights.get(entry.component, 0.0) + entry.weight
        return max(weights, key=lambda name: weights[name])

    def dependencies(self) -> Iterator[tuple[str, str]]:
        """Who calls whom."""
        for name, part in self.system.components.items():
            for operation in part.operations.values():
                for call in operation.calls:
                    yield name, call.component


def origin_of(system: System, seed: int, epoch: float) -> Origin:
    """The origin of a run's telemetry; `epoch` is its start in seconds since 1970."""
    parts = system.components
    return Origin(
        system.name,
        seed,
        round(epoch * NANOS),
        {name: part.role.value for name, part in parts.items()},
        {name: part.host for name, part in parts.items()},
    )


class Delivering:
    """An OtlpSink whose close waits for the delivery."""

    def __init__(self, sink: OtlpSink, sender: Sender) -> None:
        self.hop, self.line, self.sample = sink.hop, sink.line, sink.sample
        self._sink = sink
        self._sender = sender

    def close(self) -> None:
        try:
            self._sink.close()
        finally:
            self._sender.close(END_WAIT_S, STOP_WAIT_S)


def run(plan: Plan) -> dict[str, object]:
    """Run it until its end, or until Ctrl-C; the report, as JSON values.

    Raises EndpointRefused when the endpoint accepts nothing, and FaultError.
    """
    with stoppable() as stop:
        sender = None
        sinks: list[Sink] = []
        if plan.case_folder is not None:
            sinks.append(_case(plan, plan.case_folder))
        if plan.endpoint is not None:
            sender = Sender(plan.endpoint, plan.headers or {}, stop=stop)
            sinks.append(Delivering(OtlpSink(plan.origin, sender.send), sender))
        paced = Paced(
            sinks,
            seconds=plan.seconds,
            stop=stop,
            real_time=plan.real_time,
            quiet=plan.quiet,
            trouble=(lambda: sender.trouble) if sender is not None else str,
        )
        _write_truth(plan, None)
        summary = None
        try:
            summary = simulate(
                plan.system,
                seed=plan.seed,
                seconds=plan.seconds,
                faults=plan.faults,
                sink=paced,
                interval=plan.interval,
            )
        except RunStopped:
            pass
        finally:
            paced.close()
            _write_truth(plan, plan.seconds if summary is not None else paced.reached)
    return _report(plan, paced, summary, sender.delivery if sender is not None else None)


def _case(plan: Plan, folder: Path) -> CaseFolder:
    times = [(fault.onset, fault.onset + fault.duration) for fault in plan.faults]
    window = CaseWindow.around(plan.entry, times, plan.seconds)
    return CaseFolder(folder, plan.origin, plan.dependencies(), window, plan.interval)


def _write_truth(plan: Plan, reached: float | None) -> None:
    if plan.truth is not None:
        write_truth(
            plan.truth,
            system=plan.system.name,
            seed=plan.seed,
            epoch=plan.epoch,
            seconds=plan.seconds,
            faults=plan.faults,
            reached=reached,
        )


def _report(
    plan: Plan, paced: Paced, summary: Summary | None, delivery: Delivery | None
) -> dict[str, object]:
    return {
        "system": plan.system.name,
        "seed": plan.seed,
        "epoch": plan.epoch,
        "seconds": plan.seconds,
        "reached": plan.seconds if summary is not None else round(paced.reached, 3),
        "stopped": summary is None,
        "hops": paced.hops,
        "lines": paced.lines,
        "samples": paced.samples,
        "requests": summary.requests if summary is not None else None,
        "errors": summary.errors if summary is not None else None,
        "took_s": round(paced.took_s, 3),
        "delivery": delivery.record() if delivery is not None else None,
        "case_folder": str(plan.case_folder) if plan.case_folder is not None else None,
    }


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C ends the program at once."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
