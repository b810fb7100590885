"""Paired runs of every manipulation of a simulated system, made once and asked many times."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context

from engine.arm import ArmFault, ArmRequest, measurements, rows, treated
from engine.catalogue import load_system
from engine.description.model import System
from engine.faults.effects import EFFECTS as FAULTS
from engine.faults.effects import Kind
from engine.mechanisms.truth import related
from engine.telemetry.summaries import Row
from labo.domain.causality.cooccurrence import RelatedComponent
from labo.domain.causality.edges import Relation
from labo.domain.entities.keys import owner_and_metric
from labo.domain.lab.claims import SHOWN_FROM
from labo.domain.lab.design import Aim
from labo.domain.lab.manipulations import EFFECTS, MANIPULATIONS, claims, likes
from labo.domain.lab.paired_runs import Measurement, Observation
from labo.domain.lab.scenarios import EdgeUnderTest

PAIRS = 4
"""Of one experiment: an arm with the fault and one without, under the same seed."""
ROUNDS = 2
"""Experiments of each fault on each target, no two with the same seeds."""
SEEDS = 16
PROCESSES = 2
_METRICS = tuple({*(m.metric for m in MANIPULATIONS), *(suffix for suffix, _ in EFFECTS)})


@dataclass(frozen=True, slots=True)
class Plan:
    """How a system is run: seconds of simulated time."""

    system: str
    seconds: float
    onset: float
    interval: float


@dataclass(frozen=True, slots=True)
class Incident:
    """A run with a fault; `onsets` are seconds after the fault's by (component, metric, high)."""

    seed: int
    measurements: Mapping[str, Measurement]
    onsets: Mapping[tuple[str, str, bool], float]


@dataclass(frozen=True)
class Setup:
    """A fault on a target, the claims it may test, and its pairs, round by round."""

    fault: str
    target: str
    tests: tuple[EdgeUnderTest, ...]
    rounds: tuple[tuple[tuple[Observation, Observation], ...], ...]
    incidents: tuple[Incident, ...]

    @cached_property
    def aims(self) -> tuple[Aim, ...]:
        """Each claim once."""
        return tuple({test.edge: Aim(test.edge, likes(test)) for test in self.tests}.values())


@dataclass(frozen=True, slots=True)
class Bank:
    """All setups of one system; `related` are each component's neighbours, as Labo has them."""

    plan: Plan
    described: System
    related: Mapping[str, Sequence[RelatedComponent]]
    setups: tuple[Setup, ...]


def build(
    plan: Plan,
    only: Collection[tuple[str, str]] | None = None,
    rounds: int = ROUNDS,
    processes: int = PROCESSES,
) -> Bank:
    """Run everything, or `only` these faults on their targets, in so many `processes`."""
    described = load_system(plan.system)
    related = related_components(described)
    healthy = ran(plan, [(None, "", seed) for seed in range(SEEDS)], processes)
    wanted = [
        one
        for one in _setups(described, related, _metrics(healthy.values()))
        if only is None or one[:2] in only
    ]
    seeds = [_seeds(number)[: PAIRS * rounds] for number in range(len(wanted))]
    jobs = [(*one[:2], seed) for one, own in zip(wanted, seeds, strict=True) for seed in own]
    found = ran(plan, jobs, processes)
    setups = []
    for number, (fault, target, tests) in enumerate(wanted):
        incidents = tuple(found[fault, target, seed] for seed in seeds[number])
        pairs = [(_seen(one), _seen(healthy[None, "", one.seed])) for one in incidents]
        parts = tuple(tuple(pairs[i * PAIRS : (i + 1) * PAIRS]) for i in range(rounds))
        setups.append(Setup(fault, target, tests, parts, incidents))
    return Bank(plan, described, related, tuple(setups))


def _seen(incident: Incident) -> Observation:
    return Observation(incident.seed, incident.measurements)


Job = tuple[str | None, str, int]
"""Fault, if any, its target, and the seed."""


def ran(plan: Plan, jobs: Sequence[Job], processes: int = PROCESSES) -> dict[Job, Incident]:
    """Each run once."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found = pool.map(_run, [plan] * len(jobs), jobs, chunksize=8)
        return dict(zip(jobs, found, strict=True))


def _run(plan: Plan, job: Job) -> Incident:
    fault, target, seed = job
    faults = (ArmFault(kind=fault, target=target, at=plan.onset),) if fault else ()
    arm = ArmRequest(
        name="arm",
        system=plan.system,
        faults=faults,
        seconds=plan.seconds,
        onset=plan.onset,
        seeds=(seed,),
        interval=plan.interval,
    )
    series = [
        row
        for row in rows(arm, treated(arm, load_system(plan.system)), seed)
        if row.metric.endswith(_METRICS)
    ]
    read = {
        name: Measurement(**measurement)
        for name, measurement in measurements(series, plan.onset, plan.interval).items()
    }
    return Incident(seed, read, _onsets(series, read, plan))


def _onsets(
    series: Iterable[Row], read: Mapping[str, Measurement], plan: Plan
) -> dict[tuple[str, str, bool], float]:
    """When each symptom starts: the first of two consecutive intervals that deviate."""
    found: dict[tuple[str, str, bool], float] = {}
    last: dict[tuple[str, str], tuple[bool | None, float]] = {}
    for row in series:
        series_key = row.component, row.metric
        measurement = read.get(f"{row.component}:{row.metric}")
        if row.at < plan.onset or measurement is None or measurement.spread != measurement.spread:
            continue
        away = row.value - measurement.before
        high = None if not abs(away) >= SHOWN_FROM * measurement.spread or not away else away > 0
        before, at = last.get(series_key, (None, row.at))
        if high is not None and high == before:
            found.setdefault((*series_key, high), at - plan.onset)
        last[series_key] = high, row.at
    return found


def _seeds(number: int) -> list[int]:
    """Each setup takes its seeds from another position of the same sixteen."""
    count = PAIRS * ROUNDS
    return [(number * 5 + each) % SEEDS for each in range(count)]


def _metrics(runs: Iterable[Incident]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for run in runs:
        for name in run.measurements:
            component, metric = owner_and_metric(name)
            found.setdefault(component, set()).add(metric)
    return found


def _setups(
    described: System,
    related: Mapping[str, Sequence[RelatedComponent]],
    metrics: Mapping[str, set[str]],
) -> list[tuple[str, str, tuple[EdgeUnderTest, ...]]]:
    found = []
    for kind in Kind:
        for name, component in described.components.items():
            if FAULTS[kind].lacking(component) or _is_everywhere(kind, described, name):
                continue
            target = RelatedComponent(name, component.role.value, Relation.SAME)
            tests = tuple(claims(kind.value, target, related[name], metrics))
            if tests:
                found.append((kind.value, name, tests))
    return found


def _is_everywhere(kind: Kind, described: System, name: str) -> bool:
    """A spike comes in at the entries whatever its target is."""
    entries = {entry.component for entry in described.load.entries}
    return kind is Kind.TRAFFIC_SPIKE and name not in entries


def related_components(described: System) -> dict[str, list[RelatedComponent]]:
    """Where effects of a cause on each component may show."""
    return {
        name: [
            RelatedComponent(other, described.components[other].role.value, Relation(relation))
            for other, relation in near.items()
        ]
        for name, near in related(described).items()
    }
