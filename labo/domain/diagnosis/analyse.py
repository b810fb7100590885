"""The diagnosis of one case: `analyse(case)`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import floor

from labo.domain.diagnosis.candidates import Candidates, any_matches, candidate_components
from labo.domain.diagnosis.chains import chains_from, states_between
from labo.domain.diagnosis.claiming import (
    NOTHING_CLAIMED,
    claim_of_component,
    claim_of_problem,
)
from labo.domain.diagnosis.classification.attribution import Attributed, Identified
from labo.domain.diagnosis.classification.classify import Comparison
from labo.domain.diagnosis.classification.companions import with_companion
from labo.domain.diagnosis.classification.learnt import LearntOf, learnt_of
from labo.domain.diagnosis.classification_reasons import (
    listed,
    missing_measurements,
    most_informative_metric,
    ruled_out_problems,
    signature_reasons,
    weight_reasons,
)
from labo.domain.diagnosis.explanations import suspect_reasons
from labo.domain.diagnosis.known_links import KnownLinks, Links
from labo.domain.diagnosis.localisation.grid import build_grid
from labo.domain.diagnosis.localisation.ranking import Ranked, rank
from labo.domain.diagnosis.localisation.shifts import symptoms_of
from labo.domain.diagnosis.localisation.signals import (
    IncidentContext,
    is_unwell,
    observe_any,
)
from labo.domain.diagnosis.missing import (
    missing_data,
    mutual_calls,
    next_metric,
    target_metric,
)
from labo.domain.diagnosis.posterior import Posterior, moved_by, posterior_of
from labo.domain.diagnosis.propagation import Propagation, propagation
from labo.domain.diagnosis.ruled_out import ruled_out_components
from labo.domain.diagnosis.shrinkage import prior_shares
from labo.domain.entities.conditions import condition_key
from labo.domain.entities.diagnoses import Analysis, Chain, Method, RuledOut, Suspect, Verdict
from labo.domain.entities.reasons import Reason, ReasonKind, reason
from labo.domain.entities.series import Case
from labo.domain.entities.topology import role_of
from labo.domain.knowledge.calibration import Calibration
from labo.domain.knowledge.knowledge import Knowledge

MAX_SUSPECTS = 8
"""Suspects that are listed: as many as a person reads; only metric sets are computed from them."""
MIN_PROBABILITY = 0.01
"""Probability below which a suspect is not listed: under one in a hundred, the shown percentages
would not distinguish them. Without known problems it is a share of the first suspect's: beside two
that lead, what they explain has half of what it has beside one (docs/adr/0040)."""
MIN_UNKNOWN = 0.05
"""The same for an unknown problem, which always has some share. By judgement."""


def analyse(
    case: Case, knowledge: Knowledge | None = None, learnt: LearntOf = learnt_of
) -> Analysis:
    """Rank the causes of one incident: a defined answer for any case, deterministic.

    NO_PROBLEM when the target is within its normal range and no component shows a known problem,
    INCONCLUSIVE when data is missing or no suspect leads clearly, LIKELY otherwise; CONFIRMED
    needs knowledge, see `verdict.decide`. The order of components and the units of metrics do not
    matter; `case.label` is never read. `learnt` provides what is learnt from the training examples
    of the knowledge; by default it is learnt anew, which takes up to seconds.
    """
    grid = build_grid(case)
    missing = missing_data(case, grid, knowledge)
    context = observe_any(case, grid, symptoms_of(case, grid))
    if context is None:
        return Analysis(case.name, Verdict.INCONCLUSIVE, (), (), (), missing, target_metric(case))
    compared = Comparison(case, knowledge, learnt) if knowledge and knowledge.problems else None
    if not is_unwell(context) and not (compared and any_matches(context, compared)):
        chance = round(context.symptom.chance, 4)
        normal = reason(ReasonKind.TARGET_NORMAL, target=case.target, chance=chance)
        ruled_out = (RuledOut(case.target, normal),)
        return Analysis(case.name, Verdict.NO_PROBLEM, (), (), ruled_out, missing, None)
    spreads = propagation(case, knowledge or Knowledge())
    if knowledge is None or compared is None:
        return _located(context, KnownLinks(case, knowledge or Knowledge()), spreads, missing)
    return _identified(context, compared, knowledge, spreads, missing)


def _located(
    context: IncidentContext, known: KnownLinks, spreads: Propagation, missing: tuple[Reason, ...]
) -> Analysis:
    """The root-cause component, without known problems to compare with."""
    followed = rank(context)
    moved = moved_by(spreads, prior_shares(followed))
    ranked = sorted(followed, key=lambda one: -moved.by_component[one.component])
    shares = [round(moved.by_component[one.component], 4) for one in ranked]
    first = ranked[0].component if ranked else None
    least = MIN_PROBABILITY * max(shares, default=1.0)
    listed = [(r, p) for r, p in zip(ranked, shares, strict=True) if p >= least][:MAX_SUSPECTS]
    chains = chains_from(context, [r.component for r, _ in listed], spreads)
    unlinked = [_suspect(context, r, p) for r, p in listed]
    suspects = tuple(one for one, _ in _with_links(unlinked, chains, known))
    missing = (*missing, *mutual_calls(ranked))
    claim = NOTHING_CLAIMED
    if first is not None:
        others, path = [*shares[1:], *moved.rivals.values()], states_between(chains, first)
        claim = claim_of_component(context, first, shares[0], others, path)
    return Analysis(
        context.case.name,
        claim.verdict,
        suspects,
        chains,
        ruled_out_components(context, ranked, {suspect.component for suspect in suspects}),
        (*missing, *claim.doubts),
        next_metric(context, suspects),
        sureness=round(claim.probability, 4),
    )


def _identified(
    context: IncidentContext,
    compared: Comparison,
    knowledge: Knowledge,
    spreads: Propagation,
    missing: tuple[Reason, ...],
) -> Analysis:
    """The root-cause component and its problem: the localisation's shares, moved as far as the
    labels behind knowledge permit, and divided among the problems that the metrics match."""
    candidates = candidate_components(context, compared)
    if not any(map(compared.weighed, candidates.compared)):
        return _located(context, KnownLinks(context.case, knowledge), spreads, missing)
    posterior = posterior_of(candidates, compared, spreads)
    identified = posterior.identified
    suspects = _suspects(context, candidates, compared, posterior, knowledge.calibration)
    suspected = list(dict.fromkeys(suspect.component for suspect in suspects))
    chains = chains_from(context, suspected, spreads)
    known = KnownLinks(context.case, knowledge, compared.shown)
    linked = _with_links(suspects, chains, known)
    suspects = [suspect for suspect, _ in linked]
    path = states_between(chains, next(iter(suspected), None))
    links = linked[0][1] if path is not None else ()
    claim = claim_of_problem(context, compared, posterior, path, links, knowledge.calibration)
    problems = {(s.component, s.problem_key) for s in suspects if s.problem_key}
    not_causes = ruled_out_components(context, candidates.ranked, set(suspected))
    lacking = (*mutual_calls(candidates.ranked), *missing_measurements(identified))
    return Analysis(
        context.case.name,
        claim.verdict,
        tuple(suspects),
        chains,
        (*ruled_out_problems(identified, problems), *not_causes),
        (*missing, *lacking, *claim.doubts),
        most_informative_metric(identified) or next_metric(context, suspects),
        method=_method(suspects, links),
        sureness=round(claim.probability, 4),
    )


def _suspects(
    context: IncidentContext,
    candidates: Candidates,
    compared: Comparison,
    posterior: Posterior,
    calibration: Calibration,
) -> list[Suspect]:
    """The listed suspects, likeliest first, with calibrated probabilities."""
    attributed = listed(
        with_companion(posterior.identified, context.graph, posterior.beside),
        (MIN_PROBABILITY, MIN_UNKNOWN),
        MAX_SUSPECTS,
        posterior.prior.first,
    )
    components = {one.component for one in attributed}
    located = {
        one.component: _suspect(context, one, 0.0)
        for one in (*candidates.ranked, *candidates.elsewhere)
        if one.component in components
    }
    identified = posterior.identified
    named = [_named(located[one.component], compared, identified, one) for one in attributed]
    return _calibrated(named, attributed, calibration, posterior.deviating)


def _with_links(
    suspects: Sequence[Suspect], chains: Sequence[Chain], known: KnownLinks
) -> list[tuple[Suspect, Links]]:
    """Each suspect with the known links from it to the target, which also become its reasons."""
    chain_of = {chain.components[0]: chain for chain in chains}
    linked: list[tuple[Suspect, Links]] = []
    for suspect in suspects:
        chain = chain_of.get(suspect.component)
        links = known.along(chain, suspect.problem_key) if chain else ()
        reasons = (*suspect.reasons, *known.reasons(links))
        linked.append((replace(suspect, reasons=reasons), links))
    return linked


def _method(suspects: Sequence[Suspect], links: Links) -> Method:
    if not suspects or suspects[0].problem_key is None:
        return Method.LOCALISATION
    is_known = bool(links) and all(link and link.is_proven for link in links)
    return Method.KNOWN_EDGES if is_known else Method.CLASSIFICATION


def _calibrated(
    suspects: list[Suspect],
    attributed: Sequence[Attributed],
    calibration: Calibration,
    deviating: Collection[str],
) -> list[Suspect]:
    """The suspects with calibrated probabilities, which sum to at most 1. A component that does not
    deviate is not raised by the calibration either."""
    shares = []
    for one in attributed:
        ratio = calibration.apply(one.involved) / one.involved if one.involved > 0 else 0.0
        shares.append(one.probability * (ratio if one.component in deviating else min(1.0, ratio)))
    total = max(1.0, sum(shares))
    return [
        replace(suspect, probability=floor(share / total * 1e4) / 1e4)
        for suspect, share in zip(suspects, shares, strict=True)
    ]


def _suspect(context: IncidentContext, ranked: Ranked, probability: float) -> Suspect:
    role, signal = role_of(context.case, ranked.component), ranked.signal
    return Suspect(
        component=ranked.component,
        problem=None,
        probability=round(probability, 4),
        reasons=suspect_reasons(context, ranked),
        conditions=(condition_key(role, signal.metric, signal.direction),),
    )


def _named(
    located: Suspect, compared: Comparison, identified: Identified, attributed: Attributed
) -> Suspect:
    """The suspected component with the problem that the incident is attributed to there."""
    learnt = weight_reasons(compared, attributed)
    return replace(
        located,
        problem=attributed.problem.title if attributed.problem else None,
        problem_key=attributed.problem.key if attributed.problem else None,
        reasons=(*located.reasons, *learnt, *signature_reasons(identified, attributed)),
    )
