"""Which experiment next: the one that is expected to tell most about open claims, per run.

An experiment tries a claim at one place, and its pairs agree mostly, as they share the place. So it
is one draw of whether the effect shows there: of a causal claim at a share θ ~ Beta(1, 1) of the
places, of another one by accident. Its gain, in bits, has two parts:

* the mutual information between the draw and whether the claim is causal (Lindley, Annals of
  Mathematical Statistics 27, 1956; as a design criterion: Chaloner and Verdinelli, Statistical
  Science 10, 1995; for choosing the next datum: MacKay, Neural Computation 4, 1992);
* the divergence of a settled status from the belief in the claim before any run, where the draw
  would validate or refute it by the rules of `labo.domain.interventions`: that is what readers of
  the graph learn, to whom an open claim stays what it was.

Claims of one `pattern` (the same metrics and relation between other roles) lend each other their
prior: empirical Bayes (Efron and Morris, JASA 70, 1975). The claims of an experiment are added up
as if they were independent. A claim that is validated or refuted yields nothing, and neither does a
manipulation that fails: how often one works is learnt per fault and target, shrunk to the fault's
rate over all targets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from labo.domain.belief import belief, net_weight
from labo.domain.edges import PRIOR_PROBABILITY, CausalEdge, EdgeStatus, EvidenceKind
from labo.domain.interventions import LEAST_EFFECT, LEAST_PAIRS, NO_EFFECT, paired_effect
from labo.domain.keys import digest
from labo.domain.tallies import MICRO, Tally

BY_ACCIDENT = 0.02
"""Chance that an effect shows in an experiment although the claim is not causal."""

WORTHWHILE_BITS = 1e-3
"""Per experiment: with less there is nothing to choose."""

SHRINK = 2.0
"""What a fault's rate over all targets is worth in pairs on one of them, and what the belief in a
claim is worth in other claims of its pattern."""

_OPEN = (EdgeStatus.PROPOSED, EdgeStatus.SUPPORTED)


@dataclass(frozen=True, slots=True)
class Aim:
    """A claim (key of the edge) that leaves what is manipulated; `pattern` names its likes."""

    edge: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An experiment that could be run: `fault` on `target`, `pairs` pairs for `runs` runs.

    It speaks about its `aims` and no others.
    """

    fault: str
    target: str
    aims: tuple[Aim, ...]
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
    fitting = [one for one in candidates if 0 < one.runs <= budget and one.pairs > 0]
    likes = _likes({aim for one in fitting for aim in one.aims}, edges, system)
    known: dict[tuple[Aim, int], float] = {}
    best: tuple[float, str, Choice] | None = None
    for one in fitting:
        for aim in one.aims:
            if (aim, one.pairs) not in known:
                edge = edges.get(aim.edge)
                known[aim, one.pairs] = gain(edge, system, one.pairs, likes.get(aim.pattern))
        chance = chances.of(one.fault, one.target)
        aims = sorted(set(one.aims), key=lambda aim: aim.edge)
        gained = chance * math.fsum(known[aim, one.pairs] for aim in aims)
        if gained < WORTHWHILE_BITS:
            continue
        rank = gained / one.runs, digest("choice", str(seed), one.key)
        if best is None or rank > best[:2]:
            best = *rank, Choice(one, gained, chance)
    return None if best is None else best[2]


@dataclass(frozen=True, slots=True)
class Likes:
    """Of the tried claims of a pattern: how many, and the sum of their mean effects."""

    tried: int
    shown: float

    def without(self, tally: Tally | None) -> Likes:
        """Those but one."""
        if tally is None or not tally.pairs:
            return self
        return Likes(self.tried - 1, self.shown - _share(tally))


def _likes(aims: Iterable[Aim], edges: Mapping[str, CausalEdge], system: str) -> dict[str, Likes]:
    found: dict[str, list[float]] = {}
    for aim in sorted(aims, key=lambda each: (each.pattern, each.edge)):
        tally = _tally(edges.get(aim.edge), system)
        if aim.pattern and tally is not None and tally.pairs:
            found.setdefault(aim.pattern, []).append(_share(tally))
    return {pattern: Likes(len(shown), math.fsum(shown)) for pattern, shown in found.items()}


def gain(edge: CausalEdge | None, system: str, pairs: int, likes: Likes | None = None) -> float:
    """Bits that one more experiment of so many pairs is expected to tell of a claim (None: a new
    one); 0 when its status is settled, by people or by the runs of `system`."""
    tally = _tally(edge, system)
    if edge is not None and (
        edge.status not in _OPEN or edge.decided_by is not None or system in edge.refuted_in
    ):
        return 0.0
    before = PRIOR_PROBABILITY if edge is None else prior(edge)
    places = 0.0 if tally is None else tally.pairs / pairs
    shown = 0.0 if tally is None else places * _share(tally)
    probability = before
    if likes is not None:
        others = likes.without(tally)
        probability = (SHRINK * before + others.shown) / (SHRINK + others.tried)
    told, shows = draw(probability, shown, places)
    if _settles(tally, pairs, shown=True):
        told += shows * math.log2(1.0 / before)
    if _settles(tally, pairs, shown=False):
        told += (1.0 - shows) * math.log2(1.0 / (1.0 - before))
    return told


def draw(probability: float, shown: float, places: float) -> tuple[float, float]:
    """Bits that another place tells of whether a claim is causal, and the chance that the effect
    shows there, after it did at `shown` of so many `places`.

    `probability` is that of being causal before any. Nothing is told of what is sure.

    >>> draw(1.0, 0, 0)[0], round(draw(0.5, 0, 0)[0], 2)
    (0.0, 0.26)
    """
    if not (0.0 <= probability <= 1.0 and 0.0 <= shown <= places < math.inf):
        return 0.0, 0.0
    if_causal = math.lgamma(1.0 + shown) + math.lgamma(1.0 + places - shown)
    if_causal -= math.lgamma(2.0 + places)
    if_not = shown * math.log(BY_ACCIDENT) + (places - shown) * math.log1p(-BY_ACCIDENT)
    odds = math.exp(max(-700.0, min(700.0, if_not - if_causal)))
    now = probability / (probability + (1.0 - probability) * odds)
    here = (1.0 + shown) / (2.0 + places)
    shows = now * here + (1.0 - now) * BY_ACCIDENT
    told = _entropy(shows) - now * _entropy(here) - (1.0 - now) * _entropy(BY_ACCIDENT)
    return max(0.0, told), shows


def prior(edge: CausalEdge) -> float:
    """The belief in a claim but for its experiments, which count apart."""
    net = net_weight(edge)
    net.pop(EvidenceKind.INTERVENTION.value, None)
    return belief(net)


def _settles(tally: Tally | None, pairs: int, *, shown: bool) -> bool:
    """Whether pairs that all show the effect validate, or that none does refute."""
    had = Tally() if tally is None else tally
    more = pairs if shown else 0
    count = had.pairs + pairs
    total, squares = had.effect / MICRO + more, had.effect_squares / MICRO + more
    after = paired_effect(count, total, squares)
    if shown:
        return after.low > LEAST_EFFECT
    return count >= LEAST_PAIRS and after.high < NO_EFFECT


def _tally(edge: CausalEdge | None, system: str) -> Tally | None:
    return None if edge is None else edge.tallies.get(system)


def _share(tally: Tally) -> float:
    """Mean effect of the pairs that were run, in [0, 1]; of pairs that speak against it, 0."""
    return max(0.0, min(1.0, tally.effect / MICRO / tally.pairs)) if tally.pairs > 0 else 0.0


def _entropy(chance: float) -> float:
    """Of a coin, in bits."""
    return -sum(p * math.log2(p) for p in (chance, 1.0 - chance) if p > 0.0)
