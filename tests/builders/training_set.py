"""What labelled incidents keep of incidents: two problems that look alike, and the victims of
both."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from labo.domain.diagnosis.classification.feature_vectors import feature_vectors
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample
from tests.builders.problems import a_server

DISK, QUEUE = "slow disk", "full queue"
MOVED: Mapping[str, Mapping[str, float]] = {
    DISK: {"latency": 9.0, "errors": 6.0, "disk": 8.0, "disk~top": 9.0, "iowait": 5.0},
    QUEUE: {"latency": 9.0, "errors": 6.0, "queue": 8.0, "queue~trend": 7.0},
    NON_ROOT: {"latency": 9.0, "errors": 6.0},
}
"""What all share tells nothing apart: the victims of either problem are slow, and fail, as well."""


def a_training_example(
    title: str, *, role: str = "database", seed: int | None = None
) -> TrainingExample:
    """A component with this problem, or an affected component; by `seed` a little stronger or
    weaker."""
    rng = np.random.default_rng(seed)
    features = {
        feature: value if seed is None else round(value + float(rng.uniform(-1, 1)), 2)
        for feature, value in MOVED[title].items()
    }
    return TrainingExample(role, title, features)


def look_alikes(causes: int = 15, affected: int = 60) -> list[TrainingExample]:
    """So many of each problem, and so many victims."""
    made = [a_training_example(title, seed=i) for title in (DISK, QUEUE) for i in range(causes)]
    return made + [a_training_example(NON_ROOT, seed=100 + i) for i in range(affected)]


def server_training_set(*causes: str) -> list[TrainingExample]:
    """What eight labelled incidents of each problem show: the cause, and a calm component beside
    it."""
    made = []
    for seed in range(8):
        for problem in causes:
            cause, calm = a_server([problem], seed=100 + seed), a_server([], seed=200 + seed)
            made += [
                TrainingExample("database", problem, feature_vectors(cause, ["server"])["server"]),
                TrainingExample("database", NON_ROOT, feature_vectors(calm, ["server"])["server"]),
            ]
    return made
