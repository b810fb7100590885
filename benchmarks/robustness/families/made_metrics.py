"""Families made by hand with metrics: each second, a mesh, batch jobs, queues, a mobile app."""

from __future__ import annotations

import numpy as np

from benchmarks.robustness.families.made import Calls, built, callers_of, noisy, random_calls
from labo.domain.entities.series import Case, FloatArray

NORMAL_S, FAULT_S = 600, 180
MINUTES, FAULTY_MINUTES = 240, 10
MB = 2.0**20


def seconds(number: int, is_faulty: bool, rng: np.random.Generator) -> Case:
    """Metrics each second in raw units. Either the root's processor or its memory rises steadily;
    who calls it gets slower with every hop less so, and some seconds later."""
    names, calls = random_calls(rng)
    root = str(rng.choice(names[3:]))
    size = NORMAL_S + FAULT_S
    values = {}
    for name in names:
        values[name, "cpu"] = noisy(rng, size, rng.uniform(0.05, 2.0), 0.2)
        values[name, "memory_bytes"] = noisy(rng, size, rng.uniform(50, 800) * MB, 0.01, 0.98)
        values[name, "latency_p90"] = noisy(rng, size, rng.uniform(0.002, 0.3), 0.25)
        values[name, "requests"] = noisy(rng, size, rng.uniform(5, 400), 0.15)
    if is_faulty:
        own = ("cpu", "memory_bytes")[number % 2]
        ramp = np.minimum(1, np.arange(FAULT_S) / 20)
        values[root, own][NORMAL_S:] *= 1 + rng.uniform(0.5, 3) * ramp
        for name, hops in {root: 0, **callers_of(calls, root)}.items():
            late = NORMAL_S + 5 + 2 * hops
            values[name, "latency_p90"][late:] *= 1 + rng.uniform(1.5, 3) / (1 + hops)
    return built(
        f"seconds-{number}",
        names[0],
        root if is_faulty else "",
        (NORMAL_S, FAULT_S),
        calls=calls,
        values=values,
        metric="latency_p90",
    )


def mesh(number: int, is_faulty: bool, rng: np.random.Generator) -> Case:
    """Every service is called through a side-car, which alone measures latency; the service has
    processor, memory and packets, one of which the fault changes 2 to 30 times. Callers do more or
    less of the same, and their side-cars see the latency too."""
    names, direct = random_calls(rng)
    root = str(rng.choice(names[3:]))
    size, onset = (NORMAL_S + FAULT_S) // 5, NORMAL_S // 5
    values = {}
    calls: Calls = tuple((a, f"{b}-proxy") for a, b in direct)
    calls += tuple((f"{name}-proxy", name) for name in names)
    for name in names:
        values[name, "container_cpu"] = noisy(rng, size, rng.uniform(0.05, 2.0), 0.2)
        values[name, "container_memory"] = noisy(rng, size, rng.uniform(50, 800) * MB, 0.01, 0.98)
        values[name, "received_packets"] = noisy(rng, size, rng.uniform(100, 9000), 0.15)
        values[f"{name}-proxy", "request_duration_p90"] = noisy(rng, size, rng.uniform(2, 300), 0.3)
        values[f"{name}-proxy", "requests"] = noisy(rng, size, rng.uniform(5, 400), 0.15)
    if is_faulty:
        own = ("container_cpu", "container_memory", "received_packets")[number % 3]
        factor = np.exp(rng.uniform(np.log(2), np.log(30)))
        values[root, own][onset:] *= 1 / factor if own == "received_packets" else factor
        slow = rng.uniform(1, 5)
        for name, hops in {root: 0, **callers_of(direct, root)}.items():
            values[f"{name}-proxy", "request_duration_p90"][onset:] *= 1 + slow / (1 + hops)
            values[name, "container_cpu"][onset:] *= 1 + rng.uniform(0, 0.4)
    return built(
        f"mesh-{number}",
        f"{names[0]}-proxy",
        root if is_faulty else "",
        (NORMAL_S, FAULT_S),
        calls=calls,
        values=values,
        step=5.0,
        metric="request_duration_p90",
    )


def batch(number: int, is_faulty: bool, rng: np.random.Generator) -> Case:
    """Jobs run every half hour against stores that services use too. One job does not end any more
    and holds its store: the root is a caller of what the target depends on."""
    names, calls = random_calls(rng, "report")
    stores = names[-3:]
    size = MINUTES + FAULTY_MINUTES
    jobs = [f"job-{i}" for i in range(4)]
    values = {}
    used = {job: str(rng.choice(stores)) for job in jobs}
    running = {
        job: ((np.arange(size) + 7 * i) % 30 < 3).astype(float) for i, job in enumerate(jobs)
    }
    root = str(rng.choice(jobs))
    if is_faulty:
        running[root][MINUTES:] = 1.0
    for name in names:
        load = sum(running[job] for job in jobs if used[job] == name) + np.zeros(size)
        values[name, "cpu"] = noisy(rng, size, 0.3) * (1 + 0.5 * load)
        values[name, "latency"] = noisy(rng, size, rng.uniform(0.01, 0.2)) * (1 + 0.2 * load)
    for job in jobs:
        values[job, "running"] = running[job]
        values[job, "rows_written"] = noisy(rng, size, 5000, 0.3) * running[job]
        values[job, "runtime_s"] = _since_begin(running[job]) * 60
    if is_faulty:
        store = used[root]
        for name, hops in {store: 0, **callers_of(calls, store)}.items():
            values[name, "latency"][MINUTES + 2 :] *= 1 + 4 / (1 + hops)
    return built(
        f"batch-{number}",
        "report",
        root if is_faulty else "",
        (60.0 * MINUTES, 60.0 * FAULTY_MINUTES),
        calls=calls + tuple(used.items()),
        values=values,
        step=60.0,
        metric="latency",
    )


def _since_begin(running: FloatArray) -> FloatArray:
    """Steps since a job began, 0 while it does not run."""
    counted = np.zeros(running.size)
    for i in range(running.size):
        counted[i] = (counted[i - 1] + 1 if i else 1) if running[i] else 0
    return counted


def queues(number: int, is_faulty: bool, rng: np.random.Generator) -> Case:
    """Producers fill queues that workers empty. A worker slows down, or (every second time) its
    store does; the depth grows and the messages' age, which the target reports."""
    topics = [str(topic) for topic in rng.permutation(["orders", "mails", "images", "events"])]
    size = MINUTES + FAULTY_MINUTES
    values, calls = {}, [("status", topic) for topic in topics]
    for topic in topics:
        worker, store, rate = f"{topic}-worker", f"{topic}-store", rng.uniform(50, 5000)
        calls += [("web", topic), (worker, topic), (worker, store)]
        values[topic, "published"] = noisy(rng, size, rate)
        values[topic, "depth"] = noisy(rng, size, rate / 20, 0.4)
        values[topic, "oldest_age_s"] = noisy(rng, size, 2.0, 0.4)
        values[worker, "consumed"] = noisy(rng, size, rate)
        values[worker, "processing_s"] = noisy(rng, size, 0.05)
        values[store, "query_s"] = noisy(rng, size, 0.004)
        for name, level in ((worker, 0.4), (store, 0.2)):
            values[name, "cpu"] = noisy(rng, size, level)
    values["status", "delay_s"] = noisy(rng, size, 3.0, 0.3)
    topic = topics[0]
    root = f"{topic}-{('worker', 'store')[number % 2]}"
    if is_faulty:
        grown, depth = np.arange(1, FAULTY_MINUTES + 1), values[topic, "depth"]
        depth[MINUTES:] += 8 * depth[:MINUTES].mean() * grown
        values[topic, "oldest_age_s"][MINUTES:] += 30 * grown
        values["status", "delay_s"][MINUTES:] += 20 * grown
        values[f"{topic}-worker", "consumed"][MINUTES:] *= 0.6
        values[f"{topic}-worker", "processing_s"][MINUTES:] *= 2.5
        measured, factor = (("cpu", 2.0), ("query_s", 8.0))[number % 2]
        values[root, measured][MINUTES:] *= factor
    return built(
        f"queues-{number}",
        "status",
        root if is_faulty else "",
        (60.0 * MINUTES, 60.0 * FAULTY_MINUTES),
        calls=tuple(calls),
        values=values,
        step=60.0,
        metric="delay_s",
    )


def mobile(number: int, is_faulty: bool, rng: np.random.Generator) -> Case:
    """An app's back end with a daily wave of users: services behind an edge, and three providers
    that only the calls to them measure. Every second root is a provider."""
    size = MINUTES + FAULTY_MINUTES
    wave = 1 + 0.4 * np.sin(np.arange(size) / 90 + rng.uniform(0, 6))
    services = [str(name) for name in rng.permutation(["feed", "chat", "profile", "search", "pay"])]
    providers = ["maps", "push", "card"]
    calls = [("edge", name) for name in services]
    calls += [(services[i], provider) for i, provider in enumerate(providers)]
    calls += [(services[3], services[0]), (services[4], services[2])]
    values = {}
    for name in ("edge", *services):
        values[name, "requests"] = noisy(rng, size, rng.uniform(100, 9000)) * wave
        values[name, "error_ratio"] = noisy(rng, size, 0.002, 0.4)
        values[name, "latency_p95"] = noisy(rng, size, rng.uniform(20, 400)) * wave**0.3
        values[name, "cpu"] = noisy(rng, size, 0.3) * wave
    for name in providers:
        values[name, "call_duration"] = noisy(rng, size, rng.uniform(50, 600), 0.2)
        values[name, "call_error_ratio"] = noisy(rng, size, 0.004, 0.5)
    root = providers[number % 3] if number % 2 else services[number % 5]
    if is_faulty:
        duration, errors = (
            ("call_duration", "call_error_ratio") if number % 2 else ("latency_p95", "error_ratio")
        )
        values[root, duration][MINUTES:] *= 4
        values[root, errors][MINUTES:] *= 20
        for name, hops in callers_of(tuple(calls), root).items():
            values[name, "latency_p95"][MINUTES:] *= 1 + 2 / hops
            values[name, "error_ratio"][MINUTES:] *= 1 + 8 / hops
    return built(
        f"mobile-{number}",
        "edge",
        root if is_faulty else "",
        (60.0 * MINUTES, 60.0 * FAULTY_MINUTES),
        calls=tuple(calls),
        values=values,
        step=60.0,
        metric="error_ratio",
    )
