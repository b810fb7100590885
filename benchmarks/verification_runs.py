"""Runs of the living engine behind the trials of verification: a fault, and an action in the midst.

An action is what it does to the running system: it ends the fault (`CURED`), does nothing to it
(`UNCURED`), restarts a component (`RESTART`), or breaks something (`HARMFUL`). Arms of one fault
share the seed, hence requests and noise, so that the difference between two is what was done.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from benchmarks.lab_cases import system_named, targets
from engine.faults.effects import Kind
from engine.faults.schedule import Fault, check_faults
from engine.simulate import simulate
from engine.telemetry.summaries import Summaries
from labo.domain.entities.series import Series, SeriesKey, Topology

ONSET_S, SECONDS = 400.0, 1_100.0
"""Of the fault and of the run, in simulated seconds."""
ACTED_S = (480.0, 560.0)
"""Between these the action ends."""
INTERVAL_S = 10.0
"""As the finest step that Labo keeps."""
RESTART_S = 5.0
LEAKED_PER_S = 0.01
"""Heaps that leak in a second: the engine's intensity is per duration, which differs by arm."""


class Arm(StrEnum):
    NORMAL = "normal"
    CURED = "cured"
    UNCURED = "uncured"
    RESTART = "restart"
    HARMFUL = "harmful"
    CURED_HARMFUL = "cured_harmful"


HARM = (
    (Kind.LOW_HIT_RATIO, 0.95),  # the cache is taken away
    (Kind.POOL_EXHAUSTION, 0.75),  # the pool is cut to a quarter
    (Kind.QUEUE_BACKLOG, 0.9),  # consumers are scaled down
    (Kind.BAD_DEPLOY, 2.0),  # a worse version is rolled out
    (Kind.EXPIRED_CERTIFICATE, 1.0),  # a certificate that nobody accepts
    (Kind.LOCK_CONTENTION, 1.2),  # a migration takes a lock
)


@dataclass(frozen=True, slots=True)
class Incident:
    """A fault of `kind` in `system` on `root`; the action ends at `acted`. `other` is a component
    whose treatment does nothing to the fault, and `harmed` gets `harm` in a harmful arm."""

    system: str
    kind: Kind
    root: str
    seed: int
    acted: float
    other: str
    harmed: str
    harm: tuple[Kind, float]

    @property
    def name(self) -> str:
        return f"{self.system} {self.kind.value} {self.root} {self.seed}"


@dataclass(frozen=True, slots=True)
class Record:
    """The telemetry of one run; times are simulated seconds."""

    series: Mapping[SeriesKey, Series]
    topology: Topology


def incidents_of(system: str, seed: int) -> list[Incident]:
    """One of each kind of fault that the system can have, with a place for each arm's action."""
    chance = random.Random(f"verification {system} {seed}")
    parts = sorted(system_named(system).components)
    incidents = []
    for kind in Kind:
        roots = targets(system, kind)
        if not roots or kind is Kind.CLOCK_SKEW:  # alters times, which no metric shows
            continue
        root = chance.choice(roots)
        possible = [(h, at) for h in HARM for at in targets(system, h[0]) if h[0] is not kind]
        harm, harmed = chance.choice(possible)
        incidents.append(
            Incident(
                system=system,
                kind=kind,
                root=root,
                seed=seed,
                acted=round(chance.uniform(*ACTED_S), 1),
                other=chance.choice([part for part in parts if part != root]),
                harmed=harmed,
                harm=harm,
            )
        )
    return incidents


def record(incident: Incident, arm: Arm) -> Record:
    """One run."""
    system = system_named(incident.system)
    sink = Summaries(
        {name: part.role.value for name, part in system.components.items()}, INTERVAL_S
    )
    faults = list(_faults(incident, arm))
    check_faults(system, faults)
    simulate(
        system, seed=incident.seed, seconds=SECONDS, faults=faults, sink=sink, interval=INTERVAL_S
    )
    values: dict[SeriesKey, list[tuple[float, float]]] = {}
    for row in sink.rows(SECONDS):
        values.setdefault(SeriesKey(row.component, row.metric), []).append((row.at, row.value))
    series = {
        key: Series(np.array([at for at, _ in rows]), np.array([value for _, value in rows]))
        for key, rows in values.items()
    }
    return Record(series, Topology(tuple(system.components), _calls(incident.system)))


def _faults(incident: Incident, arm: Arm) -> Iterator[Fault]:
    cured = arm in (Arm.CURED, Arm.CURED_HARMFUL)
    end = incident.acted if cured else SECONDS
    if arm is Arm.NORMAL:
        return
    leaks = incident.kind is Kind.MEMORY_LEAK
    yield Fault(
        kind=incident.kind,
        target=incident.root,
        onset=ONSET_S,
        duration=end - ONSET_S,
        intensity=LEAKED_PER_S * (end - ONSET_S) if leaks else None,
    )
    left = SECONDS - incident.acted
    if cured and leaks:  # what leaked stays until a restart
        yield Fault(kind=Kind.CRASH, target=incident.root, onset=incident.acted, duration=RESTART_S)
    if arm is Arm.RESTART:
        yield Fault(
            kind=Kind.CRASH, target=incident.other, onset=incident.acted, duration=RESTART_S
        )
    elif arm in (Arm.HARMFUL, Arm.CURED_HARMFUL):
        kind, level = incident.harm
        yield Fault(
            kind=kind, target=incident.harmed, onset=incident.acted, duration=left, intensity=level
        )


def _calls(system: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        sorted(
            {
                (name, call.component)
                for name, part in system_named(system).components.items()
                for operation in part.operations.values()
                for call in operation.calls
                if call.component != name
            }
        )
    )


def arms_of(number: int) -> Sequence[Arm]:
    """The arms that are run of the incident with that number: the third by turns."""
    third = (Arm.HARMFUL, Arm.CURED_HARMFUL, Arm.RESTART)[number % 3]
    return Arm.CURED, Arm.UNCURED, third
