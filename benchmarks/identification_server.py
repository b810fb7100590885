"""A made-up database server: ten problems act on its resources, ninety metrics show them.

Nothing here comes from a data set. A problem changes what the server is asked to do; queues and
caches carry that on to everything else, so that metrics are correlated, problems overlap, and the
same problem at another load looks different. Two servers of different seeds share no formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

FloatArray = npt.NDArray[np.float64]

PROBLEMS = (
    "cpu saturation",
    "disk saturation",
    "lock contention",
    "network congestion",
    "backup",
    "restore",
    "log flush",
    "workload spike",
    "poor query",
    "needless index",
)
FACTORS = (
    "throughput",
    "latency",
    "running",
    "cpu_server",
    "cpu_all",
    "io_wait",
    "disk_reads",
    "disk_writes",
    "disk_all",
    "net_in",
    "net_out",
    "lock_waits",
    "rows_read",
    "rows_written",
    "dirty_pages",
    "log_bytes",
    "temporary",
    "switches",
    "cache_misses",
    "idle",
)


ASKED = (
    "cpu",
    "disk",
    "locks",
    "net",
    "scan",
    "insert",
    "flush",
    "spike",
    "query",
    "index",
    "out",
)


@dataclass(frozen=True, slots=True)
class Level:
    """How hard it is: ranges are (low, high), drawn log-uniformly per incident.

    A share of `erratic` metrics stands still, and jumps in every second incident, whatever it is.
    """

    name: str
    intensity: tuple[float, float]
    load: tuple[float, float]
    noise: float
    wander: float
    healthy_share: float
    erratic: float = 0.0
    normal_seconds: tuple[float, float] = (60.0, 150.0)
    symptom_seconds: tuple[float, float] = (30.0, 120.0)


LEVELS = (
    Level("steady", (0.8, 1.6), (0.9, 1.1), 0.5, 0.02, 0.0),
    Level("varied", (0.6, 1.8), (0.7, 1.4), 1.0, 0.05, 0.05),
    Level("wide", (0.4, 2.0), (0.5, 2.0), 1.0, 0.1, 0.1),
    Level("harsh", (0.3, 2.0), (0.4, 2.2), 2.0, 0.2, 0.2, normal_seconds=(30.0, 60.0)),
    Level("varied, erratic", (0.6, 1.8), (0.7, 1.4), 1.0, 0.05, 0.05, erratic=0.1),
)


@dataclass(frozen=True, slots=True, eq=False)
class Server:
    """One server's metrics: formulas over the factors, fixed by the seed; shape (metrics, ...)."""

    loadings: FloatArray
    curve: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    noise: FloatArray
    memory: FloatArray
    unit: FloatArray
    offset: FloatArray
    demand: FloatArray

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(f"m{i:02d}" for i in range(self.curve.size))


PLAIN, WHOLE, SPIKY, HEAVY, COUNTER, CONSTANT, ALONE, DRIFTING = range(8)


def make_server(seed: int, metrics: int = 90) -> Server:
    """A server whose metrics and whose ways to suffer from each problem follow from `seed`."""
    rng = np.random.default_rng([7, seed])
    count = len(FACTORS)
    loadings = np.zeros((metrics, count))
    for row in range(metrics):
        first, second = rng.choice(count, 2, replace=False)
        loadings[row, first] = 1.0
        loadings[row, second] = rng.choice([0.0, 0.0, rng.uniform(0.1, 0.7)])
    odds = [0.42, 0.16, 0.08, 0.08, 0.06, 0.08, 0.06, 0.06]
    return Server(
        loadings=loadings,
        curve=rng.integers(0, 4, metrics),
        kind=rng.choice(8, metrics, p=odds),
        noise=np.exp(rng.uniform(np.log(0.02), np.log(0.4), metrics)),
        memory=rng.uniform(0.0, 0.9, metrics),
        unit=10.0 ** rng.uniform(-3, 9, metrics),
        offset=rng.choice([0.0, 0.0, 1.0, 5.0], metrics),
        demand=np.exp(rng.normal(0, 0.25, (len(PROBLEMS), 12))),
    )


def _wave(rng: np.random.Generator, seconds: int, memory: float, size: float) -> FloatArray:
    """exp of a stationary autoregressive walk of standard deviation `size`."""
    steps = rng.normal(0, size * np.sqrt(1 - memory**2), seconds)
    steps[0] = rng.normal(0, size)
    out: FloatArray = np.exp(lfilter([1.0], [1.0, -memory], steps))
    return out


def _demands(
    server: Server, active: Mapping[int, float], shape: FloatArray, wobble: FloatArray
) -> dict[str, FloatArray]:
    """What the problems ask of the server, second by second."""
    asked = {name: np.zeros(shape.size) for name in ASKED}
    pulls: tuple[dict[str, float], ...] = (
        {"cpu": 0.8},
        {"disk": 0.8},
        {"locks": 1.5},
        {"net": 3.0},
        {"scan": 1.2, "out": 1.5, "cpu": 0.1, "disk": 0.2},
        {"insert": 1.6, "cpu": 0.1, "locks": 0.3},
        {"flush": 1.5, "disk": 0.2},
        {"spike": 1.3},
        {"query": 1.0, "scan": 0.2},
        {"index": 1.2, "insert": 0.15},
    )
    for problem, intensity in active.items():
        for index, (name, pull) in enumerate(pulls[problem].items()):
            asked[name] += (
                pull * intensity * server.demand[problem, index] * wobble[problem, index] * shape
            )
    return asked


def _factors(
    load: FloatArray, asked: Mapping[str, FloatArray], drift: Sequence[FloatArray]
) -> FloatArray:
    """The resources under that load: shape (factors, seconds)."""
    offered = load * (1 + asked["spike"])
    write_cost = 1 + 0.8 * asked["index"]
    cpu = offered * (0.3 + 0.08 * asked["index"]) + 0.35 * asked["query"] + 0.1 * asked["insert"]
    cpu_all = (cpu + 0.6 * asked["cpu"] + 0.03) * drift[0]
    disk = 0.12 * offered * write_cost + 0.4 * asked["scan"] + 0.35 * asked["insert"]
    disk += 0.6 * asked["flush"]
    disk_all = (disk + 0.7 * asked["disk"] + 0.03) * drift[1]
    waits = (0.05 + asked["locks"]) * offered * drift[2]
    latency = _latency(cpu_all, disk_all, waits, write_cost, asked)
    done = offered / (1 + np.maximum(0.0, latency - 1) * 0.45)
    share = done / np.maximum(offered, 1e-9)
    misses = 0.05 + 0.05 * done + 0.6 * asked["scan"] + 0.2 * asked["query"]
    rows = [
        done,
        latency,
        latency * offered * 0.5 + 0.3 * asked["query"] + 0.1,
        np.minimum(cpu * share, 1.0) + 0.02,
        np.minimum(cpu_all, 1.0),
        0.02 + 0.5 * np.minimum(disk_all, 1.0) * (1 - np.minimum(cpu_all, 0.9)),
        0.1 * done + 0.8 * asked["scan"] * drift[3] + 0.3 * misses,
        0.2 * done * write_cost + asked["insert"] + asked["flush"] + 0.02,
        np.minimum(disk_all, 1.2),
        0.5 * done * (1 - 0.1 * asked["net"] / (1 + asked["net"])) + 0.8 * asked["insert"] + 0.02,
        done + 1.2 * asked["out"] + 0.02,
        waits + 0.02 * asked["insert"],
        done * drift[4] + 3 * asked["query"] + 1.5 * asked["scan"],
        0.4 * done * write_cost + 1.2 * asked["insert"] + 0.02,
        (0.3 + 0.3 * done * write_cost + 0.6 * asked["insert"]) / (1 + 1.2 * asked["flush"]),
        0.3 * done * write_cost + asked["insert"] + 0.3 * asked["flush"] + 0.02,
        0.1 + 0.05 * done + 0.8 * asked["query"],
        0.5 * done + 0.3 * cpu_all + 0.5 * waits + 0.2,
        misses * drift[5],
        np.maximum(0.02, 1 - cpu_all - 0.3 * np.minimum(disk_all, 1.0)),
    ]
    return np.asarray(np.maximum(np.stack(rows), 1e-6), dtype=np.float64)


def _latency(
    cpu: FloatArray,
    disk: FloatArray,
    waits: FloatArray,
    write_cost: FloatArray,
    asked: Mapping[str, FloatArray],
) -> FloatArray:
    """What a request takes when both devices queue: 1 / (1 - utilisation^2) of each."""
    queue_cpu = 1 / (1 - np.minimum(cpu, 0.93) ** 2)
    queue_disk = 1 / (1 - np.minimum(disk, 0.93) ** 2)
    latency = 0.4 * queue_cpu * (1 + 0.3 * asked["query"]) + 0.4 * queue_disk * write_cost
    return np.asarray(latency + 0.6 * waits + 0.25 * asked["net"], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """`values` (metrics, seconds); the symptom starts at second `onset` and ends at `end`."""

    values: FloatArray
    onset: int
    end: int
    problems: tuple[str, ...]


def record(server: Server, level: Level, problems: Sequence[int], seed: Sequence[int]) -> Recording:
    """One incident of these problems at an intensity, load and length of its own."""
    rng = np.random.default_rng(list(seed))

    def drawn(span: tuple[float, float]) -> float:
        return float(np.exp(rng.uniform(np.log(span[0]), np.log(span[1]))))

    onset, length = int(drawn(level.normal_seconds)), int(drawn(level.symptom_seconds))
    after = int(rng.integers(0, 30))
    seconds = onset + length + after
    shape = np.zeros(seconds)
    late = int(rng.uniform(0, level.healthy_share) * length)
    early = int(rng.uniform(0, level.healthy_share) * length / 2)
    shape[onset + late : onset + length - early] = 1.0
    shape *= np.clip(_wave(rng, seconds, 0.8, 0.2), 0.3, 2.0)
    load = drawn(level.load) * _wave(rng, seconds, 0.6, 0.08) * _wave(rng, seconds, 0.97, 0.05)
    drift = [_wave(rng, seconds, 0.98, level.wander) for _ in range(6)]
    wobble = np.exp(rng.normal(0, 0.2, (len(PROBLEMS), 4)))
    active = {problem: drawn(level.intensity) for problem in problems}
    factors = _factors(load, _demands(server, active, shape, wobble), drift)
    values = _measured(server, factors, level, rng)
    for row in range(round(level.erratic * len(values))):
        values[row] = server.unit[row]
        values[row, onset:] *= rng.choice([1.0, rng.choice([0.5, 2.0])])
    return Recording(values, onset, onset + length, tuple(PROBLEMS[p] for p in problems))


def _measured(
    server: Server, factors: FloatArray, level: Level, rng: np.random.Generator
) -> FloatArray:
    """What the metrics read: a curve over the factors, with each metric's own noise."""
    seconds = factors.shape[1]
    raw = server.loadings @ factors
    curves = [raw, np.sqrt(raw), np.log1p(3 * raw), raw / (0.5 + raw)]
    clean = np.choose(server.curve[:, None], curves)
    rows = []
    for row, kind in enumerate(server.kind):
        noise = server.noise[row] * level.noise
        own = clean[row] if kind != ALONE else np.full(seconds, 0.5)
        if kind == DRIFTING:
            own = own * _wave(rng, seconds, 0.99, 0.1 + level.wander)
        values = own * _wave(rng, seconds, server.memory[row], noise)
        if kind == HEAVY:
            values = values * (1 + noise * np.abs(rng.standard_t(2, seconds)))
        if kind == SPIKY:
            values = values + own.mean() * 5 * (rng.random(seconds) < 0.04)
        rows.append(_shown(server, row, values, rng))
    return np.stack(rows)


def _shown(server: Server, row: int, values: FloatArray, rng: np.random.Generator) -> FloatArray:
    kind, unit = server.kind[row], server.unit[row]
    if kind == CONSTANT:
        return np.full(values.size, np.round(server.offset[row] * unit))
    if kind == WHOLE:
        return np.asarray(rng.poisson(values * 4), dtype=np.float64)
    if kind == COUNTER:
        return np.asarray(np.cumsum(np.round(values * 1000)), dtype=np.float64)
    return np.asarray((values + server.offset[row]) * unit, dtype=np.float64)
