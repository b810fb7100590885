"""Signatures as a table: how far each problem moves each metric, and how reliably."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from labo.domain.entities.conditions import Direction
from labo.domain.entities.scale import (
    LARGEST_DEVIATION,
    SPREAD,
    compressed,
    expanded,
    growth,
)
from labo.domain.entities.series import FloatArray
from labo.domain.knowledge.knowledge import KnownProblem
from labo.domain.knowledge.signatures import SEEN_FROM, Signature
from labo.domain.telemetry.log_rates import is_log_rate
from labo.domain.telemetry.rollups import call_statistic

SPREAD_INCIDENTS = 6.0
"""Weight of the pooled spread, in labelled incidents of the problem's own. By judgement; with one
labelled incident per problem nothing changes from 3 to 12."""
MOVES, MOVES_INCIDENTS = 0.25, 0.05
"""Prior probability that a metric moves under a problem, and its weight in labelled incidents: what
moved once will mostly move again (ADR 0021). At most one problem of 120 changes with either halved
or doubled."""
TYPICAL_SIZE, TYPICAL_SPREAD = 10.0, 8.0
"""The size assumed where a condition was counted without one, and its spread: from noticed (3) to
hundreds of scales (compressed: 33 and more) within three standard deviations. By judgement."""
MAX_METRICS = 1_000
"""Metrics of one component that are compared, those on which the problems differ most; it bounds
the time."""
SHARED_METRICS = 0.5
"""Share of a problem's metrics, and of those it moves, that a component has to measure for a
problem of another role to be compared (ADR 0017 and 0021: half)."""
MIN_SHARED = 3
"""Number of them that it has to measure at least (ADR 0017: three). A benchmark with a single
server, and so a single role, cannot measure it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One metric under one problem, from `tested` episodes: it moves with probability `moves`,
    and then by `size` on average, with standard deviation `spread`."""

    size: float
    spread: float
    tested: int
    moves: float


Table = tuple[KnownProblem, Mapping[str, Expected]]
"""A problem, and metric → what is expected of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Rows are `problems`, columns `metrics`; NaN where a problem was never tested on a metric.

    `sizes` and `spreads` are those of metrics that moved, `moves` the probability that they do.
    `no_fault` is the spread of each metric's z-score while nothing moves it. `other_role` marks the
    problems that were learnt on components of another role.
    """

    problems: tuple[KnownProblem, ...]
    metrics: tuple[str, ...]
    sizes: FloatArray
    spreads: FloatArray
    moves: FloatArray
    tested: FloatArray
    no_fault: FloatArray
    other_role: npt.NDArray[np.bool_]

    @property
    def expected(self) -> FloatArray:
        """The size where a problem is more likely than not to move the metric, else 0."""
        return np.where(self.moves < 0.5, 0.0 * self.sizes, self.sizes)

    def z_scores(self, given: Mapping[str, float]) -> FloatArray:
        """The z-scores in the order of `metrics`; NaN = unknown."""
        found = np.array([given.get(m, np.nan) for m in self.metrics], dtype=np.float64)
        found[~np.isfinite(found)] = np.nan
        return np.asarray(np.clip(found, -LARGEST_DEVIATION, LARGEST_DEVIATION), dtype=np.float64)


def expected_z_scores(problem: KnownProblem) -> dict[str, Expected]:
    """Metric → what is expected of it under `problem`; metrics never tested are absent.

    The spread is the predictive one around the learnt mean: pooled over all problems and, the more
    labelled incidents there are, the problem's own.
    """
    links: dict[str, list[Signature]] = {}
    for condition in problem.conditions:
        if condition.direction in (Direction.HIGH, Direction.LOW):
            links.setdefault(condition.metric, []).append(condition)
    found = {}
    for metric, held in sorted(links.items()):
        expected = _expected(held)
        if expected is not None:
            found[metric] = expected
    return found


def _expected(links: Sequence[Signature]) -> Expected | None:
    counts = [link.hits + link.misses for link in links]
    total, tested, hits = sum(counts), max(counts), sum(link.hits for link in links)
    if total <= 0:
        return None
    # Metrics that did not move were near 0, so the sums are those of the episodes that moved.
    moved = min(hits, tested) or tested
    is_sized = any(link.size_squares > 0 for link in links)
    if is_sized:
        scale = tested / total / moved
        size = sum(link.size_sum for link in links) * scale
        squares = max(sum(link.size_squares for link in links) * scale - size * size, 0.0)
    else:
        signs = [link.hits * (1 if link.direction is Direction.HIGH else -1) for link in links]
        size, squares = TYPICAL_SIZE * sum(signs) / moved, 0.0
    pooled = (pooled_spread(size) if is_sized or not hits else TYPICAL_SPREAD) ** 2
    own = (SPREAD_INCIDENTS * pooled + moved * squares) / (SPREAD_INCIDENTS + max(moved - 1, 0))
    # A metric that never moved far has a small size of its own, which is expected again.
    moves = (moved + MOVES * MOVES_INCIDENTS) / (tested + MOVES_INCIDENTS) if hits else 1.0
    return Expected(size, sqrt(own * (1 + 1 / moved) / 2), tested, moves)


def pooled_spread(size: float) -> float:
    """Spread of a z-score of that size between one labelled incident and the next."""
    return SPREAD * float(growth(np.float64(size)))


def at_strength(strength: FloatArray, sizes: FloatArray) -> FloatArray:
    """The sizes of a problem that is so many times as strong; shapes as in a product."""
    return compressed(strength * expanded(sizes))


def tables_of(problems: Iterable[KnownProblem]) -> list[Table]:
    """Each problem with what is expected of every metric; the same for all components."""
    return [(problem, expected_z_scores(problem)) for problem in problems]


def build_model(tables: Sequence[Table], role: str, measured: Collection[str]) -> Model | None:
    """The problems that could occur on a component of `role` with these metrics.

    Those of the role that share a metric; and those of any role that share at least three, and half
    of the metrics tested there or of those measured here, so that a role that was wrongly guessed
    from a name does not exclude what is known. An imported problem has to share as much on its own
    role too: one metric of the many that it moves elsewhere is no name here. Of two problems with
    the same title, the role's own is used. None where no problem is comparable.
    """
    alike = _alike(tables, role, frozenset(measured))
    if not alike:
        return None
    alike.sort(key=lambda pair: pair[0].key)
    metrics = sorted({metric for _, table in alike for metric in table})
    sizes = np.full((len(alike), len(metrics)), np.nan)
    spreads, moves = np.full_like(sizes, np.nan), np.full_like(sizes, np.nan)
    tested = np.full_like(sizes, np.nan)
    columns = {metric: column for column, metric in enumerate(metrics)}
    for row, (_, table) in enumerate(alike):
        for metric, expected in _with_silence(table, metrics).items():
            sizes[row, columns[metric]] = expected.size
            spreads[row, columns[metric]] = expected.spread
            moves[row, columns[metric]] = expected.moves
            tested[row, columns[metric]] = expected.tested
    kept = _most_informative(sizes)
    return Model(
        tuple(problem for problem, _ in alike),
        tuple(metrics[column] for column in kept),
        sizes[:, kept],
        spreads[:, kept],
        moves[:, kept],
        tested[:, kept],
        _no_fault(sizes[:, kept], spreads[:, kept]),
        np.array([problem.role != role for problem, _ in alike]),
    )


def _with_silence(table: Mapping[str, Expected], metrics: Iterable[str]) -> dict[str, Expected]:
    """The table plus log templates that were never logged: where lines were collected, their
    absence was observed too."""
    found = dict(table)
    tested = max((e.tested for m, e in table.items() if is_log_rate(m)), default=0)
    if tested:
        for metric in metrics:
            if is_log_rate(metric) and metric not in found:
                spread = pooled_spread(0.0) * sqrt((1 + 1 / tested) / 2)
                found[metric] = Expected(
                    0.0, spread, tested, MOVES * MOVES_INCIDENTS / (tested + MOVES_INCIDENTS)
                )
    return found


def _alike(tables: Sequence[Table], role: str, have: frozenset[str]) -> list[Table]:
    names = {statistic: metric for metric in sorted(have) if (statistic := call_statistic(metric))}
    own = [
        (p, t)
        for p, t in tables
        if p.role == role and (_is_comparable(have, t) if p.is_imported else have & t.keys())
    ]
    titles = {problem.title for problem, _ in own}
    others = [
        (p, _renamed(t, names)) for p, t in tables if p.role != role and p.title not in titles
    ]
    return own + [(p, t) for p, t in others if _is_comparable(have, t)]


def _renamed(table: Mapping[str, Expected], names: Mapping[str, str]) -> dict[str, Expected]:
    """Rate, errors and durations of calls under their names on this role."""
    return {names.get(call_statistic(metric) or metric, metric): e for metric, e in table.items()}


def _is_comparable(have: Set[str], table: Mapping[str, Expected]) -> bool:
    """Enough metrics are shared, including half of those that move: quiet ones are no evidence."""
    tested, moved = table.keys(), {m for m, e in table.items() if abs(e.size) >= SEEN_FROM}
    shared = len(have & tested)
    few = shared < min(MIN_SHARED, len(tested))
    informative = len(have & moved) >= SHARED_METRICS * len(moved)
    enough = shared >= SHARED_METRICS * min(len(have), len(tested))
    return bool(shared) and not few and enough and informative


def _no_fault(sizes: FloatArray, spreads: FloatArray) -> FloatArray:
    """The learnt spreads without the part that grows with the size, over all problems."""
    base = spreads / growth(sizes)
    known = np.isfinite(base)
    mean: FloatArray = np.where(known, base, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean


def _most_informative(sizes: FloatArray) -> list[int]:
    """Columns in order; beyond `MAX_METRICS`, those on which the problems differ most."""
    count = sizes.shape[1]
    if count <= MAX_METRICS:
        return list(range(count))
    held = np.where(np.isfinite(sizes), sizes, 0.0)
    order = np.argsort(-held.var(axis=0) - 1e-6 * np.abs(held).max(axis=0), kind="stable")
    return sorted(order[:MAX_METRICS].tolist())
