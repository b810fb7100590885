"""What observation alone concludes from the incidents that the lab provoked: the same runs, as if
they had happened by themselves, hours apart, without a comparison with runs without the fault."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.lab_bank import PAIRS, Incident
from benchmarks.lab_policies import NOON, Lab
from labo.domain.causality.belief import replayed
from labo.domain.causality.cooccurrence import Claim, EpisodeContext, examined, one_way
from labo.domain.causality.counting import log_evidence
from labo.domain.causality.edges import CausalEdge, Evidence
from labo.domain.causality.eprocess import e_bh
from labo.domain.causality.opportunities import CONTROL_S, Episode
from labo.domain.causality.review import LEVEL, Candidate, judged, needs_review
from labo.domain.entities.conditions import Direction
from labo.domain.lab.scenarios import Symptom

APART_S = 3 * CONTROL_S
"""Mean time from one incident to the next; never less than a third of it."""

ORIGIN = NOON.timestamp()


@dataclass(frozen=True, slots=True)
class Observed:
    """Keys of edges: `supported` by the product's rules, and by the e-BH rule alone, without
    asking which of the two came first."""

    supported: frozenset[str]
    unordered: frozenset[str]


def observed(lab: Lab, seed: int = 0) -> Observed:
    """Live through an incident for each pair of the first experiments; judge at the end."""
    claims: dict[str, CausalEdge] = {}
    evidence: dict[str, list[Evidence]] = {}
    by_cause: dict[str, dict[str, Claim]] = {}
    roles, system = _roles(lab), lab.bank.plan.system
    past: list[Episode] = []
    for episodes in _histories(lab, seed, _universe(lab)):
        past += episodes
        context = _context(lab, past, by_cause)
        for found in one_way(
            found
            for episode in episodes
            for found in examined(episode, context, system=system, as_of=math.inf)
        ):
            edge = claims.setdefault(found.claim.key, found.claim)
            evidence.setdefault(edge.key, []).append(found.evidence)
        for edge in claims.values():
            held = by_cause.setdefault(edge.cause, {})
            if edge.key not in held:
                names = (edge.key, edge.cause, edge.effect, edge.relation)
                held[edge.key] = Claim(*names, edge.max_lag, roles[edge.effect], edge.status)
    counted = [replayed(edge, evidence[key]) for key, edge in claims.items()]
    return _judged([edge for edge in counted if edge.hits + edge.misses])


def _judged(edges: Sequence[CausalEdge]) -> Observed:
    log_e = {edge.key: log_evidence(edge) for edge in edges}
    candidates = {
        e.key: Candidate(e.key, log_e[e.key], e.in_order, e.order_comparisons, e.strength, e.leak)
        for e in edges
    }
    due = [edge for edge in edges if needs_review(candidates[edge.key])]
    verdicts = judged(due, (), candidates.values())
    supported = frozenset(key for key, verdict in verdicts.items() if verdict.supported)
    return Observed(supported, e_bh(log_e, LEVEL))


Names = Mapping[tuple[str, str, bool], Symptom]


def _universe(lab: Lab) -> dict[tuple[str, str, bool], Symptom]:
    """Every symptom in a claim that some experiment may test."""
    found = {}
    for setup in lab.bank.setups:
        for test in setup.tests:
            for symptom in test.symptoms:
                high = symptom.direction is Direction.HIGH
                found[symptom.component, symptom.metric, high] = symptom
    return found


def _roles(lab: Lab) -> dict[str, str]:
    return {one.problem.key: one.role for one in _universe(lab).values()}


def _histories(lab: Lab, seed: int, universe: Names) -> Iterator[list[Episode]]:
    """Incident by incident, in random order, the episodes of each in the order of their onset."""
    rng = random.Random(seed)
    incidents = [one for setup in lab.bank.setups for one in setup.incidents[:PAIRS]]
    rng.shuffle(incidents)
    at = ORIGIN
    lasts = lab.bank.plan.seconds - lab.bank.plan.onset
    keys = {name: symptom.problem.key for name, symptom in universe.items()}
    for number, incident in enumerate(incidents):
        at += APART_S * (1 / 3 + rng.expovariate(1.5))
        yield _episodes(incident, number, at, lasts, keys)


def _episodes(
    incident: Incident,
    number: int,
    at: float,
    lasts: float,
    keys: Mapping[tuple[str, str, bool], str],
) -> list[Episode]:
    found = [
        Episode(f"{number}:{':'.join(map(str, name))}", keys[name], name[0], at + after, at + lasts)
        for name, after in incident.onsets.items()
        if name in keys
    ]
    first: dict[tuple[str, str], Episode] = {}
    for one in sorted(found, key=lambda one: (one.start, one.id)):
        first.setdefault((one.component, one.problem), one)  # an episode of a behaviour
    return list(first.values())


def _context(
    lab: Lab, episodes: Sequence[Episode], by_cause: Mapping[str, Mapping[str, Claim]]
) -> EpisodeContext:
    on: dict[str, list[Episode]] = {}
    of: dict[str, list[Episode]] = {}
    for one in episodes:
        on.setdefault(one.component, []).append(one)
        of.setdefault(one.problem, []).append(one)
    claims = {cause: [*held.values()] for cause, held in by_cause.items()}
    return EpisodeContext(lab.bank.related, claims, on, of, {}, ORIGIN - APART_S)
