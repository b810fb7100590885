"""The diagnosis of one case: `analyse(case)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import floor

from labo.domain.diagnosis.candidates import any_matches, candidate_components
from labo.domain.diagnosis.chains import chain_from
from labo.domain.diagnosis.classification.classify import Attributed, Comparison, Identified
from labo.domain.diagnosis.classification.companions import with_companion
from labo.domain.diagnosis.classification.weights import WeightsOf, weights_of
from labo.domain.diagnosis.classification_reasons import (
    involvement,
    is_complete,
    listed,
    missing_measurements,
    most_informative_metric,
    ruled_out_problems,
    signature_reasons,
    weight_reasons,
)
from labo.domain.diagnosis.explanations import suspect_reasons
from labo.domain.diagnosis.known_links import KnownLinks, Links, are_proven
from labo.domain.diagnosis.localisation.grid import build_grid
from labo.domain.diagnosis.localisation.ranking import Ranked, rank, unobserved_origins
from labo.domain.diagnosis.localisation.signals import (
    IncidentContext,
    is_sure,
    is_unwell,
    observe,
)
from labo.domain.diagnosis.localisation.symptom import find_symptom
from labo.domain.diagnosis.missing import (
    MAX_LISTED,
    missing_data,
    mutual_calls,
    next_metric,
    target_metric,
)
from labo.domain.diagnosis.verdict import decide, probabilities
from labo.domain.entities.conditions import condition_key
from labo.domain.entities.diagnoses import Analysis, Chain, Method, RuledOut, Suspect, Verdict
from labo.domain.entities.reasons import Reason, ReasonKind, reason
from labo.domain.entities.series import Case
from labo.domain.entities.topology import role_of
from labo.domain.knowledge.calibration import Calibration
from labo.domain.knowledge.knowledge import Knowledge

MAX_SUSPECTS = 8
"""Suspects that are listed: as many as a person reads; only metric sets are computed from them."""
MAX_CHAINS = 3
"""Suspects whose chains are shown, likewise."""
MIN_PROBABILITY = 0.01
"""Probability below which a suspect is not listed: under one in a hundred, the shown percentages
would not distinguish them."""
MIN_UNKNOWN = 0.05
"""The same for an unknown problem, which is less informative than a known one and always has some
share. By judgement."""


def analyse(
    case: Case, knowledge: Knowledge | None = None, weights: WeightsOf = weights_of
) -> Analysis:
    """Rank the causes of one incident: a defined answer for any case, deterministic.

    NO_PROBLEM when the target is within its normal range and no component shows a known problem,
    INCONCLUSIVE when data is missing or no suspect leads clearly, LIKELY otherwise; CONFIRMED
    needs knowledge, see `verdict.decide`. The order of components and the units of metrics do not
    matter; `case.label` is never read. `weights` provides the weights learnt from the knowledge's
    training examples; by default they are learnt anew, which takes up to seconds.
    """
    grid = build_grid(case)
    missing = missing_data(case, grid, knowledge)
    symptom = find_symptom(grid, case.target, case.metric)
    if symptom is None:
        return Analysis(case.name, Verdict.INCONCLUSIVE, (), (), (), missing, target_metric(case))
    context = observe(case, grid, symptom)
    compared = Comparison(case, knowledge, weights) if knowledge and knowledge.problems else None
    if not is_unwell(context) and not (compared and any_matches(context, compared)):
        chance = round(symptom.chance, 4)
        normal = reason(ReasonKind.TARGET_NORMAL, target=case.target, chance=chance)
        ruled_out = (RuledOut(case.target, normal),)
        return Analysis(case.name, Verdict.NO_PROBLEM, (), (), ruled_out, missing, None)
    if knowledge is None or compared is None:
        return _located(context, KnownLinks(case, knowledge or Knowledge()), missing)
    return _identified(context, compared, knowledge, missing)


def _located(context: IncidentContext, known: KnownLinks, missing: tuple[Reason, ...]) -> Analysis:
    """The root-cause component, without known problems to compare with."""
    ranked = rank(context)
    shares, rivals = _shares(ranked)
    listed = [(r, p) for r, p in zip(ranked, shares, strict=True) if p >= MIN_PROBABILITY]
    listed = listed[:MAX_SUSPECTS]
    chains = tuple(chain_from(context, r.component) for r, _ in listed[:MAX_CHAINS])
    unlinked = [_suspect(context, r, p) for r, p in listed]
    suspects = tuple(one for one, _ in _with_links(unlinked, chains, known))
    missing = (*missing, *mutual_calls(ranked))
    verdict = decide(
        [*shares[:1], *sorted([*shares[1:], *rivals], reverse=True)],
        symptom_sure=is_sure(context),
        links_observed=bool(chains) and "normal" not in chains[0].conditions[1:-1],
        links_proven=False,
        resolved_incidents=0,
    )
    ruled_out = _ruled_out(context, ranked, {suspect.component for suspect in suspects})
    following = next_metric(context, suspects)
    return Analysis(context.case.name, verdict, suspects, chains, ruled_out, missing, following)


def _shares(ranked: Sequence[Ranked]) -> tuple[list[float], list[float]]:
    """The probabilities of the ranked components, and of those without data beside them."""
    rivals = unobserved_origins(ranked)
    shares = [
        round(share, 4) for share in probabilities([*(r.score for r in ranked), *rivals.values()])
    ]
    return shares[: len(ranked)], shares[len(ranked) :]


def _identified(
    context: IncidentContext,
    compared: Comparison,
    knowledge: Knowledge,
    missing: tuple[Reason, ...],
) -> Analysis:
    """The root-cause component and its problem: the localisation's shares, updated by what the
    metrics match."""
    import networkx as nx

    calibration = knowledge.calibration
    ranked = candidate_components(context, compared)
    shares, _ = _shares(ranked)
    identified = compared.identify([(r.component, p) for r, p in zip(ranked, shares, strict=True)])
    suspects = _suspects(context, ranked, compared, identified, calibration)
    suspected = list(dict.fromkeys(suspect.component for suspect in suspects))
    target, graph = context.case.target, context.graph
    reachable = [name for name in suspected if nx.has_path(graph, target, name)]
    chains = tuple(chain_from(context, name) for name in reachable[:MAX_CHAINS])
    known = KnownLinks(context.case, knowledge, compared.shown)
    linked = _with_links(suspects, chains, known)
    suspects = [suspect for suspect, _ in linked]
    is_linked = suspected[:1] == reachable[:1] != []
    links = linked[0][1] if is_linked else ()
    path = chains[0].conditions[1:-1] if is_linked else ("unknown",)
    verdict = _claimed(context, compared, identified, path, links, calibration)
    problems = {(s.component, s.problem_key) for s in suspects if s.problem_key}
    not_causes = _ruled_out(context, ranked, set(suspected))
    return Analysis(
        context.case.name,
        verdict,
        tuple(suspects),
        chains,
        (*ruled_out_problems(identified, problems), *not_causes),
        (*missing, *mutual_calls(ranked), *missing_measurements(identified)),
        most_informative_metric(identified) or next_metric(context, suspects),
        method=_method(suspects, links),
    )


def _suspects(
    context: IncidentContext,
    ranked: Sequence[Ranked],
    compared: Comparison,
    identified: Identified,
    calibration: Calibration,
) -> list[Suspect]:
    """The listed suspects, likeliest first, with calibrated probabilities."""
    attributed = listed(with_companion(identified, context.graph), MIN_PROBABILITY, MIN_UNKNOWN)
    attributed = attributed[:MAX_SUSPECTS]
    components = {one.component for one in attributed}
    located = {r.component: _suspect(context, r, 0.0) for r in ranked if r.component in components}
    named = [_named(located[one.component], compared, identified, one) for one in attributed]
    return _calibrated(named, attributed, calibration)


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


def _claimed(
    context: IncidentContext,
    compared: Comparison,
    identified: Identified,
    path: tuple[str, ...],
    links: Links,
    calibration: Calibration,
) -> Verdict:
    """The verdict; `path` are the states between the first suspect and the target, `links` the
    known claims on the links.

    Every link is an observed dependency. A component in between may look normal, for instance when
    it answers without the cause, provided that the metrics at the cause match a known problem.
    """
    is_matched = any(compared.matches(first.component) for first in identified.attributed[:1])
    return decide(
        [calibration.apply(share) for share in involvement(identified)],
        symptom_sure=is_sure(context) or is_matched,
        links_observed="normal" not in path or is_matched,
        links_proven=are_proven(links, path, is_matched=is_matched) and is_complete(identified),
        resolved_incidents=calibration.incidents,
    )


def _calibrated(
    suspects: list[Suspect], attributed: Sequence[Attributed], calibration: Calibration
) -> list[Suspect]:
    """The suspects with calibrated probabilities, which sum to at most 1."""
    shares = [
        calibration.apply(b.involved) * b.probability / b.involved if b.involved > 0 else 0.0
        for b in attributed
    ]
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


def _ruled_out(
    context: IncidentContext, ranked: Sequence[Ranked], suspected: set[str]
) -> tuple[RuledOut, ...]:
    import networkx as nx

    target = context.case.target
    reachable = nx.descendants(context.graph, target) | {target}
    explained = {r.component: r for r in ranked if r.explained_by}
    ruled_out = []
    for component in sorted(context.signals):
        signal = context.signals[component]
        if component in suspected or signal is None:
            continue
        if component not in reachable:
            why = reason(ReasonKind.NOT_REACHABLE, component=component, target=target)
        elif by := explained.get(component):
            share = round(by.explained_share, 3)
            why = reason(
                ReasonKind.EXPLAINED_BY, component=component, by=str(by.explained_by), share=share
            )
        elif signal.strength <= 0:
            why = reason(ReasonKind.NOT_DEVIATING, component=component)
        else:
            continue
        ruled_out.append(RuledOut(component, why))
    return tuple(ruled_out[:MAX_LISTED])
