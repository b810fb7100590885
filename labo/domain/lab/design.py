"""Which experiment next: the one with the largest expected information about open claims, per run.

An experiment tests a claim on one component, and its pairs mostly agree, as they share the
component. So it is one draw of whether the effect shows there: for a causal claim on a share
θ ~ Beta(1, 1) of the components, for any other by accident. Its gain, in bits, has two parts:

* the mutual information between the draw and whether the claim is causal (Lindley, Annals of
  Mathematical Statistics 27, 1956; as a design criterion: Chaloner and Verdinelli, Statistical
  Science 10, 1995; for choosing the next datum: MacKay, Neural Computation 4, 1992);
* the divergence of a settled status from the belief in the claim before any run, where the draw
  would validate or refute it by the rules of `causality.interventions`: that is what users of the
  graph learn, for whom an open claim remains open.

Similar claims (the same effect in the same relation, and more so with the same cause) between other
roles share a prior: hierarchical empirical Bayes (Efron and Morris, JASA 70, 1975). The gains of an
experiment's claims are added as if independent. A validated or refuted claim yields nothing, nor
does a manipulation that fails: how often one works is learnt per fault and target, shrunk towards
the fault's rate over all targets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from labo.domain.causality.belief import belief, net_weight
from labo.domain.causality.edges import PRIOR_PROBABILITY, CausalEdge, EdgeStatus, EvidenceKind
from labo.domain.causality.interventions import LEAST_EFFECT, LEAST_PAIRS, NO_EFFECT, paired_effect
from labo.domain.causality.tallies import MICRO, Tally
from labo.domain.entities.keys import digest, hypothesis_key

BY_ACCIDENT = 0.02
"""Chance that an effect shows in an experiment although the claim is not causal. By judgement."""

WORTHWHILE_BITS = 1e-3
"""Gain of an experiment below which it is not worth running. By judgement."""

SHRINK = 2.0
"""Prior weights: a fault's rate over all targets, in pairs on one of them, and the prior of a wider
group of claims, in claims of a narrower one. By judgement."""

_OPEN = (EdgeStatus.PROPOSED, EdgeStatus.SUPPORTED)


@dataclass(frozen=True, slots=True)
class Aim:
    """A claim (key of the edge) that leaves the manipulated problem; `groups` of similar claims,
    the widest first."""

    edge: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An experiment that could be run: `fault` on `target`, `pairs` pairs for `runs` runs.

    It tests its `aims` and nothing else.
    """

    fault: str
    target: str
    aims: tuple[Aim, ...]
    pairs: int
    runs: int

    @property
    def key(self) -> str:
        return hypothesis_key(self.fault, self.target)


@dataclass(frozen=True, slots=True)
class Past:
    """The results of earlier experiments.

    `tried` by (fault, target): how many pairs caused the manipulated problem, and how many did not.
    `shown` by (edge, target): how many pairs tested the claim there, and the sum of their effects.
    """

    tried: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    shown: Mapping[tuple[str, str], tuple[int, float]] = field(default_factory=dict)

    def noted(
        self, fault: str, target: str, effects: Mapping[str, Sequence[float]], pairs: int
    ) -> Past:
        """With another experiment of `pairs` pairs; `effects`, by edge, of the trials."""
        worked = min(pairs, max((len(each) for each in effects.values()), default=0))
        before = self.tried.get((fault, target), (0, 0))
        tried = {(fault, target): (before[0] + worked, before[1] + pairs - worked)}
        shown = dict(self.shown)
        for edge, each in effects.items():
            count, total = shown.get((edge, target), (0, 0.0))
            shown[edge, target] = count + len(each), total + math.fsum(each)
        return Past({**self.tried, **tried}, shown)

    def chance(self, fault: str, target: str) -> float:
        """The chance that the manipulation works, in (0, 1). Pairs on one target are strongly
        correlated, so each target counts once for the fault."""
        same = [w / (w + f) for (kind, _), (w, f) in self.tried.items() if kind == fault and w + f]
        overall = (1.0 + math.fsum(same)) / (2.0 + len(same))
        own = self.tried.get((fault, target), (0, 0))
        return (SHRINK * overall + own[0]) / (SHRINK + own[0] + own[1])


@dataclass(frozen=True, slots=True)
class Choice:
    """`gain` is the candidate's expected information in bits; `chance` that it works."""

    candidate: Candidate
    gain: float
    chance: float


def chosen(
    candidates: Iterable[Candidate],
    edges: Mapping[str, CausalEdge],
    past: Past,
    *,
    system: str,
    budget: int,
    seed: int = 0,
) -> Choice | None:
    """The candidate with the most bits per run that fits into `budget` runs; None when none does,
    or nothing is left to learn.

    `edges` by key; a claim that is missing there is a new one. The seed determines how ties are
    broken, whatever the order of the candidates.
    """
    fitting = [one for one in candidates if 0 < one.runs <= budget and one.pairs > 0]
    aims = {aim for one in fitting for aim in one.aims}
    likes = _likes(aims, edges, system)
    before = {key: _open_prior(edges.get(key), system) for key in {aim.edge for aim in aims}}
    best: tuple[float, str, Choice] | None = None
    for one in fitting:
        chance = past.chance(one.fault, one.target)
        gained = chance * math.fsum(
            _gain(
                _tally(edges.get(aim.edge), system),
                before[aim.edge],
                one.pairs,
                [likes[group] for group in aim.groups if group in likes],
                past.shown.get((aim.edge, one.target)),
            )
            for aim in sorted(set(one.aims), key=lambda aim: aim.edge)
            if before[aim.edge]
        )
        if gained < WORTHWHILE_BITS:
            continue
        rank = gained / one.runs, digest("choice", str(seed), one.key)
        if best is None or rank > best[:2]:
            best = *rank, Choice(one, gained, chance)
    return None if best is None else best[2]


@dataclass(frozen=True, slots=True)
class Likes:
    """Of the tested claims of a group: how many, and the sum of their mean effects."""

    tried: int
    shown: float

    def without(self, tally: Tally | None) -> Likes:
        """The group without this claim."""
        if tally is None or not tally.pairs:
            return self
        return Likes(self.tried - 1, self.shown - _share(tally))


def _likes(aims: Iterable[Aim], edges: Mapping[str, CausalEdge], system: str) -> dict[str, Likes]:
    shares: dict[str, list[float]] = {}
    for aim in sorted(aims, key=lambda each: (each.edge, each.groups)):
        tally = _tally(edges.get(aim.edge), system)
        if tally is not None and tally.pairs:
            for group in aim.groups:
                shares.setdefault(group, []).append(_share(tally))
    return {group: Likes(len(of_group), math.fsum(of_group)) for group, of_group in shares.items()}


def gain(
    edge: CausalEdge | None,
    system: str,
    pairs: int,
    likes: Iterable[Likes] = (),
    here: tuple[int, float] | None = None,
) -> float:
    """Expected information, in bits, of one more experiment of `pairs` pairs about a claim (None: a
    new one); 0 when its status is settled, by people or by the runs of `system`.

    `here` are earlier results on the same component: pairs, and the sum of their effects. The same
    is expected again, which is no new information but may settle the status.
    """
    before = _open_prior(edge, system)
    return _gain(_tally(edge, system), before, pairs, likes, here) if before else 0.0


def _open_prior(edge: CausalEdge | None, system: str) -> float:
    """The belief before any run; 0 when the status is settled."""
    if edge is None:
        return PRIOR_PROBABILITY
    settled = edge.status not in _OPEN or edge.decided_by is not None or system in edge.refuted_in
    return 0.0 if settled else prior(edge)


def _gain(
    tally: Tally | None,
    before: float,
    pairs: int,
    likes: Iterable[Likes],
    here: tuple[int, float] | None,
) -> float:
    if here is not None and here[0] > 0:
        bits, shows, share = 0.0, _within(here[1] / here[0]), _within(here[1] / here[0])
    else:
        components = 0.0 if tally is None else tally.pairs / pairs
        shown = 0.0 if tally is None else components * _share(tally)
        probability = before
        for group in likes:
            others = group.without(tally)
            probability = (SHRINK * probability + others.shown) / (SHRINK + others.tried)
        bits, shows = draw(probability, shown, components)
        share = 1.0
    if _settles(tally, pairs, share):
        bits += shows * math.log2(1.0 / before)
    if _settles(tally, pairs, 0.0):
        bits += (1.0 - shows) * math.log2(1.0 / (1.0 - before))
    return bits


def draw(probability: float, shown: float, components: float) -> tuple[float, float]:
    """Expected bits from one more component about whether a claim is causal, and the chance that it
    is and the effect shows there, after it did on `shown` of `components` (fractions allowed).

    `probability` is that of being causal before any experiment; 0 or 1 yields no information.

    >>> draw(1.0, 0, 0)[0], round(draw(0.5, 0, 0)[0], 2)
    (0.0, 0.26)
    """
    if not (0.0 <= probability <= 1.0 and 0.0 <= shown <= components < math.inf):
        return 0.0, 0.0
    if_causal = math.lgamma(1.0 + shown) + math.lgamma(1.0 + components - shown)
    if_causal -= math.lgamma(2.0 + components)
    if_not = shown * math.log(BY_ACCIDENT) + (components - shown) * math.log1p(-BY_ACCIDENT)
    odds = math.exp(max(-700.0, min(700.0, if_not - if_causal)))
    now = probability / (probability + (1.0 - probability) * odds)
    here = (1.0 + shown) / (2.0 + components)
    shows = now * here + (1.0 - now) * BY_ACCIDENT
    bits = _entropy(shows) - now * _entropy(here) - (1.0 - now) * _entropy(BY_ACCIDENT)
    return max(0.0, bits), now * here


def prior(edge: CausalEdge) -> float:
    """The belief in a claim without its experiments, which are counted separately."""
    net = net_weight(edge)
    net.pop(EvidenceKind.INTERVENTION.value, None)
    return belief(net)


def _settles(tally: Tally | None, pairs: int, share: float) -> bool:
    """Whether these pairs, with the effect in this share of them, validate or refute the claim."""
    had = Tally() if tally is None else tally
    more = pairs * share
    count = had.pairs + pairs
    total, squares = had.effect / MICRO + more, had.effect_squares / MICRO + more
    after = paired_effect(count, total, squares)
    if share:
        return after.low > LEAST_EFFECT
    return count >= LEAST_PAIRS and after.high < NO_EFFECT


def _tally(edge: CausalEdge | None, system: str) -> Tally | None:
    return None if edge is None else edge.tallies.get(system)


def _share(tally: Tally) -> float:
    """Mean effect of the pairs that were run, in [0, 1]; 0 where it is negative."""
    return _within(tally.effect / MICRO / tally.pairs) if tally.pairs > 0 else 0.0


def _within(share: float) -> float:
    return max(0.0, min(1.0, share))


def _entropy(chance: float) -> float:
    """Of a coin, in bits."""
    return -sum(p * math.log2(p) for p in (chance, 1.0 - chance) if p > 0.0)
