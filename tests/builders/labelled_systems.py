"""Small systems with one fault, and the labels that earlier faults left, for any number of them.

Noise is uniform, so that what is calm is within its interquartile range of the median for certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from labo.domain.diagnosis.classification.fingerprint import fingerprint
from labo.domain.entities.series import Case, Series, SeriesKey, Topology
from labo.domain.knowledge.experiences import LabelledIncident
from labo.domain.knowledge.knowledge import Knowledge
from tests.builders.cases import ONSET, a_window
from tests.builders.problems import known_problem

CALLS = (("web", "orders"), ("orders", "payments"), ("orders", "stock"), ("payments", "sqlite"))
ROLES = {"web": "service", "orders": "service", "payments": "service", "stock": "service"} | {
    "sqlite": "database"
}
METRICS = ("latency", "errors", "cpu", "threads")
FAULTS: Mapping[str, Mapping[str, float]] = {
    "raises": {"errors": 9.0, "latency": 4.0},
    "is slow": {"latency": 9.0, "threads": 6.0},
    "burns cpu": {"cpu": 9.0, "latency": 5.0},
    "leaks threads": {"threads": 9.0, "latency": 4.0},
}
"""How far each fault moves the metrics of its component, in interquartile ranges."""
PASSED_ON = ("latency", "errors")
"""What callers show of it."""
STEP, BEFORE, DURING = 10.0, 90, 15


def a_system(
    shifts: Mapping[str, Mapping[str, float]],
    *,
    seed: int = 1,
    calls: Sequence[tuple[str, str]] = CALLS,
    roles: Mapping[str, str] = ROLES,
    target: str = "web",
    prefix: str = "",
) -> Case:
    """Each component's metrics, moved by `shifts` (component → metric → interquartile ranges) from
    the onset on. `prefix` makes it another system's metrics."""
    rng = np.random.default_rng(seed)
    times = ONSET + STEP * np.arange(-BEFORE, DURING, dtype=np.float64)
    series = {}
    for name in sorted(roles):
        for metric in METRICS:
            values = 10.0 + rng.uniform(-1, 1, times.size)  # an interquartile range of 1
            values[times >= ONSET] += shifts.get(name, {}).get(metric, 0.0)
            series[SeriesKey(name, prefix + metric)] = Series(times, values)
    return Case(
        name="a system",
        target=target,
        symptom=a_window(ONSET, ONSET + STEP * DURING),
        baseline=a_window(times[0], ONSET),
        topology=Topology(tuple(sorted(roles)), tuple(calls)),
        series=series,
        roles=dict(roles),
    )


def a_fault(
    fault: str,
    component: str,
    *,
    seed: int = 1,
    passed_on: float = 0.6,
    strength: float = 1.0,
    prefix: str = "",
) -> Case:
    """A system with this fault on `component`; of each call to it, callers show a part."""
    shifts = {component: {m: strength * s for m, s in FAULTS[fault].items()}}
    part, at = strength * passed_on, component
    while callers := [caller for caller, callee in CALLS if callee == at]:
        at = callers[0]
        shown = FAULTS[fault]
        shifts[at] = {m: part * max(shown.get(m, 0.0), 4.0) for m in PASSED_ON if m in shown}
        part *= passed_on
    return a_system(shifts, seed=seed, prefix=prefix)


def a_label(fault: str, component: str, *, seed: int, prefix: str = "") -> LabelledIncident:
    """What is learnt when a person confirms that `fault` on `component` was the cause."""
    case = a_fault(fault, component, seed=seed, prefix=prefix)
    return a_label_of(case, fault, component)


def a_label_of(case: Case, fault: str, component: str) -> LabelledIncident:
    """The same of a given case, rightly or wrongly."""
    role = case.roles[component]
    z_scores = fingerprint(case, component)
    return LabelledIncident(f"{fault} on {role}", fault, role, component, z_scores)


def knowledge_of(labels: Sequence[LabelledIncident]) -> Knowledge:
    """What these labels leave."""
    by_problem: dict[str, list[LabelledIncident]] = {}
    for label in labels:
        by_problem.setdefault(label.problem, []).append(label)
    return Knowledge(tuple(known_problem(own) for _, own in sorted(by_problem.items())))
