"""Signatures as a table: how far each problem moves each metric, and how surely."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from labo.domain.conditions import MAX_DEVIATION, Direction
from labo.domain.knowledge import KnownCondition, KnownProblem
from labo.domain.series import FloatArray

SPREAD = 2.0
"""Standard deviation of a quiet metric's reading from one incident to the next."""
SPREAD_GROWTH = 0.2
"""How much more a reading spreads per unit of its size: spread² = 4 (1 + (0.2 size)²)."""
SPREAD_LESSONS = 6.0
"""The pooled spread weighs as much as this many lessons of the problem's own."""
TYPICAL_SIZE = 5.0
"""The size assumed where a condition was counted without one."""
MAX_METRICS = 1_000
SHARED_METRICS = 0.5
MIN_SHARED = 3


@dataclass(frozen=True, slots=True)
class Expected:
    """The mean reading of one metric under one problem, from `tested` episodes."""

    size: float
    spread: float
    tested: int


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Rows are `problems`, columns `metrics`; NaN where a problem was never tested on a metric.

    `quiet` is the spread of each metric's reading while nothing moves it. `other_role` says which
    problems were learnt on components of another role.
    """

    problems: tuple[KnownProblem, ...]
    metrics: tuple[str, ...]
    sizes: FloatArray
    spreads: FloatArray
    quiet: FloatArray
    other_role: npt.NDArray[np.bool_]

    def readings(self, given: Mapping[str, float]) -> FloatArray:
        """The readings in the order of `metrics`; NaN = unknown."""
        found = np.array([given.get(m, np.nan) for m in self.metrics], dtype=np.float64)
        found[~np.isfinite(found)] = np.nan
        return np.asarray(np.clip(found, -MAX_DEVIATION, MAX_DEVIATION), dtype=np.float64)


def expected_readings(problem: KnownProblem) -> dict[str, Expected]:
    """Metric → what it reads under `problem`; metrics never tested are absent.

    The spread is that of one more reading around the learnt mean: pooled over all problems, and
    the more the lessons there are, the problem's own.
    """
    links: dict[str, list[KnownCondition]] = {}
    for condition in problem.conditions:
        if condition.direction in (Direction.HIGH, Direction.LOW):
            links.setdefault(condition.metric, []).append(condition)
    found = {}
    for metric, held in sorted(links.items()):
        expected = _expected(held)
        if expected is not None:
            found[metric] = expected
    return found


def _expected(links: Sequence[KnownCondition]) -> Expected | None:
    counts = [link.hits + link.misses for link in links]
    total, tested = sum(counts), max(counts)
    if total <= 0:
        return None
    if any(link.size_squares > 0 for link in links):
        size = sum(link.size_sum for link in links) / total
        squares = max(sum(link.size_squares for link in links) / total - size * size, 0.0)
    else:
        shares = [
            link.hits / tested * (1 if link.direction is Direction.HIGH else -1) for link in links
        ]
        size, squares = TYPICAL_SIZE * sum(shares), 0.0
    size = max(-MAX_DEVIATION, min(MAX_DEVIATION, size))
    pooled = pooled_spread(size) ** 2
    own = (SPREAD_LESSONS * pooled + tested * squares) / (SPREAD_LESSONS + max(tested - 1, 0))
    return Expected(size, sqrt(own * (1 + 1 / tested) / 2), tested)


def pooled_spread(size: float) -> float:
    """Between one lesson's reading and the next incident's, for a metric of that size."""
    return SPREAD * sqrt(1 + (SPREAD_GROWTH * size) ** 2)


def build_model(
    problems: Sequence[KnownProblem], role: str, measured: Collection[str]
) -> Model | None:
    """The problems that could be met on a component of `role` with these metrics.

    Those of the role that share a metric; and those of any role that share at least three, and
    half of the metrics tested there or of those measured here, so that a role that is only
    guessed from a name does not hide what is known. What the role knows by the same title, it
    knows better. None where nothing compares.
    """
    alike = _alike(problems, role, frozenset(measured))
    if not alike:
        return None
    alike.sort(key=lambda pair: pair[0].key)
    metrics = sorted({metric for _, table in alike for metric in table})
    sizes = np.full((len(alike), len(metrics)), np.nan)
    spreads = np.full_like(sizes, np.nan)
    places = {metric: place for place, metric in enumerate(metrics)}
    for row, (_, table) in enumerate(alike):
        for metric, expected in table.items():
            sizes[row, places[metric]] = expected.size
            spreads[row, places[metric]] = expected.spread
    kept = _most_telling(sizes)
    return Model(
        tuple(problem for problem, _ in alike),
        tuple(metrics[place] for place in kept),
        sizes[:, kept],
        spreads[:, kept],
        _quiet(sizes[:, kept], spreads[:, kept]),
        np.array([problem.role != role for problem, _ in alike]),
    )


def _alike(
    problems: Sequence[KnownProblem], role: str, have: frozenset[str]
) -> list[tuple[KnownProblem, dict[str, Expected]]]:
    tables = [(problem, expected_readings(problem)) for problem in problems]
    own = [(p, t) for p, t in tables if p.role == role and have & t.keys()]
    titles = {problem.title for problem, _ in own}
    others = [
        (p, t)
        for p, t in tables
        if p.role != role and p.title not in titles and _is_comparable(have, t.keys())
    ]
    return own + others


def _is_comparable(have: Set[str], tested: Set[str]) -> bool:
    shared = len(have & tested)
    few = shared < min(MIN_SHARED, len(tested))
    return bool(shared) and not few and shared >= SHARED_METRICS * min(len(have), len(tested))


def _quiet(sizes: FloatArray, spreads: FloatArray) -> FloatArray:
    """The learnt spreads with the part that grows with the size taken out, over all problems."""
    base = spreads / np.sqrt(1 + (SPREAD_GROWTH * sizes) ** 2)
    known = np.isfinite(base)
    mean: FloatArray = np.where(known, base, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean


def _most_telling(sizes: FloatArray) -> list[int]:
    """Columns in order; of very many, those on which the problems differ most."""
    count = sizes.shape[1]
    if count <= MAX_METRICS:
        return list(range(count))
    held = np.where(np.isfinite(sizes), sizes, 0.0)
    order = np.argsort(-held.var(axis=0) - 1e-6 * np.abs(held).max(axis=0), kind="stable")
    return sorted(order[:MAX_METRICS].tolist())
