"""Where and what, in this order: telemetry's shares, moved by knowledge, divided among problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from labo.domain.diagnosis.candidates import Candidates
from labo.domain.diagnosis.classification.attribution import Identified
from labo.domain.diagnosis.classification.classify import Comparison
from labo.domain.diagnosis.classification.support import Support
from labo.domain.diagnosis.propagation import Propagation
from labo.domain.diagnosis.shrinkage import Prior, Shares, most_beside, prior_shares, shrink


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """`prior` is what telemetry alone says, `shares` what is left of it after what was learnt,
    `identified` the same by problem; `beside` is the largest share of each component as a second
    cause. `deviating`: see `Candidates`."""

    prior: Prior
    shares: Shares
    identified: Identified
    beside: Mapping[str, float]
    deviating: frozenset[str]

    @property
    def is_overruled(self) -> bool:
        """Whether the leading component is another one than telemetry alone ranks first."""
        return any(one.component != self.prior.first for one in self.identified.attributed[:1])


def posterior_of(
    candidates: Candidates, compared: Comparison, propagation: Propagation
) -> Posterior:
    """The candidates' shares by telemetry, as far moved as known claims and the labels behind
    knowledge permit."""
    deviating = candidates.deviating
    prior = prior_shares(candidates.ranked, candidates.elsewhere)
    effects = propagation.relative([*prior.shares, *prior.elsewhere])
    support = {
        name: replace(
            compared.support(name) if name in candidates.compared else Support(), effects=effect
        )
        for name, effect in effects.items()
    }
    shares = shrink(prior, support, deviating)
    return Posterior(
        prior,
        shares,
        compared.identify(shares.by_component, candidates.compared),
        most_beside(prior, shares, support, deviating),
        deviating,
    )


def moved_by(propagation: Propagation, prior: Prior) -> Shares:
    """The shares by telemetry alone as far as known claims move them, without known problems."""
    effects = propagation.relative(prior.shares)
    if not any(effects.values()):
        return Shares(prior.shares, prior.rivals)
    support = {name: Support(effects=effect) for name, effect in effects.items()}
    return shrink(prior, support, propagation.components)
