"""Made-up systems of many components: is the right problem named on the right component?

The components of the labelled incidents and of the unseen incidents have other names, and the
faults sit on other ones of the same role; callers suffer from what they call.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from benchmarks.identification_cases import START, knowledge_of, labelled_incident_of
from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.series import (
    Case,
    FloatArray,
    Series,
    SeriesKey,
    Topology,
    Window,
)
from labo.domain.knowledge.knowledge import Knowledge

SEEDS = tuple(range(5))
TRIES = 3
BEFORE, DURING = 300, 60
ROLES = {
    "web": "service",
    "shop": "service",
    "stock": "service",
    "search": "service",
    "orders": "database",
    "items": "database",
    "pages": "cache",
    "sessions": "cache",
}
CALLS = (
    ("web", "shop"),
    ("web", "search"),
    ("web", "sessions"),
    ("shop", "orders"),
    ("shop", "stock"),
    ("stock", "items"),
    ("search", "items"),
    ("search", "pages"),
)
METRICS = (
    "latency",
    "cpu",
    "memory",
    "reads",
    "writes",
    "locks",
    "connections",
    "hits",
    "threads",
    "sent",
)
PROBLEMS_PER_ROLE = 3


def score_calls() -> tuple[str, ...]:
    """The result as a remark on the table of single servers."""
    right = localised = total = 0
    for seed in SEEDS:
        known = _learnt(seed)
        for component, role in ROLES.items():
            if component == "web":
                continue
            for number in range(PROBLEMS_PER_ROLE):
                for attempt in range(1, TRIES + 1):
                    name = f"{role} problem {number}"
                    case = _case(seed, component, number, attempt)
                    found = analyse(case, known).suspects
                    total += 1
                    localised += bool(found) and found[0].component == _renamed(component, attempt)
                    right += (
                        bool(found)
                        and found[0].component == _renamed(component, attempt)
                        and found[0].problem == name
                    )
    return (
        f"Systems of {len(ROLES)} components with {len(METRICS)} metrics each, "
        f"{PROBLEMS_PER_ROLE} problems a role, one labelled incident each, then {total} "
        f"incidents on components of other names: problem and component right "
        f"{right / total:.3f}, the component alone {localised / total:.3f}.",
    )


def _learnt(seed: int) -> Knowledge:
    components = {role: component for component, role in ROLES.items() if component != "web"}
    labelled_incidents = []
    for role, component in sorted(components.items()):
        for number in range(PROBLEMS_PER_ROLE):
            case = _case(seed, component, number, 0)
            labelled_incidents.append(
                labelled_incident_of(case, _renamed(component, 0), f"{role} problem {number}")
            )
    return knowledge_of(labelled_incidents)


def _renamed(component: str, attempt: int) -> str:
    return component if component == "web" else f"{component}-{attempt}"


def _signature(seed: int, role: str, number: int) -> Mapping[str, float]:
    """How a problem moves its component's metrics, as factors."""
    rng = np.random.default_rng([3, seed, sorted(set(ROLES.values())).index(role), number])
    moved = rng.choice(len(METRICS) - 1, 4, replace=False) + 1
    factors = {METRICS[i]: float(rng.choice([0.5, 0.7, 1.5, 2.0, 3.0])) for i in moved}
    return {"latency": float(rng.uniform(2.0, 5.0)), **factors}


def _case(seed: int, component: str, number: int, attempt: int) -> Case:
    index = list(ROLES).index(component)
    rng = np.random.default_rng([seed, index, number, attempt])
    times = START + np.arange(BEFORE + DURING, dtype=np.float64)
    strength = rng.uniform(0.6, 1.4)
    factors = {
        metric: 1 + (factor - 1) * strength
        for metric, factor in _signature(seed, ROLES[component], number).items()
    }
    shown = _suffering(component, factors["latency"])
    series = {}
    for name in ROLES:
        for i, metric in enumerate(METRICS):
            own = factors.get(metric, 1.0) if name == component else 1.0
            if metric == "latency":
                own = shown.get(name, 1.0)
            values = _series(rng, 10.0 ** (i % 5), own)
            series[SeriesKey(_renamed(name, attempt), metric)] = Series(times, values)
    return Case(
        name=f"{component}-{number}-{attempt}",
        target="web",
        symptom=Window(_at(BEFORE), _at(BEFORE + DURING)),
        baseline=Window(_at(0), _at(BEFORE)),
        topology=Topology(
            tuple(_renamed(name, attempt) for name in ROLES),
            tuple((_renamed(a, attempt), _renamed(b, attempt)) for a, b in CALLS),
        ),
        series=series,
        metric="latency",
        roles={_renamed(name, attempt): role for name, role in ROLES.items()},
    )


def _suffering(component: str, factor: float) -> dict[str, float]:
    """Latency factors: a caller gets part of what it calls, less at each step."""
    found, level = {component: factor}, {component}
    while level:
        level = {caller for caller, callee in CALLS if callee in level} - found.keys()
        factor = 1 + (factor - 1) * 0.7
        found |= dict.fromkeys(level, factor)
    return found


def _series(rng: np.random.Generator, unit: float, factor: float) -> FloatArray:
    values = unit * (1 + 0.1 * rng.standard_normal(BEFORE + DURING))
    values[BEFORE:] *= factor
    return np.asarray(values, dtype=np.float64)


def _at(second: int) -> datetime:
    return datetime.fromtimestamp(START + second, UTC)
