"""A label never harms: the shares that telemetry alone gives, and how far knowledge may move them.

Hierarchical shrinkage: the localisation's shares are the prior, and what was learnt multiplies them
by a likelihood ratio that is bounded by the number of labels behind it (`classification.support`),
so that a few labels move little. By construction (docs/adr/0033):

- what does not deviate is not raised: its share never grows, and it never overtakes the leading
  component that deviates;
- the component that telemetry ranks first never falls behind one that it explains entirely;
- a signature, which describes root causes only, does not raise a component above the one that
  explains most of its signal: affected components show much the same;
- without comparable knowledge every share stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp

from labo.domain.diagnosis.classification.support import Support
from labo.domain.diagnosis.localisation.ranking import EXPLAINED_REST, Ranked, unobserved_origins
from labo.domain.diagnosis.verdict import probabilities

STRONG_LABELS = 29
"""Labels behind a component's support from which it may be CONFIRMED although telemetry ranks
another one first. If a rule held in 29 of 29 cases, it fails in at most 10 % with 95 % confidence
(0.9²⁹ < 0.05), which is what CONFIRMED claims (`verdict.CONFIRMED_PROBABILITY`)."""


MOSTLY = 0.5
"""Share of a component's signal from which another one explains most of it: more than half."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What telemetry alone says; all shares and `unknown` sum to 1.

    `shares` are by component, likeliest first, `rivals` those of components without data.
    `elsewhere` are components that do not follow the symptom: their shares come out of the unknown
    problem's, so that comparing them takes nothing from what telemetry found. `explained_by` maps a
    component to the one that explains most of its signal; the first one explains those in
    `explained` entirely, but for the rest that is always left.
    """

    shares: Mapping[str, float]
    rivals: Mapping[str, float]
    elsewhere: Mapping[str, float]
    unknown: float
    explained_by: Mapping[str, str]
    explained: frozenset[str]

    @property
    def first(self) -> str | None:
        """The likeliest component by telemetry alone; None where none follows the symptom."""
        return next(iter(self.shares), None)


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares after what was learnt: by component, and of components without data."""

    by_component: Mapping[str, float]
    rivals: Mapping[str, float]


def prior_shares(ranked: Sequence[Ranked], elsewhere: Sequence[Ranked] = ()) -> Prior:
    """The shares by the localisation's scores, against each other and *unknown problem*."""
    rivals = unobserved_origins(ranked)
    found = probabilities([*(one.score for one in ranked), *rivals.values()])
    followed, hidden = found[: len(ranked)], found[len(ranked) :]
    unknown = max(0.0, 1 - sum(found))
    beside = probabilities([one.score for one in elsewhere])
    return Prior(
        {one.component: share for one, share in zip(ranked, followed, strict=True)},
        dict(zip(rivals, hidden, strict=True)),
        {one.component: unknown * s for one, s in zip(elsewhere, beside, strict=True)},
        unknown * (1 - sum(beside)),
        _explained_by(ranked, MOSTLY),
        _explained_by_first(ranked),
    )


def _explained_by(ranked: Sequence[Ranked], least: float) -> dict[str, str]:
    return {
        one.component: one.explained_by
        for one in ranked
        if one.explained_by and one.explained_share >= least
    }


def _explained_by_first(ranked: Sequence[Ranked]) -> frozenset[str]:
    """Those that the first one explains entirely, directly or by way of others."""
    first = {one.component for one in ranked[:1]}
    by = _explained_by(ranked, 1 - EXPLAINED_REST)
    found: set[str] = set()
    while more := {name for name, other in by.items() if other in found | first} - found:
        found |= more
    return frozenset(found - first)


def shrink(prior: Prior, support: Mapping[str, Support], deviating: Collection[str]) -> Shares:
    """The prior's shares times the likelihood ratio of each component's `support` (absent: 1),
    against each other, the unknown problem and components without data.

    What does not deviate has no ratio of its own: it only makes room for others, and loses at least
    what the leading one loses.
    """
    first, shares = prior.first, {**prior.shares, **prior.elsewhere}
    held = {name for name in shares if name not in deviating}
    if first in held:
        held |= prior.explained
    log_ratios = _Capped(prior, {n: one for n, one in support.items() if n not in held})
    weights = {name: share * exp(log_ratios.of(name)) for name, share in shares.items()}
    scale = 1 / (sum(weights.values()) + prior.unknown + sum(prior.rivals.values()))
    found = {name: weight * scale for name, weight in weights.items()}
    free = [name for name in shares if name not in held]
    lead = _ratio(
        max((found[n] for n in free), default=0.0), max((shares[n] for n in free), default=0.0)
    )
    below = _ratio(found[first], shares[first]) if first in free else 1.0
    for name in held:
        most = min(lead, below) if name in prior.explained else lead
        found[name] = min(found[name], shares[name] * most)
    return Shares(found, {name: share * scale for name, share in prior.rivals.items()})


@dataclass(frozen=True, slots=True)
class _Capped:
    """The log likelihood ratios: none above that of a component which explains its signal."""

    prior: Prior
    support: Mapping[str, Support]

    def of(self, name: str | None) -> float:
        """0 for a component without support."""
        if name is None or (one := self.support.get(name)) is None:
            return 0.0
        capped = one.bounded
        if not one.knows_affected and (by := self.prior.explained_by.get(name)):
            capped = min(capped, self.of(by))
        if name in self.prior.explained:
            capped = min(capped, self.of(self.prior.first))
        return capped


def most_beside(
    prior: Prior, shares: Shares, support: Mapping[str, Support], deviating: Collection[str]
) -> dict[str, float]:
    """The largest share that each component may have as a second cause beside the leading one.

    What the labels behind its `support` permit, where it deviates. What the first component
    by telemetry explains entirely stays behind it, with at least as much of the leading share left.
    """
    found, first = shares.by_component, prior.first
    before = {**prior.shares, **prior.elsewhere}
    most = {
        name: share * exp(support[name].most)
        for name, share in before.items()
        if name in deviating and name in support
    }
    if first is None or not prior.explained:
        return most
    explained = max(found[name] for name in prior.explained)
    if max(found, key=found.__getitem__) != first:
        return {name: share for name, share in most.items() if name not in prior.explained}
    room = {name: found[first] / 2 - found[name] for name in prior.explained}
    left = found[first] - explained
    return {name: min(share, room.get(name, left)) for name, share in most.items()}


def _ratio(after: float, before: float) -> float:
    """At most 1; 1 where there was nothing."""
    return min(1.0, after / before) if before > 0 else 1.0
