"""The evidence of paired runs: do(A) against do(not A), everything else equal.

The effect of a pair is whether B occurred with A minus whether it occurred without, from -1 to 1.
Its mean has the interval of Agresti and Min (Statistics in Medicine 24, 2005): half a pair more of
each kind of disagreement, so that a few equal runs are not a proof.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from labo.domain.causality.edges import CausalEdge, Evidence, EvidenceKind, Relation, edge_key
from labo.domain.causality.tallies import MICRO, Tally
from labo.domain.entities.keys import digest
from labo.errors import InvalidInput

LEAST_EFFECT = 0.1
"""A lower bound above this validates (design: causality, section 2)."""

NO_EFFECT = 0.05
"""An upper bound below this, after at least `LEAST_PAIRS`, refutes (design, as above)."""

LEAST_PAIRS = 20
"""Pairs of runs below which nothing is refuted. By judgement; the interval itself requires about 40
where none differs."""
_Z = 1.959964
"""Normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class PairedEffect:
    """Mean difference over `pairs`, shrunk by two pairs without one, with its 95 % interval.

    Each from -1 to 1; without any pair `mean` is 0 and the interval is the whole range.
    """

    pairs: int
    mean: float
    low: float
    high: float

    @property
    def total(self) -> float:
        """The sum of the differences as measured."""
        return round(self.mean * (self.pairs + 2), 6)


@dataclass(frozen=True, slots=True)
class Effect:
    """Per pair the difference in problem `effect`; `relation` is the manipulated one's to it."""

    effect: str
    relation: Relation
    differences: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Experiment:
    """Paired runs in which problem `manipulated` (key) was provoked, or not.

    `id` derives from the scenario and its seeds. Only edges that leave the manipulated variable are
    tested: of A → B → C, provoking A tests A → B and A → C, but not B → C; for that, B itself has
    to be manipulated while its causes stay as they are.
    """

    id: str
    system: str
    manipulated: str
    effects: tuple[Effect, ...]
    ended_at: datetime
    summary: str = ""


def paired_effect(pairs: int, total: float, squares: float) -> PairedEffect:
    """From the number of pairs, the sum of differences and the sum of their squares.

    Non-finite figures count as no pairs.
    """
    if pairs <= 0 or not (math.isfinite(total) and math.isfinite(squares)):
        return PairedEffect(0, 0.0, -1.0, 1.0)
    n = pairs + 2
    mean = max(-1.0, min(1.0, total / n))
    variance = max(0.0, (max(0.0, squares) + 1) / n - mean**2)
    half = _Z * math.sqrt(variance / n)
    return PairedEffect(pairs, mean, max(-1.0, mean - half), min(1.0, mean + half))


def effect_in(tally: Tally) -> PairedEffect:
    """What the paired runs of one system show."""
    return paired_effect(tally.pairs, tally.effect / MICRO, tally.effect_squares / MICRO)


def verdicts(tallies: Mapping[str, Tally]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The systems whose runs validate the claim, and those whose runs refute it, sorted."""
    shown = {system: effect_in(tally) for system, tally in sorted(tallies.items())}
    validating = tuple(s for s, e in shown.items() if e.pairs and e.low > LEAST_EFFECT)
    refuting = tuple(s for s, e in shown.items() if e.pairs >= LEAST_PAIRS and e.high < NO_EFFECT)
    return validating, refuting


def edges_leaving(experiment: Experiment, edges: Iterable[CausalEdge]) -> list[CausalEdge]:
    """Those of `edges` that the experiment tests: they leave the manipulated problem."""
    keys = {edge_key(experiment.manipulated, t.effect, t.relation) for t in experiment.effects}
    return [edge for edge in edges if edge.key in keys]


def evidence_of(experiment: Experiment) -> list[tuple[Effect, Evidence]]:
    """One piece per effect that was examined. Raises InvalidInput for an invalid difference."""
    found = []
    for tested in experiment.effects:
        differences = tested.differences
        if not differences or any(not -1 <= d <= 1 for d in differences):
            raise InvalidInput(
                "at least one difference of paired runs is needed, each between -1 and 1",
                where=f"{experiment.id}: {tested.effect}",
            )
        edge = edge_key(experiment.manipulated, tested.effect, tested.relation)
        mean = math.fsum(differences) / len(differences)
        found.append(
            (
                tested,
                Evidence(
                    id=digest("experiment", experiment.id, edge),
                    edge=edge,
                    kind=EvidenceKind.INTERVENTION,
                    polarity=1 if mean > LEAST_EFFECT else -1,
                    weight=1.0,
                    observed_at=experiment.ended_at,
                    summary=experiment.summary
                    or f"{len(differences)} paired runs, mean difference {mean:+.2f}",
                    system=experiment.system,
                    origin=experiment.id,
                    provoked=True,
                    pairs=len(differences),
                    effect=math.fsum(differences),
                    effect_squares=math.fsum(d * d for d in differences),
                ),
            )
        )
    return found
