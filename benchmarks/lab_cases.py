"""Provoked incidents for the lab's benchmarks: a fault in a system, as the case folder reports it.

What was injected is stored separately: the diagnosed case has no label.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

from engine.catalogue import load_system
from engine.cli.run import Plan
from engine.cli.run import run as run_plan
from engine.description.model import Role, System
from engine.description.rates import call_rates
from engine.faults.effects import Kind
from engine.faults.schedule import Fault, FaultError, check_faults
from labo.adapters.cases.reading import read_case
from labo.domain.entities.series import Case
from labo.domain.lab.runs import INTERVAL_S, ONSET_S, WINDOW_S

SECONDS = ONSET_S + WINDOW_S
EPOCH = 1_700_000_000.0
WORKERS = 2

ONLY_ON = {
    Kind.SLOW_QUERY: Role.DATABASE,
    Kind.DATABASE_OVERLOAD: Role.DATABASE,
    Kind.LOCK_CONTENTION: Role.DATABASE,
    Kind.DATA_DELETION: Role.DATABASE,
    Kind.QUEUE_BACKLOG: Role.WORKER,
    Kind.TRAFFIC_SPIKE: Role.EDGE,
}
"""Roles on which a kind of fault matches its name; the engine would inject it anywhere."""

SILENT = frozenset({Role.DATABASE, Role.CACHE, Role.QUEUE})
"""They stamp nothing, so that a wrong clock of theirs does not exist for anybody."""

TOLD_EVERY = 20
LEAST_RATE = 1.0
"""Calls per second of a target: a fault where nothing happens does nothing."""


@dataclass(frozen=True, slots=True)
class Provoked:
    """One run to make: `faults` are (kind, target), none for a no-fault run."""

    system: str
    faults: tuple[tuple[Kind, str], ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Incident:
    """`truth` is what the engine reports as injected: (kind, component)."""

    system: str
    case: Case
    truth: tuple[tuple[str, str], ...]


@lru_cache(maxsize=32)
def system_named(name: str) -> System:
    """The bundled or generated system of that name."""
    return load_system(name)


@lru_cache(maxsize=32)
def _rates(system: str) -> Mapping[str, float]:
    """Calls per second of each component."""
    rates: dict[str, float] = {}
    for (name, _), rate in call_rates(system_named(system)).items():
        rates[name] = rates.get(name, 0.0) + rate
    return rates


def targets(named: str, kind: Kind) -> list[str]:
    """The components on which the fault matches its name and has an effect, in the order of the
    description."""
    found, system, rates = [], system_named(named), _rates(named)
    for name, part in system.components.items():
        if rates.get(name, 0.0) < LEAST_RATE or (kind is Kind.CLOCK_SKEW and part.role in SILENT):
            continue
        fault = Fault(kind=kind, target=name, onset=1.0, duration=1.0)
        try:
            check_faults(system, [fault])
        except FaultError:
            continue
        if part.role is ONLY_ON.get(kind, part.role):
            found.append(name)
    return found


def each_kind(name: str, seed: int, per_kind: int = 1) -> list[Provoked]:
    """Every kind of fault that the system can have, on `per_kind` of its components."""
    chance = random.Random(f"{name} {seed}")
    jobs = []
    for kind in Kind:
        root_components = targets(name, kind)
        chosen = chance.sample(root_components, min(per_kind, len(root_components)))
        jobs += [Provoked(name, ((kind, root_component),), seed) for root_component in chosen]
    return jobs


def pairs_of(name: str, seed: int, count: int) -> list[Provoked]:
    """`count` pairs of different kinds on different components, at once."""
    chance = random.Random(f"pairs {name} {seed}")
    possible = [(kind, root_component) for kind in Kind for root_component in targets(name, kind)]
    jobs: list[Provoked] = []
    while len(jobs) < count:
        one, other = chance.sample(possible, 2)
        if one[0] is not other[0] and one[1] != other[1]:
            jobs.append(Provoked(name, (one, other), seed))
    return jobs


def provoke(jobs: Sequence[Provoked], workers: int = WORKERS) -> Iterator[Incident]:
    """Run them all, in their order, `workers` at a time; reports progress on standard error."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for number, incident in enumerate(pool.map(_run, jobs), 1):
            if number % TOLD_EVERY == 0 or number == len(jobs):
                print(f"  {number} of {len(jobs)} incidents", file=sys.stderr, flush=True)
            yield incident


def play(job: Provoked) -> Incident:
    """One run in this process, with its lines and traces."""
    with tempfile.TemporaryDirectory(prefix="labo-exam-") as folder:
        case_folder, truth = Path(folder) / "case", Path(folder) / "truth.json"
        run_plan(
            Plan(
                system=system_named(job.system),
                seed=job.seed,
                seconds=SECONDS,
                faults=[
                    Fault(kind=kind, target=root_component, onset=ONSET_S, duration=WINDOW_S)
                    for kind, root_component in job.faults
                ],
                epoch=EPOCH,
                interval=INTERVAL_S,
                case_folder=case_folder,
                truth=truth,
                quiet=True,
            )
        )
        record = json.loads(truth.read_text(encoding="utf-8"))
        injected = tuple((fault["kind"], fault["target"]) for fault in record["faults"])
        return Incident(job.system, read_case(case_folder), injected)


def _run(job: Provoked) -> Incident:
    incident = play(job)
    # Their content is in the series by now; they would only have to be sent between processes.
    return replace(incident, case=replace(incident.case, logs=(), traces=()))


def control_windows(name: str, seeds: Iterable[int]) -> list[Provoked]:
    """Runs in which nothing is injected."""
    return [Provoked(name, (), seed) for seed in seeds]


def same_host(incident: Incident, kind: str, root_component: str) -> set[str]:
    """Saturated cores are the host's, so that any component of the host is right."""
    if kind != Kind.CPU_SATURATION.value:
        return {root_component}
    parts = system_named(incident.system).components
    return {name for name, part in parts.items() if part.host == parts[root_component].host}
