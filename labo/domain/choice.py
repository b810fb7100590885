"""Which experiment next: the one that is expected to tell most about open claims, per run.

The gain of an experiment is the mutual information between its outcome and whether the claim is
causal, in bits (Lindley, Annals of Mathematical Statistics 27, 1956; as a design criterion:
Chaloner and Verdinelli, Statistical Science 10, 1995; for choosing the next datum: MacKay, Neural
Computation 4, 1992). In a pair of runs the effect comes with the cause and not without it at rate
θ. Of a causal claim θ ~ `IF_CAUSAL`, of another one θ ~ `IF_NOT`; both are Beta laws, so the chance
of every outcome of n more pairs after those that were run is a beta-binomial. The claims of one
experiment are added up as if they were independent, which keeps their order.

A claim that is validated or refuted yields nothing, and neither does a manipulation that fails:
how often it works is learnt per fault and target, shrunk to the fault's rate over all targets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from scipy.special import betaln, gammaln

from labo.domain.belief import belief, net_weight
from labo.domain.edges import PRIOR_PROBABILITY, CausalEdge, EdgeStatus, EvidenceKind
from labo.domain.interventions import LEAST_EFFECT, NO_EFFECT, paired_effect
from labo.domain.keys import digest
from labo.domain.tallies import MICRO

IF_CAUSAL = (2.0, 1.0)
IF_NOT = (0.5, 3.0)
"""Beta laws of θ: an effect that follows mostly, and one that hardly ever comes along."""

WORTHWHILE_BITS = 1e-3
"""Per experiment: with less there is nothing to choose."""

SHRINK = 2.0
"""Pairs that a fault's rate over all targets is worth on one of them."""

_OPEN = (EdgeStatus.PROPOSED, EdgeStatus.SUPPORTED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An experiment that could be run: `fault` on `target`, `pairs` pairs for `runs` runs.

    `edges` are the keys of the claims that leave what is manipulated: it speaks about no others.
    """

    fault: str
    target: str
    edges: tuple[str, ...]
    pairs: int
    runs: int

    @property
    def key(self) -> str:
        return f"{self.fault}@{self.target}"


@dataclass(frozen=True, slots=True)
class Chances:
    """How many pairs of each (fault, target) brought the cause about, and how many did not."""

    tried: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    def noted(self, fault: str, target: str, worked: int, failed: int) -> Chances:
        """With another experiment's pairs."""
        before = self.tried.get((fault, target), (0, 0))
        after = (before[0] + max(0, worked), before[1] + max(0, failed))
        return Chances({**self.tried, (fault, target): after})

    def of(self, fault: str, target: str) -> float:
        """The chance that the manipulation works, in (0, 1)."""
        same = [counts for (kind, _), counts in self.tried.items() if kind == fault]
        worked, failed = sum(w for w, _ in same), sum(f for _, f in same)
        overall = (1.0 + worked) / (2.0 + worked + failed)
        own = self.tried.get((fault, target), (0, 0))
        return (SHRINK * overall + own[0]) / (SHRINK + own[0] + own[1])


@dataclass(frozen=True, slots=True)
class Choice:
    """`gain` is what the candidate is expected to tell, in bits; `chance` that it works."""

    candidate: Candidate
    gain: float
    chance: float


def chosen(
    candidates: Iterable[Candidate],
    edges: Mapping[str, CausalEdge],
    chances: Chances,
    *,
    system: str,
    budget: int,
    seed: int = 0,
) -> Choice | None:
    """The candidate with the most bits per run that fits into `budget` runs; None when none does,
    or nothing is left to be learnt.

    `edges` by key; a claim that is not there is a new one. The same seed breaks ties alike,
    whatever the order of the candidates.
    """
    known: dict[tuple[str, int], float] = {}
    best: tuple[float, str, Choice] | None = None
    for one in candidates:
        if not 0 < one.runs <= budget:
            continue
        chance = chances.of(one.fault, one.target)
        for key in one.edges:
            if (key, one.pairs) not in known:
                known[key, one.pairs] = _gain(edges.get(key), system, one.pairs)
        gained = chance * math.fsum(known[key, one.pairs] for key in sorted(set(one.edges)))
        if gained < WORTHWHILE_BITS:
            continue
        rank = gained / one.runs, digest("choice", str(seed), one.key)
        if best is None or rank > best[:2]:
            best = *rank, Choice(one, gained, chance)
    return None if best is None else best[2]


def _gain(edge: CausalEdge | None, system: str, pairs: int) -> float:
    return bits(PRIOR_PROBABILITY, 0, 0, pairs) if edge is None else gain(edge, system, pairs)


def gain(edge: CausalEdge, system: str, pairs: int) -> float:
    """Bits about whether `edge` is causal in `pairs` more pairs; 0 when it is settled there."""
    hits, tried = _tried(edge, system)
    if edge.status not in _OPEN or edge.decided_by is not None or is_settled(edge, system):
        return 0.0
    return bits(prior(edge), hits, tried, pairs)


def is_settled(edge: CausalEdge, system: str) -> bool:
    """Whether the runs of `system` validate or refute the claim there already."""
    tally = edge.tallies.get(system)
    if tally is None or not tally.pairs:
        return False
    found = paired_effect(tally.pairs, tally.effect / MICRO, tally.effect_squares / MICRO)
    return found.low > LEAST_EFFECT or system in edge.refuted_in or found.high < NO_EFFECT


def prior(edge: CausalEdge) -> float:
    """The belief in a claim but for its own experiments, which count apart."""
    net = net_weight(edge)
    net.pop(EvidenceKind.INTERVENTION.value, None)
    return belief(net)


def _tried(edge: CausalEdge, system: str) -> tuple[int, int]:
    """Pairs in which the effect came with the cause alone, of those that were run."""
    tally = edge.tallies.get(system)
    if tally is None:
        return 0, 0
    return max(0, min(tally.pairs, round(tally.effect / MICRO))), max(0, tally.pairs)


@lru_cache(maxsize=65_536)
def bits(probability: float, hits: int, tried: int, pairs: int) -> float:
    """Mutual information of *is causal* and the outcome of `pairs` more, after `hits` of `tried`.

    `probability` is that of being causal before any pair. 0 for what is sure and without pairs.

    >>> bits(1.0, 0, 0, 4), round(bits(0.5, 0, 0, 4), 2)
    (0.0, 0.7)
    """
    if pairs <= 0 or not 0.0 < probability < 1.0 or not 0 <= hits <= tried:
        return 0.0
    odds = math.log(probability / (1.0 - probability))
    odds += _log_chance(IF_CAUSAL, hits, tried) - _log_chance(IF_NOT, hits, tried)
    now = 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, odds))))
    causal = _outcomes(IF_CAUSAL, hits, tried, pairs)
    other = _outcomes(IF_NOT, hits, tried, pairs)
    mixed = [now * p + (1.0 - now) * q for p, q in zip(causal, other, strict=True)]
    told = _entropy(mixed) - now * _entropy(causal) - (1.0 - now) * _entropy(other)
    return max(0.0, told)


def _log_chance(law: tuple[float, float], hits: int, tried: int) -> float:
    a, b = law
    return float(betaln(a + hits, b + tried - hits) - betaln(a, b))


def _outcomes(law: tuple[float, float], hits: int, tried: int, pairs: int) -> list[float]:
    """Beta-binomial chances of 0 … `pairs` more hits, given those so far."""
    after = (law[0] + hits, law[1] + tried - hits)
    return [
        math.exp(
            float(gammaln(pairs + 1) - gammaln(k + 1) - gammaln(pairs - k + 1))
            + _log_chance(after, k, pairs)
        )
        for k in range(pairs + 1)
    ]


def _entropy(chances: Sequence[float]) -> float:
    return -math.fsum(p * math.log2(p) for p in chances if p > 0.0)
