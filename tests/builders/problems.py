"""A component with many metrics, the problems it can have, and what their labelled incidents
leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from labo.domain.diagnosis.classification.fingerprint import fingerprint
from labo.domain.entities.series import Case, Series, SeriesKey, Topology
from labo.domain.knowledge.experiences import LabelledIncident
from labo.domain.knowledge.knowledge import Knowledge, KnownProblem
from labo.domain.knowledge.signatures import Signature
from labo.domain.learning.increments import increments
from tests.builders.cases import ONSET, a_window

METRICS = tuple(f"metric{i}" for i in range(12))
UNITS = 10.0 ** np.arange(-4, 8)
SHAPES: Mapping[str, Mapping[str, float]] = {
    "slow disk": {"metric0": 6.0, "metric1": 4.0, "metric2": -5.0},
    "hot lock": {"metric2": 5.0, "metric3": 7.0, "metric4": 3.0},
    "long query": {"metric5": 6.0, "metric6": -4.0, "metric0": 3.0},
}
"""Shifts in units of the metric's interquartile range."""


def a_server(
    problems: Sequence[str],
    *,
    seed: int = 1,
    name: str = "server",
    strength: float = 1.0,
    role: str = "database",
) -> Case:
    """One component with twelve metrics; each problem shifts its own, `strength` times."""
    rng = np.random.default_rng(seed)
    times = ONSET + np.arange(-120.0, 60.0)
    series = {}
    for place, metric in enumerate(METRICS):
        values = 100.0 + rng.standard_normal(times.size) / 1.35
        shift = sum(SHAPES[problem].get(metric, 0.0) for problem in problems)
        values[times >= ONSET] += strength * shift
        series[SeriesKey(name, metric)] = Series(times, values * UNITS[place])
    return Case(
        name="-".join(problems) or "calm",
        target=name,
        symptom=a_window(ONSET, ONSET + 60),
        baseline=a_window(ONSET - 120, ONSET),
        topology=Topology((name,), ()),
        series=series,
        roles={name: role},
    )


def a_labelled_incident(problem: str, *, seed: int = 7, name: str = "teacher") -> LabelledIncident:
    """What one labelled incident of `problem` teaches."""
    case = a_server([problem], seed=seed, name=name)
    return LabelledIncident(problem, problem, "database", name, fingerprint(case, name))


def known_problem(labelled_incidents: Sequence[LabelledIncident]) -> KnownProblem:
    """What the labelled incidents of one problem add up to."""
    sums: dict[str, Signature] = {}
    for more in (
        link for labelled_incident in labelled_incidents for link in increments(labelled_incident)
    ):
        sums[more.condition] = sums.get(more.condition, more.empty) + more
    first = labelled_incidents[0]
    return KnownProblem(first.problem, first.title, first.role, conditions=tuple(sums.values()))


def known(*problems: str) -> Knowledge:
    """One labelled incident of each problem; of all when none is named."""
    named = problems or tuple(SHAPES)
    return Knowledge(
        tuple(known_problem([a_labelled_incident(p, seed=i)]) for i, p in enumerate(named))
    )
