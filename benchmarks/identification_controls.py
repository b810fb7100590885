"""Controls of the identification benchmark: the nearest labelled incident, in ten lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.identification_cases import labelled_incident_of
from benchmarks.identification_server import PROBLEMS
from labo.domain.entities.scale import expanded
from labo.domain.entities.series import Case
from labo.domain.knowledge.experiences import LabelledIncident

SEEN = 1.0
MISTAKEN = 0.08
"""Share of the incidents of known problems that may be called unknown."""

ZScores = Mapping[str, float]


def labelled(case: Case, problem: int) -> LabelledIncident:
    """The labelled incident of one problem."""
    return labelled_incident_of(case, case.target, PROBLEMS[problem])


def nearest(
    labelled_incidents: Sequence[LabelledIncident],
    unseen: Sequence[tuple[Case, int]],
    distance: Callable[[ZScores, ZScores], float],
) -> int:
    """How many it names rightly; it shares nothing with the model but the measurements."""
    right = 0
    for case, problem in unseen:
        read = labelled(case, problem).z_scores
        distances = [distance(read, one.z_scores) for one in labelled_incidents]
        right += int(np.argmin(distances)) == problem
    return right


def sign_distance(one: ZScores, other: ZScores) -> float:
    """How many metrics moved the other way, or only in one of the two."""
    return sum(_sign(one[m]) != _sign(other.get(m, 0.0)) for m in one)


def _sign(z_score: float) -> int:
    return 0 if abs(z_score) < SEEN else 1 if z_score > 0 else -1


def raw_distance(one: ZScores, other: ZScores) -> float:
    """The squared distance of the z-scores."""
    return sum((one[m] - other.get(m, 0.0)) ** 2 for m in one)


def log_distance(one: ZScores, other: ZScores) -> float:
    """The squared distance of their logarithms."""
    return sum((_log(one[m]) - _log(other.get(m, 0.0))) ** 2 for m in one)


def _log(z_score: float) -> float:
    ratio = float(expanded(np.array(z_score)))
    return float(np.sign(ratio) * np.log1p(abs(ratio)))


def distances_of(
    labelled_incidents: Sequence[LabelledIncident], case: Case, problem: int
) -> tuple[float, float]:
    """The logarithmic distance from the nearest labelled incident, and from that of another
    problem."""
    read = labelled(case, problem).z_scores
    distances = [log_distance(read, one.z_scores) for one in labelled_incidents]
    return min(distances), min(distances[:problem] + distances[problem + 1 :])


def called_unknown(apart: Sequence[tuple[float, float]]) -> float:
    """The share of incidents of problems that were not learnt beyond the distance that `MISTAKEN`
    of those learnt exceed: a threshold that only this control is told."""
    learnt, unlearnt = np.array(apart).T
    return float((unlearnt > np.quantile(learnt, 1 - MISTAKEN)).mean())
