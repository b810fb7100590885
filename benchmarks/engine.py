"""The living engine's speed: simulated hops a second of CPU time on one core, by what is written.

Each system runs without telemetry; with every span, metric and log line encoded as OTLP requests
(counted, not posted: a sender would also compress them, in a thread of its own); and with a case
folder. The reference is a bare simpy process that waits, in turn with them on the same core. Two
more runs of the same seed check by SHA-256 whether all requests and files are identical to the
byte.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import simpy

from benchmarks.table import Table
from engine.catalogue import load_system
from engine.cli.run import Plan
from engine.description.model import System
from engine.faults.effects import Kind
from engine.faults.schedule import Fault
from engine.generator.generate import generate
from engine.records import Hop, LogLine, Sample, Sink
from engine.simulate import simulate
from engine.telemetry.case_folder import CaseFolder, CaseWindow
from engine.telemetry.sink import OtlpSink, Signal

HOPS = 40_000
"""Hops of a timed run, about."""
ROUNDS = 3
"""Of each the median: the speed of a shared machine drifts."""
EVENTS = 200_000
SEED = 11
AIM = 30_000
"""Hops a second with time-outs and telemetry."""
EPOCH = 1_700_000_000.0


@dataclass(frozen=True)
class Case:
    """A system, and the component that is slow from half-way on, by a fault, if any."""

    name: str
    system: Callable[[], System]
    slow: str | None = None


CASES = (
    Case("streaming", lambda: load_system("streaming")),
    Case("streaming, slow catalogue", lambda: load_system("streaming"), "catalogue"),
    Case("generated, 20 components", lambda: generate(3, 20)),
    Case("generated, 20 components, slow edge's callee", lambda: generate(3, 20), ""),
    Case("generated, 100 components", lambda: generate(3, 100)),
)


class Silence:
    """A sink that accepts everything and stores nothing."""

    def hop(self, hop: Hop) -> None: ...

    def line(self, line: LogLine) -> None: ...

    def sample(self, sample: Sample) -> None: ...

    def close(self) -> None: ...


class Counted:
    """Takes requests as a sender does: their bytes, and the SHA-256 of all if asked to."""

    def __init__(self, *, hashes: bool = False) -> None:
        self.size = 0
        self.hash = hashlib.sha256()
        self._hashes = hashes

    def __call__(self, signal: Signal, body: bytes, items: int) -> None:
        self.size += len(body)
        if self._hashes:
            self.hash.update(f"{signal.value} {items} {len(body)}\n".encode())
            self.hash.update(body)


@dataclass(frozen=True)
class Score:
    """Per second of CPU time: hops without telemetry (`silent`), with requests (`otlp`) and with
    a case `folder`; `events` of bare simpy. `size`: bytes of requests per hop."""

    case: str
    hops: int
    silent: float
    otlp: float
    folder: float
    events: float
    size: float
    is_repeated: bool
    digest: str


def plan_of(case: Case, hops: int) -> Plan:
    """A run of so many hops, about."""
    system = case.system()
    trial_s = 500.0 / system.load.rate
    trial = simulate(system, seed=SEED, seconds=trial_s, sink=Silence())
    seconds = round(trial_s * hops / max(1, trial.hops), 1)
    if case.slow is None:
        return Plan(system, SEED, seconds, (), EPOCH)
    entry = system.load.entries[0]
    calls = system.components[entry.component].operations[entry.operation].calls
    target = case.slow or calls[0].component
    fault = Fault(kind=Kind.LATENCY, target=target, onset=seconds / 2, duration=seconds / 2)
    return Plan(system, SEED, seconds, (fault,), EPOCH)


def play(plan: Plan, sink: Sink) -> int:
    """Run it; how many hops."""
    run = simulate(plan.system, seed=plan.seed, seconds=plan.seconds, faults=plan.faults, sink=sink)
    return run.hops


def speed(plan: Plan, sink: Sink) -> float:
    """Hops a second of CPU time, the sink's included."""
    started = time.process_time()
    hops = play(plan, sink)
    return hops / (time.process_time() - started)


def speed_into_folder(plan: Plan) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return speed(plan, folder_of(plan, folder))


def bare_simpy() -> float:
    """Events a second of CPU time of a process that only waits."""

    def wait() -> Generator[simpy.Event, None, None]:
        while True:
            yield env.timeout(1.0)

    env = simpy.Environment()
    env.process(wait())
    started = time.process_time()
    env.run(until=EVENTS)
    return EVENTS / (time.process_time() - started)


def folder_of(plan: Plan, folder: str) -> CaseFolder:
    """The sink that `--case-folder` makes."""
    times = [(fault.onset, fault.onset + fault.duration) for fault in plan.faults]
    window = CaseWindow.around(plan.entry, times, plan.seconds)
    return CaseFolder(Path(folder), plan.origin, plan.dependencies(), window, plan.interval)


def written(plan: Plan) -> tuple[str, int, int]:
    """SHA-256 of all that a run writes; its hops; the bytes of its requests."""
    counted = Counted(hashes=True)
    hops = play(plan, OtlpSink(plan.origin, counted))
    with tempfile.TemporaryDirectory() as folder:
        play(plan, folder_of(plan, folder))
        for path in sorted(Path(folder).iterdir()):
            counted.hash.update(path.name.encode() + b"\n" + path.read_bytes())
    return counted.hash.hexdigest(), hops, counted.size


def score(case: Case, hops: int = HOPS, rounds: int = ROUNDS) -> Score:
    """Time one system; what is compared runs in turn, so that all sees the same machine."""
    plan = plan_of(case, hops)
    digest, made, size = written(plan)
    measured = [
        (
            speed(plan, Silence()),
            speed(plan, OtlpSink(plan.origin, Counted())),
            speed_into_folder(plan),
            bare_simpy(),
        )
        for _ in range(rounds)
    ]
    return Score(
        case.name,
        made,
        silent=median(each[0] for each in measured),
        otlp=median(each[1] for each in measured),
        folder=median(each[2] for each in measured),
        events=median(each[3] for each in measured),
        size=size / made,
        is_repeated=written(plan)[0] == digest,
        digest=digest,
    )


def run() -> Table:
    """The bundled system and generated ones, healthy and with a fault."""
    scores = [score(case) for case in CASES]
    rows = tuple(
        (
            one.case,
            f"{one.silent:,.0f}",
            f"{one.otlp:,.0f}",
            f"{one.folder:,.0f}",
            f"{one.events:,.0f}",
            f"{one.otlp / one.events:.3f}",
            f"{one.size:,.0f}",
            f"{'yes' if one.is_repeated else 'NO'}, {one.digest[:12]}",
        )
        for one in scores
    )
    least = min(one.otlp for one in scores)
    return Table(
        "The living engine's speed",
        (
            *("system", "hops/s, no telemetry", "hops/s, OTLP", "hops/s, case folder"),
            *("bare simpy, events/s", "OTLP hops per bare event", "OTLP bytes per hop"),
            "same seed, same bytes (SHA-256)",
        ),
        rows,
        (
            f"One core, CPU time, medians of {ROUNDS} runs of about {HOPS:,} hops each. "
            "OTLP: spans, metrics and log lines encoded in requests; not posted, not compressed.",
            f"Least with OTLP: {least:,.0f} hops/s; aim {AIM:,}: "
            f"{'reached' if least >= AIM else '**missed**'}.",
        ),
    )
