"""Finding similar past incidents, and how they ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from labo.domain.entities.keys import system_and_name
from labo.domain.incidents.incidents import IncidentStatus

FUSION_K = 60
"""The constant of reciprocal rank fusion; 60 in its paper."""

CANDIDATES = 20
"""Fused hits that are examined before the nearest are chosen. By judgement."""


@dataclass(frozen=True, slots=True)
class IncidentSummary:
    """What an incident is compared by: titles of its problems and confirmed causes, its symptom
    where the title names the cause, keys of its components."""

    id: str
    title: str
    problems: tuple[str, ...]
    components: tuple[str, ...]

    @property
    def text(self) -> str:
        """One text for both searches, without the components' systems: incidents transfer."""
        names = (system_and_name(key)[1] for key in self.components)
        return " ".join(dict.fromkeys((self.title, *self.problems, *names)))


@dataclass(frozen=True, slots=True)
class Remembered:
    """A past incident. `cause` is the confirmed one, else the leading suspect of its newest
    diagnosis; `action` is the command that was verified to work (`action_worked`), else the one
    approved last; `finding` the newest finding."""

    id: str
    title: str
    status: IncidentStatus
    opened_at: datetime
    components: tuple[str, ...]
    cause: str | None
    cause_confirmed: bool
    action: str | None
    finding: str | None
    action_worked: bool = False


@dataclass(frozen=True, slots=True)
class SimilarIncident:
    """`score` is the fused rank, comparable within one answer only."""

    incident: Remembered
    same_component: bool
    score: float


def fuse(rankings: Iterable[Sequence[str]]) -> dict[str, float]:
    """Reciprocal rank fusion: score = sum over rankings of 1 / (k + rank), rank from 1.

    Cormack, Clarke, Büttcher: Reciprocal Rank Fusion outperforms Condorcet and individual Rank
    Learning Methods, SIGIR 2009. It needs only ranks, no comparable scores.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(dict.fromkeys(ranking), start=1):
            scores[key] = scores.get(key, 0.0) + 1.0 / (FUSION_K + rank)
    return scores


def nearest(
    remembered: Iterable[Remembered],
    scores: dict[str, float],
    components: Iterable[str],
    limit: int,
) -> list[SimilarIncident]:
    """The `limit` best: same component first, then those with a cause, action or finding, then by
    score."""
    own = frozenset(components)
    similar = [
        SimilarIncident(one, not own.isdisjoint(one.components), scores.get(one.id, 0.0))
        for one in remembered
    ]
    similar.sort(key=_order)
    return similar[:limit]


def _order(one: SimilarIncident) -> tuple[bool, bool, float, str]:
    past = one.incident
    is_informative = past.cause_confirmed or past.action is not None or past.finding is not None
    return (not one.same_component, not is_informative, -one.score, past.id)
