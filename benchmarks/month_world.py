"""A simulated system over weeks, minute by minute: what is normal in it, and faults on request.

Each component has a load with a shape of the day, week-ends and noise that lasts; what it shows
follows from the load: waiting by utilisation, quantiles and error ratios of as many requests as
there were, CPU, memory. Some run jobs, nightly, on workdays, weekly or hourly, that start and last
a little differently each time. Deploys restart a component on workdays: no values for a minute or
more, cold caches, memory anew, and from then on slightly other levels. All of this is normal.

The figures are guesses at a shop of some size, made before any detector was run on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from benchmarks.month_faults import Effects, Fault
from labo.domain.entities.series import FloatArray, Series, SeriesKey

MINUTE = 60.0
DAY = 1_440
COMPONENTS = 50
START = 1_767_571_200.0
"""Epoch seconds of minute 0: a Monday, 00:00 UTC."""

RATE = "http.server.request.rate"
P50, P95 = "http.server.request.duration.p50", "http.server.request.duration.p95"
ERRORS = "http.server.request.error_ratio"
CPU, MEMORY = "process.cpu.utilization", "process.memory.usage"


@dataclass(frozen=True, slots=True)
class Job:
    """`start` and `length` in minutes of the day; `days` of the week, 0 is Monday."""

    start: int
    length: int
    days: frozenset[int]
    load: float


@dataclass(frozen=True, slots=True)
class Component:
    """`base` requests a minute at full load; `quantile_noise` of a duration's distribution."""

    name: str
    calls: tuple[int, ...]
    base: float
    duration: float
    utilisation: float
    memory: float
    phase: float
    depth: float
    week_end: float
    tail: float
    error_ratio: float
    jobs: tuple[Job, ...] = field(default=())


def components(rng: np.random.Generator) -> list[Component]:
    """Callers come before what they call."""
    found = []
    for i in range(COMPONENTS):
        deeper = np.arange(i + 1, COMPONENTS)
        count = min(deeper.size, int(rng.integers(1, 4)))
        near = deeper[: max(count, 12)]
        calls = tuple(sorted(rng.choice(near, count, replace=False).tolist())) if count else ()
        found.append(
            Component(
                name=f"service-{i:02}",
                calls=calls,
                base=float(10 ** rng.uniform(0.7, 3.7)),
                duration=float(10 ** rng.uniform(-2.5, -0.3)),
                utilisation=float(rng.uniform(0.15, 0.6)),
                memory=float(10 ** rng.uniform(7.5, 9.5)),
                phase=float(rng.normal(14.0, 1.5)),
                depth=float(rng.uniform(0.3, 0.9)),
                week_end=float(rng.uniform(0.35, 1.1)),
                tail=float(rng.uniform(0.4, 1.1)),
                error_ratio=float(10 ** rng.uniform(-4.5, -2.3)),
                jobs=tuple(_jobs(rng, i)),
            )
        )
    return found


def _jobs(rng: np.random.Generator, i: int) -> Iterator[Job]:
    every, workdays = frozenset(range(7)), frozenset(range(5))
    load = float(rng.uniform(0.15, 0.5))
    if i % 5 == 0:
        start, length = int(rng.integers(0, 360)), int(rng.integers(8, 90))
        yield Job(start, length, every if i % 10 == 0 else workdays, load)
    if i % 17 == 3:
        yield Job(int(rng.integers(0, 360)), int(rng.integers(20, 150)), frozenset({6}), load)
    if i % 17 == 9:
        minute = int(rng.integers(0, 60))
        for hour in range(24):
            yield Job(hour * 60 + minute, 6, every, load / 2)


def lasting_noise(rng: np.random.Generator, count: int, memory: float) -> FloatArray:
    """Of standard deviation 1, first-order autoregressive; a tenth of its shocks have a Student-t
    distribution with 3 degrees of freedom."""
    from scipy.signal import lfilter

    shocks = np.where(rng.random(count) < 0.1, rng.standard_t(3, count), rng.standard_normal(count))
    found: FloatArray = lfilter([np.sqrt(1 - memory**2)], [1, -memory], shocks)
    return found


class World:
    """`days` of a system that `seed` determines; `series` are of one component at a time."""

    def __init__(self, seed: int, days: int) -> None:
        self.seed, self.minutes = seed, days * DAY
        self.components = components(np.random.default_rng([seed, 0]))

    @property
    def neighbours(self) -> dict[str, frozenset[str]]:
        """Components by those that call them or are called."""
        found: dict[str, set[str]] = {one.name: set() for one in self.components}
        for one in self.components:
            for callee in one.calls:
                found[one.name].add(self.components[callee].name)
                found[self.components[callee].name].add(one.name)
        return {name: frozenset(names) for name, names in found.items()}

    def series(self, i: int, fault: Fault | None = None) -> dict[SeriesKey, Series]:
        """What component `i` shows; a fault elsewhere acts on it if it calls the other one."""
        one, count = self.components[i], self.minutes
        rng = np.random.default_rng([self.seed, 1, i])
        clock = np.arange(count, dtype=np.float64)
        effects = Effects(count)
        if fault is not None and fault.component == i:
            effects.apply(fault)
        elif fault is not None and fault.component in one.calls:
            effects.apply_to_caller(fault)
        wander = np.exp(0.06 * lasting_noise(rng, count, 0.98))
        load = _shape(one, clock) * wander * effects.traffic
        busy = np.zeros(count)
        for job in one.jobs:
            busy += _busy(rng, job, count)
        levels, cold, is_gone = _deploys(rng, count)
        used = (one.utilisation * load + busy + effects.taken) / effects.capacity
        waiting = 1.0 / np.clip(1.0 - used, 0.05, None)
        slow = one.duration * levels * cold * waiting * effects.duration
        slow *= np.exp(0.05 * lasting_noise(rng, count, 0.8))
        shown = _requests(rng, one, load, slow, effects)
        idle = 0.02 + 0.015 * lasting_noise(rng, count, 0.5) + 0.05 * (rng.random(count) < 0.01)
        shown[CPU] = np.clip(idle + used, 0.0, 1.0)
        shown[MEMORY] = _memory(rng, one, load, is_gone) * effects.memory
        is_there = ~(is_gone | effects.gone)
        times: FloatArray = START + clock * MINUTE
        return {
            SeriesKey(one.name, metric): Series(times[is_there], values[is_there])
            for metric, values in shown.items()
        }


def _requests(
    rng: np.random.Generator,
    one: Component,
    load: FloatArray,
    slow: FloatArray,
    effects: Effects,
) -> dict[str, FloatArray]:
    """Rate, quantiles and error ratio of the requests that there were; unknown without any."""
    requests = rng.poisson(one.base * load).astype(np.float64)
    shown: dict[str, FloatArray] = {RATE: requests / MINUTE}
    sample = np.sqrt(np.maximum(requests, 1.0))
    for metric, z, noise in ((P50, 0.0, 0.6), (P95, 1.64, 1.0)):
        spread = noise * one.tail / sample * rng.standard_normal(load.size) * 1.25
        values = slow * np.exp(one.tail * z + spread) * (effects.tail if z else 1.0)
        shown[metric] = np.where(requests > 0, values, np.nan)
    ratio = np.clip(one.error_ratio * _bursts(rng, load.size) + effects.errors, 0.0, 1.0)
    failed = rng.binomial(requests.astype(np.int64), ratio)
    shown[ERRORS] = np.where(requests > 0, failed / np.maximum(requests, 1.0), np.nan)
    return shown


def _shape(one: Component, clock: FloatArray) -> FloatArray:
    """The share of full load by the time of the day and the week."""
    hours = clock % DAY / 60.0
    day = (1 + np.cos(2 * np.pi * (hours - one.phase) / 24)) / 2
    daily = 1 - one.depth + one.depth * day**1.5
    found: FloatArray = daily * np.where(clock // DAY % 7 >= 5, one.week_end, 1.0)
    return found


def _busy(rng: np.random.Generator, job: Job, count: int) -> FloatArray:
    """What a job takes of the capacity; it is some minutes late and lasts about as long."""
    found = np.zeros(count)
    for day in range(count // DAY):
        late, longer = rng.exponential(1.5), rng.lognormal(0.0, 0.12)
        load = job.load * rng.lognormal(0.0, 0.08)
        if day % 7 in job.days:
            start = day * DAY + job.start + int(late)
            end = start + max(2, round(job.length * longer))
            found[start:end] += load * rng.lognormal(0.0, 0.05, found[start:end].size)
    return found


def _deploys(
    rng: np.random.Generator, count: int
) -> tuple[FloatArray, FloatArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Levels of duration (small shifts that stay), slowness while caches are cold, and restarts."""
    levels, cold, is_gone = np.ones(count), np.ones(count), np.zeros(count, dtype=bool)
    for day in range(count // DAY):
        chance, moment = rng.random(), int(rng.integers(9 * 60, 17 * 60))
        gap, shift, worse = int(rng.integers(1, 4)), rng.normal(0.0, 0.05), rng.uniform(1.2, 2.5)
        if day % 7 >= 5 or chance > 0.25:
            continue
        at = day * DAY + moment
        is_gone[at : at + gap] = True
        levels[at:] *= np.exp(shift)
        rest = np.arange(count - at - gap)[:20]
        cold[at + gap : at + gap + rest.size] *= 1 + (worse - 1) * np.exp(-rest / 2.0)
    return levels, cold, is_gone


def _bursts(rng: np.random.Generator, count: int) -> FloatArray:
    """Factors of the error ratio: seldom, for a minute or two, many times as large."""
    found = np.ones(count)
    for at in np.flatnonzero(rng.random(count) < 1 / (3 * DAY)):
        found[at : at + int(rng.integers(1, 3))] = rng.uniform(5, 50)
    return found


def _memory(
    rng: np.random.Generator,
    one: Component,
    load: FloatArray,
    is_gone: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> FloatArray:
    """A level that fills within hours of a start, wanders with load, and a collector's saw."""
    started = np.maximum.accumulate(np.where(is_gone, np.arange(load.size), -3 * DAY))
    age = np.arange(load.size) - started
    filled = 0.6 + 0.4 * (1 - np.exp(-age / 240.0))
    saw = 0.04 * (age % 37) / 37
    noise = 0.01 * lasting_noise(rng, load.size, 0.95)
    found: FloatArray = one.memory * (filled + 0.1 * (load - 0.5) + saw + noise)
    return found
