"""What may be claimed of the leading component, how surely, and why not more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from labo.domain.diagnosis.classification.classify import Comparison
from labo.domain.diagnosis.classification_reasons import involvement, is_complete
from labo.domain.diagnosis.known_links import Links, are_proven
from labo.domain.diagnosis.localisation.claims import is_claimable, unmeasured_origin
from labo.domain.diagnosis.localisation.signals import IncidentContext, is_sure, is_unwell
from labo.domain.diagnosis.posterior import Posterior
from labo.domain.diagnosis.shrinkage import STRONG_LABELS
from labo.domain.diagnosis.sureness import WHY, Grounds, grounds, is_one_of_many, right_with
from labo.domain.diagnosis.verdict import LIKELY_PROBABILITY, at_most, decide
from labo.domain.entities.diagnoses import SURE, SURENESS, Verdict
from labo.domain.entities.reasons import Reason, ReasonKind, reason
from labo.domain.knowledge.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Claim:
    """A verdict with the probability that the leading component is right, and `doubts`: why it is
    no surer than INCONCLUSIVE, empty where it is."""

    verdict: Verdict
    probability: float
    doubts: tuple[Reason, ...] = ()


MATCHED_PROBABILITY = 0.4
"""Share, as one's own labels calibrate it, from which a component whose metrics match a problem
that was labelled here is LIKELY: what it is like is evidence that the grounds lack, and no data
with labels of many systems is there to fit its weight. By judgement, as is the margin; PetShop:
none wrong of 42 with 0.2."""
LEAST_MARGIN = 0.15
"""Margin of the leading share over the next hypothesis that any claim needs: of two that are equal,
such as components that call each other, neither is LIKELY, whatever else speaks for them. By
judgement, as before ADR 0050."""
NOTHING_CLAIMED = Claim(Verdict.INCONCLUSIVE, 0.0)
"""Of an answer without a suspect."""


def claim_of_component(
    context: IncidentContext,
    first: str,
    share: float,
    others: Sequence[float],
    path: tuple[str, ...] | None,
) -> Claim:
    """The claim about the component alone; `share` is of `first`, `others` are of all other
    hypotheses, `path` are the states between it and the target, None where it is not known to
    affect the target."""
    found = grounds(context, first, share, others)
    is_linked = path is not None and "normal" not in path
    verdict = decide(
        found.probability,
        symptom_sure=is_sure(context),
        links_observed=is_linked
        and share - max(others, default=0.0) >= LEAST_MARGIN
        and is_claimable(context, first)
        and not is_one_of_many(context, first),
        links_proven=False,
        resolved_incidents=0,
    )
    doubts = () if verdict in SURE else tuple(_doubts(context, first, found))
    return Claim(verdict, found.probability, doubts)


def claim_of_problem(
    context: IncidentContext,
    compared: Comparison,
    posterior: Posterior,
    path: tuple[str, ...] | None,
    links: Links,
    calibration: Calibration,
) -> Claim:
    """The claim with what was learnt; `path` as above, `links` are the known claims on the links.

    Every link is an observed dependency. A component in between may look normal, for instance when
    it answers without the cause, provided that the metrics at the cause match a known problem. An
    uncertain name leaves the component as sure as its share is; so does one labelled elsewhere.
    """
    identified, shares = posterior.identified, posterior.shares
    first = identified.attributed[0].component
    others = _beside(shares.by_component, first, shares.rivals)
    located = claim_of_component(context, first, shares.by_component[first], others, path)
    if compared.is_borrowed(first):
        return located
    states = ("unknown",) if path is None else path
    is_matched = compared.matches(first)
    involved, *names = involvement(identified)
    # A rival whose share is divided among several names is as strong a rival as without them.
    second = calibration.apply(max([*names, *others], default=0.0))
    base = grounds(context, first, involved, others).probability
    probability, line = _with_labels(calibration, involved, second, base, is_matched=is_matched)
    verdict = decide(
        probability,
        second,
        line=line,
        symptom_sure=is_sure(context) or is_matched,
        links_observed=is_matched
        or ("normal" not in states and not is_one_of_many(context, first)),
        links_proven=are_proven(links, states, is_matched=is_matched) and is_complete(identified),
        resolved_incidents=calibration.incidents,
    )
    named = Claim(_limited(verdict, context, compared, posterior), probability)
    return max(located, named, key=lambda claim: SURENESS.index(claim.verdict))


def _with_labels(
    calibration: Calibration, share: float, second: float, base: float, *, is_matched: bool
) -> tuple[float, float]:
    """The probability of being right and the line of LIKELY; `base` is the one by the grounds."""
    if not is_matched:
        return right_with(calibration, share, base), LIKELY_PROBABILITY
    probability = calibration.apply(share)
    is_clear = probability - second >= LEAST_MARGIN
    return probability, MATCHED_PROBABILITY if is_clear else LIKELY_PROBABILITY


def _limited(
    verdict: Verdict, context: IncidentContext, compared: Comparison, posterior: Posterior
) -> Verdict:
    """Against telemetry, CONFIRMED needs many labels."""
    first = posterior.identified.attributed[0].component
    is_overruled = posterior.is_overruled or not is_unwell(context)
    if is_overruled and compared.support(first).labels < STRONG_LABELS:
        return at_most(Verdict.LIKELY, verdict)
    return verdict


def _beside(shares: Mapping[str, float], first: str, rivals: Mapping[str, float]) -> list[float]:
    return [*(share for name, share in shares.items() if name != first), *rivals.values()]


def _doubts(context: IncidentContext, first: str, found: Grounds) -> list[Reason]:
    """Why `first` is not LIKELY, so far as it is not said elsewhere."""
    doubts = []
    if context.is_linked and (origin := unmeasured_origin(context, first)):
        doubts.append(reason(ReasonKind.ORIGIN_UNMEASURED, component=first, origin=origin))
    if context.is_linked and is_one_of_many(context, first):
        target = context.case.target
        doubts.append(reason(ReasonKind.ONE_OF_MANY, component=first, target=target))
    if found.probability < LIKELY_PROBABILITY:
        doubts.append(
            reason(
                ReasonKind.OFTEN_WRONG,
                component=first,
                probability=floor(100 * found.probability) / 100,  # never the line itself
                line=LIKELY_PROBABILITY,
                why=WHY[found.weakest],
            )
        )
    return doubts
