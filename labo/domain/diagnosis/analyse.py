"""The diagnosis of one case: `analyse(case)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import floor

import numpy as np

from labo.domain.diagnosis.candidates import any_speaks, suspected_places
from labo.domain.diagnosis.chains import chain_from
from labo.domain.diagnosis.classification.classify import Blamed, Comparison, Identified
from labo.domain.diagnosis.classification.companions import with_companion
from labo.domain.diagnosis.classification.weights import WeightsOf, weights_of
from labo.domain.diagnosis.classification_reasons import (
    involvement,
    is_complete,
    listed,
    missing_readings,
    ruled_out_problems,
    signature_reasons,
    telling_metric,
    weight_reasons,
)
from labo.domain.diagnosis.explanations import suspect_reasons
from labo.domain.diagnosis.known_links import KnownLinks, Links, are_proven
from labo.domain.diagnosis.localisation.grid import Grid, build_grid
from labo.domain.diagnosis.localisation.ranking import (
    Ranked,
    Scene,
    is_sure,
    is_unwell,
    observe,
    rank,
)
from labo.domain.diagnosis.localisation.symptom import find_symptom, target_rows
from labo.domain.diagnosis.verdict import decide, probabilities
from labo.domain.entities.conditions import condition_key
from labo.domain.entities.diagnoses import Analysis, Chain, Method, RuledOut, Suspect, Verdict
from labo.domain.entities.keys import measurement_key
from labo.domain.entities.reasons import Reason, ReasonKind, reason
from labo.domain.entities.scale import MIN_BASELINE_SAMPLES
from labo.domain.entities.series import Case, SeriesKey
from labo.domain.entities.topology import call_graph, role_of
from labo.domain.knowledge.calibration import Calibration
from labo.domain.knowledge.knowledge import Knowledge

MAX_SUSPECTS = 8
"""Suspects that are listed: what a person reads; nothing is computed from them but sets of
metrics."""
MAX_CHAINS = 3
"""Suspects whose chains are shown, likewise."""
MAX_LISTED = 50
"""Components ruled out or without data that are named, so that an answer stays small where hundreds
are."""
MIN_PROBABILITY = 0.01
"""Less probable suspects are not listed: below one in a hundred, no shown share would tell them
apart."""
MIN_UNKNOWN = 0.05
"""The same of an unknown problem, which says less than a known one and is always there to some
share."""


def analyse(
    case: Case, knowledge: Knowledge | None = None, weights: WeightsOf = weights_of
) -> Analysis:
    """Rank the causes of one incident: a defined answer for any case, deterministic.

    NO_PROBLEM when the target is within its normal range and no component shows a known problem,
    INCONCLUSIVE when it can't be told or no suspect leads clearly, LIKELY otherwise; CONFIRMED
    needs knowledge, see `verdict.decide`. The order of components and the units of metrics don't
    matter; `case.label` is never read. `weights` gives those of the
    knowledge's examples: by default learnt anew, which takes up to seconds.
    """
    grid = build_grid(case)
    missing = _missing(case, grid, knowledge)
    symptom = find_symptom(grid, case.target, case.metric)
    if symptom is None:
        return Analysis(case.name, Verdict.INCONCLUSIVE, (), (), (), missing, _target_metric(case))
    scene = observe(case, grid, symptom)
    compared = Comparison(case, knowledge, weights) if knowledge and knowledge.problems else None
    if not is_unwell(scene) and not (compared and any_speaks(scene, compared)):
        chance = round(symptom.chance, 4)
        normal = reason(ReasonKind.TARGET_NORMAL, target=case.target, chance=chance)
        ruled_out = (RuledOut(case.target, normal),)
        return Analysis(case.name, Verdict.NO_PROBLEM, (), (), ruled_out, missing, None)
    if knowledge is None or compared is None:
        return _located(scene, KnownLinks(case, knowledge or Knowledge()), missing)
    return _identified(scene, compared, knowledge, missing)


def _located(scene: Scene, known: KnownLinks, missing: tuple[Reason, ...]) -> Analysis:
    """Where the cause is, with no known problem to compare with."""
    ranked = rank(scene)
    shares = probabilities([r.score for r in ranked])
    listed = [(r, p) for r, p in zip(ranked, shares, strict=True) if p >= MIN_PROBABILITY]
    listed = listed[:MAX_SUSPECTS]
    chains = tuple(chain_from(scene, r.component) for r, _ in listed[:MAX_CHAINS])
    found = [_suspect(scene, r, p) for r, p in listed]
    suspects = tuple(one for one, _ in _with_links(found, chains, known))
    verdict = decide(
        [suspect.probability for suspect in suspects],
        symptom_sure=is_sure(scene),
        links_observed=bool(chains) and "normal" not in chains[0].conditions[1:-1],
        links_proven=False,
        resolved_incidents=0,
    )
    ruled_out = _ruled_out(scene, ranked, {suspect.component for suspect in suspects})
    following = _next_metric(scene, suspects)
    return Analysis(scene.case.name, verdict, suspects, chains, ruled_out, missing, following)


def _identified(
    scene: Scene, compared: Comparison, knowledge: Knowledge, missing: tuple[Reason, ...]
) -> Analysis:
    """Where the cause is and which problem: the localisation's shares, changed by signatures."""
    import networkx as nx

    calibration = knowledge.calibration
    ranked = suspected_places(scene, compared)
    shares = probabilities([r.score for r in ranked])
    places = [(r.component, share) for r, share in zip(ranked, shares, strict=True)]
    found = compared.identify(places)
    blamed = listed(with_companion(found, scene.graph), MIN_PROBABILITY, MIN_UNKNOWN)[:MAX_SUSPECTS]
    places_named = {b.component for b in blamed}
    located = {r.component: _suspect(scene, r, 0.0) for r in ranked if r.component in places_named}
    suspects = _calibrated(
        [_named(located[b.component], compared, found, b) for b in blamed], blamed, calibration
    )
    named = list(dict.fromkeys(suspect.component for suspect in suspects))
    reached = [name for name in named if nx.has_path(scene.graph, scene.case.target, name)]
    chains = tuple(chain_from(scene, name) for name in reached[:MAX_CHAINS])
    known = KnownLinks(scene.case, knowledge, compared.shown)
    linked = _with_links(suspects, chains, known)
    suspects = [suspect for suspect, _ in linked]
    is_linked = named[:1] == reached[:1] != []
    links = linked[0][1] if is_linked else ()
    path = chains[0].conditions[1:-1] if is_linked else ("unknown",)
    verdict = _claimed(scene, compared, found, path, links, calibration)
    problems = {(s.component, s.problem_key) for s in suspects if s.problem_key}
    ruled_out = (*ruled_out_problems(found, problems), *_ruled_out(scene, ranked, set(named)))
    return Analysis(
        scene.case.name,
        verdict,
        tuple(suspects),
        chains,
        ruled_out,
        (*missing, *missing_readings(found)),
        telling_metric(found) or _next_metric(scene, suspects),
        method=_method(suspects, links),
    )


def _with_links(
    suspects: Sequence[Suspect], chains: Sequence[Chain], known: KnownLinks
) -> list[tuple[Suspect, Links]]:
    """Each suspect with what is known of the links from it to the target, as reasons too."""
    chain_of = {chain.components[0]: chain for chain in chains}
    found: list[tuple[Suspect, Links]] = []
    for suspect in suspects:
        chain = chain_of.get(suspect.component)
        links = known.along(chain, suspect.problem_key) if chain else ()
        reasons = (*suspect.reasons, *known.reasons(links))
        found.append((replace(suspect, reasons=reasons), links))
    return found


def _method(suspects: Sequence[Suspect], links: Links) -> Method:
    if not suspects or suspects[0].problem_key is None:
        return Method.LOCALISATION
    is_known = bool(links) and all(link and link.is_proven for link in links)
    return Method.KNOWN_EDGES if is_known else Method.CLASSIFICATION


def _claimed(
    scene: Scene,
    compared: Comparison,
    found: Identified,
    path: tuple[str, ...],
    links: Links,
    calibration: Calibration,
) -> Verdict:
    """The verdict; `path` are the states between the first suspect and the target, `links` what
    is known of the links.

    Every link is a dependency that was observed. What lies between may look well, as it does when
    it answers without the cause, where the readings at the cause speak for themselves.
    """
    spoken = any(compared.speaks(first.component) for first in found.blamed[:1])
    return decide(
        [calibration.apply(share) for share in involvement(found)],
        symptom_sure=is_sure(scene) or spoken,
        links_observed="normal" not in path or spoken,
        links_proven=are_proven(links, path, spoken=spoken) and is_complete(found),
        resolved_incidents=calibration.incidents,
    )


def _calibrated(
    suspects: list[Suspect], blamed: Sequence[Blamed], calibration: Calibration
) -> list[Suspect]:
    """The suspects with what their probabilities are worth, at most 1 in sum."""
    shares = [
        calibration.apply(b.involved) * b.probability / b.involved if b.involved > 0 else 0.0
        for b in blamed
    ]
    total = max(1.0, sum(shares))
    return [
        replace(suspect, probability=floor(share / total * 1e4) / 1e4)
        for suspect, share in zip(suspects, shares, strict=True)
    ]


def _missing(case: Case, grid: Grid, knowledge: Knowledge | None) -> tuple[Reason, ...]:
    """What was not there to look at: the target's data, a baseline, knowledge."""
    reasons = []
    rows = target_rows(grid, case.target, case.metric)
    if not any(np.isfinite(grid.raw_local[row, grid.lead :]).any() for row in rows):
        reasons.append(reason(ReasonKind.NO_DATA, component=case.target))
    samples = max((int(np.isfinite(grid.raw_baseline[row]).sum()) for row in rows), default=0)
    if samples < MIN_BASELINE_SAMPLES:
        reasons.append(reason(ReasonKind.TOO_FEW_SAMPLES, component=case.target, samples=samples))
    if rows and case.metric and SeriesKey(case.target, case.metric) not in case.series:
        reasons.append(reason(ReasonKind.NO_SUCH_METRIC, component=case.target, metric=case.metric))
    silent = sorted(set(call_graph(case)) - _readable(grid) - {case.target})
    reasons.extend(reason(ReasonKind.NO_DATA, component=name) for name in silent[:MAX_LISTED])
    if knowledge is None or not knowledge.problems:
        reasons.append(reason(ReasonKind.NO_KNOWLEDGE))
    return tuple(reasons)


def _readable(grid: Grid) -> set[str]:
    """Components with a sample around the symptom that can be compared with normal times."""
    rows = np.flatnonzero(np.isfinite(grid.local).any(axis=1)).tolist()
    return {grid.keys[row].component for row in rows}


def _suspect(scene: Scene, ranked: Ranked, probability: float) -> Suspect:
    role, signal = role_of(scene.case, ranked.component), ranked.signal
    return Suspect(
        component=ranked.component,
        problem=None,
        probability=round(probability, 4),
        reasons=suspect_reasons(scene, ranked),
        conditions=(condition_key(role, signal.metric, signal.direction),),
    )


def _named(located: Suspect, compared: Comparison, found: Identified, blamed: Blamed) -> Suspect:
    """The suspect of a place with the problem that is blamed there."""
    learnt = weight_reasons(compared, blamed)
    return replace(
        located,
        problem=blamed.problem.title if blamed.problem else None,
        problem_key=blamed.problem.key if blamed.problem else None,
        reasons=(*located.reasons, *learnt, *signature_reasons(found, blamed)),
    )


def _ruled_out(scene: Scene, ranked: Sequence[Ranked], suspected: set[str]) -> tuple[RuledOut, ...]:
    import networkx as nx

    target = scene.case.target
    reachable = nx.descendants(scene.graph, target) | {target}
    explained = {r.component: r for r in ranked if r.explained_by}
    found = []
    for component in sorted(scene.signals):
        signal = scene.signals[component]
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
        found.append(RuledOut(component, why))
    return tuple(found[:MAX_LISTED])


def _next_metric(scene: Scene, suspects: Sequence[Suspect]) -> str | None:
    """The symptom's metric on an unobserved callee of the strongest suspect that has one."""
    metric = scene.grid.keys[scene.symptom.row].metric
    for suspect in suspects:
        for callee in sorted(scene.graph.successors(suspect.component)):
            if scene.signals.get(callee) is None:
                return measurement_key(callee, metric)
    return None


def _target_metric(case: Case) -> str:
    """What to read when the target itself has no data."""
    return measurement_key(case.target, case.metric or "latency")
