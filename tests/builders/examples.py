"""What lessons keep of incidents: two problems that look alike, and the victims of both."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from labo.domain.diagnosis.classification.feature_vectors import patterns
from labo.domain.knowledge.experiences import BYSTANDER, Example
from tests.builders.problems import a_server

DISK, QUEUE = "slow disk", "full queue"
MOVED: Mapping[str, Mapping[str, float]] = {
    DISK: {"latency": 9.0, "errors": 6.0, "disk": 8.0, "disk~top": 9.0, "iowait": 5.0},
    QUEUE: {"latency": 9.0, "errors": 6.0, "queue": 8.0, "queue~trend": 7.0},
    BYSTANDER: {"latency": 9.0, "errors": 6.0},
}
"""What all share tells nothing apart: the victims of either problem are slow, and fail, as well."""


def an_example(title: str, *, role: str = "database", seed: int | None = None) -> Example:
    """A component with this problem, or a victim; by `seed` a little stronger or weaker."""
    rng = np.random.default_rng(seed)
    pattern = {
        feature: value if seed is None else round(value + float(rng.uniform(-1, 1)), 2)
        for feature, value in MOVED[title].items()
    }
    return Example(role, title, pattern)


def look_alikes(causes: int = 15, bystanders: int = 60) -> list[Example]:
    """So many of each problem, and so many victims."""
    made = [an_example(title, seed=i) for title in (DISK, QUEUE) for i in range(causes)]
    return made + [an_example(BYSTANDER, seed=100 + i) for i in range(bystanders)]


def server_examples(*causes: str) -> list[Example]:
    """What eight lessons of each problem show: the cause, and a calm component beside it."""
    made = []
    for seed in range(8):
        for problem in causes:
            cause, calm = a_server([problem], seed=100 + seed), a_server([], seed=200 + seed)
            made += [
                Example("database", problem, patterns(cause, ["server"])["server"]),
                Example("database", BYSTANDER, patterns(calm, ["server"])["server"]),
            ]
    return made
