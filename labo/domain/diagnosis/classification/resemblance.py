"""Whether an incident resembles the labelled incidents of any problem, or is of none known so far.

Weights and likelihoods choose between known problems: what they were never shown they give to the
nearest. Here each problem is a prototype, the mean of its labelled incidents, and the question is
how much of an incident the nearest one leaves unexplained, at whatever strength (open-set
recognition by the nearest class mean: Bendale and Boult, CVPR 2015):

distance = E (1 - cos²) / (E + noise), from 0 to 1,

with E the squared length of the incident's feature vector and cos its cosine with the prototype.
Features are logarithms of deviations, in units of their spread within a problem, so that neither
unit nor scale matters. What is common to all problems counts less (the inner product is that of the
inverse of their second moment); nothing is said of what stays below the noise; and what never moved
a root cause before is explained by none.

There is no threshold on the distance but on its p-value: the share of labelled incidents that are
as far from the nearest problem, their own one without themselves (conformal prediction: Vovk,
Gammerman and Shafer 2005), together with what many systems taught.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import erfc, sqrt

import numpy as np

from labo.domain.diagnosis.classification.feature_vectors import is_level, source_of
from labo.domain.entities.scale import expanded
from labo.domain.entities.series import FloatArray
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample

MISTAKEN = 0.08
"""p-value up to which an incident is called unknown, and so the share of incidents of known
problems that may be called so (docs/adr/0046)."""
TYPICAL, SPREAD, ASSUMED = 0.47, 0.19, 20.0
"""Mean and standard deviation of an incident's distance from the nearest problem, of which there is
a single labelled incident each, and their weight in labelled incidents: what generated servers and
systems taught, the hardest of them counted, before labelled incidents here do (docs/adr/0046)."""
NEW = 0.1
"""Share of incidents whose problem is not known yet. By judgement."""
LEVEL_NOISE, SHAPE_NOISE = 0.2, 100.0
"""Variance of a feature between incidents of one problem where nothing moves it: of a level, and
of a shape, which says nothing until labelled incidents have shown that it recurs (ADR 0046)."""
POOLED, OWN = 2.0, 6.0
"""Weights, in labelled incidents, of these variances beside those that all problems show, and of
the latter beside a problem's own. Chosen among 2 to 6 on development
systems, where recall of unknown problems differs by up to 12 points."""
FLOOR = 0.02
"""Least variance within problems, of logarithms: however often a level stayed still, it may move by
a seventh. At 0.05 the engine's unknown problems are recognised in .44 instead of .59."""
COMMON = 10.0
"""Part of the problems' second moment that is the same in all directions: at 3 about the same, at
100, where nothing in common is removed, up to 10 points less on generated servers."""
NOISE = 0.1
"""Squared length of noise per level, in spreads. Without it incidents that hardly show are
unknown; 0.03 instead gives .42 instead of .46 on the hardest generated servers."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How near an incident is to what is known: `nearest` is the title of the nearest problem,
    `distance` (0 to 1) how far it is, and `p_value` the share of labelled incidents as far."""

    nearest: str
    distance: float
    p_value: float

    @property
    def known(self) -> float:
        """The probability that the problem is known all the same, by Bayes' rule: of new problems
        as if all were so far."""
        return self.p_value * (1 - NEW) / (self.p_value * (1 - NEW) + NEW)

    @property
    def is_novel(self) -> bool:
        """Whether too few labelled incidents are as far from any problem."""
        return self.p_value <= MISTAKEN


@dataclass(frozen=True, eq=False)
class Prototypes:
    """`incidents` (incidents, features) are logarithms of deviations, each of the title `of` it, an
    index; `sources` are those of everything that moved anywhere in the same incidents."""

    titles: tuple[str, ...]
    features: tuple[str, ...]
    incidents: FloatArray
    of: tuple[int, ...]
    sources: frozenset[str]

    def resemblance(self, given: Mapping[str, float], titles: Sequence[str]) -> Resemblance | None:
        """Of a component's feature vector, attributed to the problems of `titles` together.

        None where one of them has no labelled incident here: it may resemble that one.
        """
        if not set(titles) <= set(self.titles):
            return None
        vector, unmet = _logarithms([given], self.features)[0], self._unmet(given)
        apart = self._distances(vector, unmet)
        nearest = int(apart.argmin())
        distance = float(apart[nearest])
        if len(titles) > 1:
            rows = [self.titles.index(title) for title in titles]
            distance = min(distance, self._distance_from_all(vector, rows, unmet))
        return Resemblance(self.titles[nearest], distance, self.p_value(distance))

    def p_value(self, distance: float) -> float:
        """The share of labelled incidents at least that far from the nearest problem, together with
        `ASSUMED` others."""
        assumed = 0.5 * erfc((distance - TYPICAL) / SPREAD / sqrt(2))
        farther = int((self.apart >= distance).sum())
        return (ASSUMED * assumed + farther) / (ASSUMED + self.apart.size)

    @cached_property
    def apart(self) -> FloatArray:
        """The distance of each labelled incident from the nearest problem, its own one without
        itself, where others are left of it: (incidents of such problems,)."""
        found = []
        for vector, row in zip(self.incidents, self.of, strict=True):
            count = float(self._counts[row])
            if count > 1:
                others = np.delete(self._distances(vector, 0.0), row)
                mean = (count * self._means[row] - vector) / (count - 1)
                moved = (vector - self._means[row]) ** 2 * count / (count - 1)
                spread = self._spread(np.maximum(self._squares[row] - moved, 0.0), count - 1)
                own = self._unexplained(vector / spread, (mean / spread)[None, :], 0.0)
                found.append(min([own, *others.tolist()]))
        return np.array(found)

    @cached_property
    def _counts(self) -> FloatArray:
        return np.bincount(self.of, minlength=len(self.titles)).astype(np.float64)

    @cached_property
    def _means(self) -> FloatArray:
        sums = np.zeros((len(self.titles), len(self.features)))
        np.add.at(sums, list(self.of), self.incidents)
        return np.asarray(sums / self._counts[:, None], dtype=np.float64)

    @cached_property
    def _squares(self) -> FloatArray:
        """Sums of squares around the means: (titles, features)."""
        sums = np.zeros((len(self.titles), len(self.features)))
        np.add.at(sums, list(self.of), (self.incidents - self._means[list(self.of)]) ** 2)
        return sums

    @cached_property
    def _levels(self) -> int:
        return sum(is_level(feature) for feature in self.features)

    @cached_property
    def _pooled(self) -> FloatArray:
        """Variance of each feature within problems; what is far in many problems varies more."""
        noise = np.array([LEVEL_NOISE if is_level(f) else SHAPE_NOISE for f in self.features])
        assumed = noise + (self.incidents**2).mean(axis=0)
        freedom = len(self.of) - len(self.titles)
        found = (POOLED * assumed + self._squares.sum(axis=0)) / (POOLED + freedom)
        return np.asarray(np.maximum(found, FLOOR), dtype=np.float64)

    def _spread(self, squares: FloatArray, count: float) -> FloatArray:
        """Standard deviations within one problem, from its sums of squares."""
        variance = (OWN * self._pooled + squares) / (OWN + max(count - 1, 0.0))
        return np.asarray(np.sqrt(variance), dtype=np.float64)

    @cached_property
    def _spreads(self) -> FloatArray:
        rows = zip(self._squares, self._counts.tolist(), strict=True)
        return np.stack([self._spread(squares, count) for squares, count in rows])

    @cached_property
    def _common(self) -> tuple[FloatArray, FloatArray]:
        """The prototypes, and the inverse of their inner products: the inverse of a second moment
        of so low a rank is applied through these (Woodbury)."""
        rows = self._means / np.sqrt(self._pooled)
        inner = rows @ rows.T / len(rows) + COMMON * np.eye(len(rows))
        return rows, np.linalg.inv(inner) / len(rows)

    @cached_property
    def _prototypes(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """In spreads, what they have in common, and their squared lengths without that."""
        rows = self._means / self._spreads
        common, inverse = self._common
        seen = rows @ common.T
        return rows, seen, (rows * rows).sum(axis=1) - (seen @ inverse * seen).sum(axis=1)

    def _distances(self, vector: FloatArray, unmet: float) -> FloatArray:
        """From each prototype: (titles,)."""
        rows, row_seen, lengths = self._prototypes
        common, inverse = self._common
        given = vector / self._spreads
        seen = given @ common.T
        energy = (given * given).sum(axis=1) - (seen @ inverse * seen).sum(axis=1)
        along = (given * rows).sum(axis=1) - (seen @ inverse * row_seen).sum(axis=1)
        left = energy - np.maximum(along, 0.0) ** 2 / np.maximum(lengths, _TINY)
        return self._share(left, energy, unmet)

    def _distance_from_all(self, vector: FloatArray, rows: Sequence[int], unmet: float) -> float:
        spread = self._spreads[rows].max(axis=0)
        return self._unexplained(vector / spread, self._means[rows] / spread, unmet)

    def _unexplained(self, vector: FloatArray, parts: FloatArray, unmet: float) -> float:
        """The share of `vector` that no sum of `parts` (rows), each at any strength, explains; all
        in spreads."""
        from scipy.optimize import nnls  # only here: few processes compare

        common, inverse = self._common
        given = np.vstack([vector, parts])
        seen = given @ common.T
        inner = given @ given.T - seen @ inverse @ seen.T
        root = np.linalg.cholesky(inner[1:, 1:] + _TINY * np.eye(len(parts)))
        target = np.linalg.solve(root, inner[1:, 0])
        _, beside = nnls(root.T, target)
        left = inner[0, 0] - target @ target + beside**2
        return float(self._share(left, inner[0, 0], unmet))

    def _share(self, left: FloatArray, energy: FloatArray, unmet: float) -> FloatArray:
        noise = NOISE * self._levels + _TINY
        found: FloatArray = (np.maximum(left, 0.0) + unmet) / (energy + unmet + noise)
        return found

    def _unmet(self, given: Mapping[str, float]) -> float:
        """Squared length, in spreads, of levels that move for the first time, although labelled
        incidents measured them."""
        known = set(self.features)
        names = [
            f for f in given if f not in known and is_level(f) and source_of(f) in self.sources
        ]
        return float((_logarithms([given], names) ** 2).sum()) / FLOOR


def prototypes_of(training_examples: Sequence[TrainingExample]) -> Prototypes | None:
    """The prototypes of the root causes among the examples; None where there are none."""
    causes = [one for one in training_examples if one.title != NON_ROOT and one.features]
    if not causes:
        return None
    titles = tuple(sorted({one.title for one in causes}))
    features = tuple(sorted(set().union(*(one.features for one in causes))))
    return Prototypes(
        titles,
        features,
        _logarithms([one.features for one in causes], features),
        tuple(titles.index(one.title) for one in causes),
        frozenset(source_of(feature) for one in training_examples for feature in one.features),
    )


def _logarithms(vectors: Sequence[Mapping[str, float]], features: Sequence[str]) -> FloatArray:
    """(vectors, features); what did not move, or is not known to have moved, is 0."""
    rows = [[vector.get(feature, 0.0) for feature in features] for vector in vectors]
    ratios = expanded(np.array(rows, dtype=np.float64).reshape(len(vectors), len(features)))
    return np.asarray(np.sign(ratios) * np.log1p(np.abs(ratios)), dtype=np.float64)
