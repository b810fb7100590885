"""From one episode of a problem to evidence: about claims it tests, and claims it suggests."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from labo.domain.causality.belief import claim
from labo.domain.causality.edges import (
    MAX_LAG_S,
    CausalEdge,
    EdgeStatus,
    Evidence,
    EvidenceKind,
    Outcome,
    Relation,
    edge_key,
)
from labo.domain.causality.opportunities import (
    TOLERANCE_S,
    Episode,
    Opportunity,
    OpportunityContext,
    Span,
    opportunity,
)
from labo.domain.causality.support import support
from labo.domain.entities.keys import digest

MOST_SUGGESTED = 8
"""New claims that one episode may suggest, the nearest in time. It bounds what an alert storm
writes. By judgement."""

MOST_COMPANY = 16
"""Other problems that an opportunity names, the first by key. It bounds the size of a piece of
evidence. By judgement."""
SUGGESTION_WEIGHT = 0.25
"""Weight of one co-occurrence: times its step, 0.06 in log-odds. By judgement: it only proposes."""
HOST = "host"


@dataclass(frozen=True, slots=True)
class RelatedComponent:
    """A component that an effect may show on; the cause sits in `relation` to it."""

    component: str
    role: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class Claim:
    """The part of a known claim that counting needs; `role` is that of the effect's components."""

    key: str
    cause: str
    effect: str
    relation: Relation
    max_lag: float
    role: str
    status: EdgeStatus


@dataclass(frozen=True)
class EpisodeContext:
    """What counting needs to know around the episodes of some causes.

    `related` are the components around each cause's component; `claims` by cause, also those of
    problems near by, so that no opposite is suggested; `on` are episodes
    by component, `of` by problem, in the whole system; `known_causes` of each effect are those
    already supported or validated. `observed_from` in seconds.
    """

    related: Mapping[str, Sequence[RelatedComponent]]
    claims: Mapping[str, Sequence[Claim]]
    on: Mapping[str, Sequence[Episode]]
    of: Mapping[str, Sequence[Episode]]
    known_causes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    observed_from: float = -math.inf


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of evidence, and the claim it is about in case that is new."""

    claim: CausalEdge
    evidence: Evidence


def relation_to(side: str, role: str) -> Relation:
    """The relation of a cause on a component of `role` to its `caller`, `callee` or `sibling`.

    Seen from a caller, the cause is on its host where it is one, otherwise on its callee.
    """
    if side == "caller":
        return Relation.HOST if role == HOST else Relation.CALLEE
    return Relation.CALLER if side == "callee" else Relation.SHARED


def examined(cause: Episode, context: EpisodeContext, *, system: str, as_of: float) -> list[Found]:
    """Evidence of one episode: an opportunity per claim and component, and claims it suggests.

    A claim is suggested when another problem began within the max lag on a related component, as
    it did in an earlier episode, unless the opposite is claimed or fits the order as well; that
    episode does not test it. Nothing when the episode was provoked or its lag has not elapsed.
    """
    if cause.provoked or not math.isfinite(cause.start):
        return []
    known = context.claims.get(cause.problem, ())
    related = context.related.get(cause.component, ())
    found: list[Found] = []
    for neighbour in related:
        for known_claim in known:
            if (known_claim.relation, known_claim.role) == (neighbour.relation, neighbour.role):
                found.extend(_tested(cause, known_claim, neighbour, context, system, as_of))
    if as_of >= cause.start + MAX_LAG_S:
        claimed = {known_claim.key for known_claim in known}
        found.extend(_suggested(cause, related, context, claimed, system))
    return found


def _tested(
    cause: Episode,
    tested: Claim,
    neighbour: RelatedComponent,
    context: EpisodeContext,
    system: str,
    as_of: float,
) -> Iterable[Found]:
    if cause.problem == tested.effect and cause.component == neighbour.component:
        return
    around = OpportunityContext(
        effects=[e for e in context.on.get(neighbour.component, ()) if e.problem == tested.effect],
        causes=[
            e
            for e in context.of.get(cause.problem, ())
            if _sits(e.component, neighbour, context.related)
        ],
        other_causes=_other_causes(cause, tested, context),
        observed_from=context.observed_from,
    )
    seen = opportunity(cause, around, max_lag=tested.max_lag, as_of=as_of)
    if seen is not None:
        company = _company(cause, tested.effect, context, tested.max_lag)
        evidence = _evidence(cause, tested.key, neighbour, seen, company, system)
        yield Found(claim(cause.problem, tested.effect, tested.relation), evidence)


def _sits(
    component: str, neighbour: RelatedComponent, related: Mapping[str, Sequence[RelatedComponent]]
) -> bool:
    """Whether a cause on `component` would have the same relation to `neighbour`."""
    return any(
        (p.component, p.relation) == (neighbour.component, neighbour.relation)
        for p in related.get(component, ())
    )


def _other_causes(cause: Episode, tested: Claim, context: EpisodeContext) -> list[Span]:
    others = context.known_causes.get(tested.effect, frozenset()) - {cause.problem}
    return [
        (e.start, max(e.start + tested.max_lag, math.inf if e.end is None else e.end))
        for problem in sorted(others)
        for e in context.of.get(problem, ())
    ]


def _company(
    cause: Episode, effect: str, context: EpisodeContext, max_lag: float
) -> tuple[str, ...]:
    """Other problems that were active when the cause began, or began within `max_lag` of it."""
    components = {cause.component, *(p.component for p in context.related.get(cause.component, ()))}
    problems = {
        e.problem
        for component in components
        for e in context.on.get(component, ())
        if not e.provoked and (abs(e.start - cause.start) <= max_lag or e.lasts_at(cause.start))
    }
    return tuple(sorted(problems - {cause.problem, effect})[:MOST_COMPANY])


def _suggested(
    cause: Episode,
    related: Sequence[RelatedComponent],
    context: EpisodeContext,
    claimed: set[str],
    system: str,
) -> list[Found]:
    near: list[tuple[float, str, RelatedComponent, Episode]] = []
    for neighbour in related:
        for effect in context.on.get(neighbour.component, ()):
            gap = effect.start - cause.start
            itself = effect.problem == cause.problem
            key = edge_key(cause.problem, effect.problem, neighbour.relation)
            in_time = -TOLERANCE_S < gap <= MAX_LAG_S
            if in_time and not (itself or effect.provoked or key in claimed):
                near.append((abs(gap), key, neighbour, effect))
    found: dict[str, Found] = {}
    for gap, key, neighbour, effect in sorted(near, key=lambda n: (n[0], n[1], n[3].id)):
        if key in found or len(found) >= MOST_SUGGESTED:
            continue
        if _is_supported(cause, effect, neighbour, context):
            together = Opportunity(Outcome.TOGETHER, gap, 0, 0.0, 0)
            evidence = _evidence(cause, key, neighbour, together, (), system)
            found[key] = Found(claim(cause.problem, effect.problem, neighbour.relation), evidence)
    return list(found.values())


def _is_supported(
    cause: Episode, effect: Episode, neighbour: RelatedComponent, context: EpisodeContext
) -> bool:
    """Whether it happened repeatedly and in this order, and the opposite is not claimed."""
    opposite = (
        known.effect == cause.problem and known.status is not EdgeStatus.REFUTED
        for known in context.claims.get(effect.problem, ())
    )
    there = context.on.get(neighbour.component, ())
    same = [episode for episode in there if episode.problem == effect.problem]
    causes = {e.id: e for e in (*context.of.get(cause.problem, ()), cause)}.values()
    return not any(opposite) and support(cause, causes, same).suggests(neighbour.relation)


def one_way(found: Iterable[Found]) -> list[Found]:
    """`found` without suggestions opposite to an earlier one of them, in whatever relation."""
    kept: list[Found] = []
    suggested: set[tuple[str, str]] = set()
    for one in found:
        if one.evidence.outcome is Outcome.TOGETHER:
            if (one.claim.effect, one.claim.cause) in suggested:
                continue
            suggested.add((one.claim.cause, one.claim.effect))
        kept.append(one)
    return kept


_SUMMARY = {
    Outcome.HIT: "the effect began within the lag",
    Outcome.MISS: "the effect did not follow",
    Outcome.EARLY: "the effect had begun before",
    Outcome.TOGETHER: "both began together again, which suggested the claim",
}


def _evidence(
    cause: Episode,
    edge: str,
    neighbour: RelatedComponent,
    seen: Opportunity,
    company: tuple[str, ...],
    system: str,
) -> Evidence:
    """Its id derives from episode, claim and component, so counting again adds nothing."""
    suggests = seen.outcome is Outcome.TOGETHER
    polarity = 1 if suggests or seen.outcome is Outcome.HIT else -1
    return Evidence(
        id=digest("opportunity", cause.id, edge, neighbour.component),
        edge=edge,
        kind=EvidenceKind.OBSERVATION,
        polarity=polarity,
        weight=SUGGESTION_WEIGHT if suggests else float(seen.outcome is not Outcome.EARLY),
        observed_at=datetime.fromtimestamp(cause.start, UTC),
        summary=f"{_SUMMARY[seen.outcome]} ({cause.component}, then {neighbour.component})",
        system=system,
        origin=cause.id,
        outcome=seen.outcome,
        gap=seen.gap,
        order=seen.order,
        exposure=seen.exposure,
        onsets=seen.onsets,
        company=company,
    )
